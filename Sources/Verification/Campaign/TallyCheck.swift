// SPDX-License-Identifier: Apache-2.0
import Formats

/// The check of a tally that was read from a file: whether a run of known cases can have made it.
/// What passes is safe to add, to sort and to show.
struct TallyCheck {
  /// The unit the tally is of.
  let unit: Unit
  /// The number of results that must have been compared.
  let tested: UInt64
  /// The indices that those results can have.
  let contains: (UInt64) -> Bool
  /// The greatest number of mismatches that are kept.
  let limit: Int
  /// The implementation under test where it is known.
  let subject: (any Subject)?

  /// What contradicts the unit, in one clause; nil where nothing does.
  func contradiction(_ tally: Tally) -> String? {
    guard tally.tested == tested else {
      return "tested is \(tally.tested) where there are \(tested) cases"
    }
    guard tally.mismatches <= tested else {
      return "\(tally.mismatches) mismatches of \(tested) results"
    }
    let flags = tally.flags
    let counts = [
      flags.inexact, flags.underflow, flags.overflow, flags.divideByZero, flags.invalid,
    ]
    if let count = counts.first(where: { $0 > tested }) {
      return "an exception signalled \(count) times in \(tested) results"
    }
    // IEEE 754-2019, clause 7: overflow and underflow signal inexact too; invalid and divide by
    // zero are alone.
    guard Self.isSum(flags.overflow, flags.underflow, atMost: flags.inexact) else {
      return "overflow and underflow more often than inexact"
    }
    guard Self.isSum(flags.inexact, flags.divideByZero, flags.invalid, atMost: tested) else {
      return "more results with exceptions than results"
    }
    let kept = min(tally.mismatches, UInt64(limit))
    guard UInt64(tally.first.count) == kept else {
      return "\(tally.first.count) mismatches listed where there must be \(kept)"
    }
    guard zip(tally.first, tally.first.dropFirst()).allSatisfy({ $0.index < $1.index }) else {
      return "its mismatches are not in the order of their cases"
    }
    for record in tally.first {
      if let reason = contradiction(record) { return "mismatch \(record.index): \(reason)" }
    }
    return nil
  }

  /// Whether counts, none of which is above 2^53, add up to no more than a bound.
  private static func isSum(_ counts: UInt64..., atMost bound: UInt64) -> Bool {
    counts.reduce(0, +) <= bound
  }

  private func contradiction(_ record: MismatchRecord) -> String? {
    guard record.index < unit.cases.count, contains(record.index) else {
      return "no case of this part"
    }
    guard record.operands == operands(of: record.index) else {
      return "not the operands of that case"
    }
    let kind = unit.operation.resultKind(unit.format, to: unit.to)
    // A relation is one of four.
    let greatest = kind.map { UInt64.max >> UInt64(64 - $0.bitWidth) } ?? 3
    guard record.expected <= greatest, record.got <= greatest else {
      return "a result that its format does not have"
    }
    let all: UInt8 = 0b1_1111
    let got = record.gotFlags?.rawValue ?? 0
    guard record.expectedFlags.rawValue <= all, got <= all else { return "flags that are none" }
    guard let subject else { return nil }
    guard (record.gotFlags != nil) == subject.reportsFlags else {
      return "flags of '\(subject.name)' where it reports none, or none where it does"
    }
    return Criterion(kind: kind, subject: subject).differs(
      record.expected, record.got, record.expectedFlags.rawValue, got)
      ? nil : "its results do not differ"
  }

  private func operands(of index: UInt64) -> [UInt64] {
    var words: [UInt64] = [0, 0, 0]
    words.withUnsafeMutableBufferPointer { words in
      guard let base = words.baseAddress else { return }
      unit.cases.fill(
        from: index, count: 1, into: OperandBuffers(a: base, b: base + 1, c: base + 2))
    }
    return Array(words.prefix(unit.operation.arity))
  }
}

extension Configuration {
  /// The greatest number of mismatches that are kept for each row.
  package static let largestMismatchLimit = 10_000
  /// The greatest number of combinations of operation, formats and case set.
  package static let largestUnitCount = 1 << 14

  /// The number of combinations of operation, formats and case set.
  package var unitCount: Int {
    let conversions = operations.contains(.convert) ? 1 : 0
    let pairs = (operations.count - conversions) + conversions * targets.count
    return pairs * formats.count * cases.count
  }

  /// What keeps it from being one that can run, in one clause; nil where nothing does.
  var fault: String? {
    func isList(_ values: [some Hashable]) -> Bool {
      !values.isEmpty && Set(values).count == values.count
    }
    guard isList(operations), isList(formats), isList(roundings), isList(cases) else {
      return "an empty list of operations, formats, roundings or cases, or one with a repetition"
    }
    guard operations.contains(.convert) ? isList(targets) : targets.isEmpty else {
      return "its targets are not those of conversions"
    }
    guard (0...Configuration.largestMismatchLimit).contains(mismatchLimit) else {
      return "mismatchLimit is \(mismatchLimit), outside 0...\(Configuration.largestMismatchLimit)"
    }
    guard reference == Configuration.onlyReference else {
      return "there is no reference '\(reference.prefix(40))'"
    }
    guard generatorVersion == Configuration.currentGeneratorVersion else {
      return "its cases are those of version \(generatorVersion), and this tool makes those of "
        + "version \(Configuration.currentGeneratorVersion)"
    }
    guard unitCount <= Configuration.largestUnitCount else {
      return "\(unitCount) combinations of operations, formats and cases, more than "
        + "\(Configuration.largestUnitCount)"
    }
    return nil
  }
}
