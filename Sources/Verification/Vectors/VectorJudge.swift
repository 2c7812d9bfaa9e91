// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle

/// The counts of one operation, format and rounding of vectors.
package struct VectorTally: Hashable, Sendable {
  /// The rows judged.
  package var tested: UInt64 = 0
  /// Those whose exceptions were compared.
  package var withFlags: UInt64 = 0
  /// Those that differ by a documented choice.
  package var choices: [DocumentedChoice: UInt64] = [:]
  /// Those that differ otherwise.
  package var faults: UInt64 = 0
  /// Faults in which MPFR gives what the vectors expect.
  package var subjectAlone: UInt64 = 0
  /// Faults in which MPFR gives what the subject does.
  package var vectorsAlone: UInt64 = 0
  /// Faults that are none when tininess is detected the other way.
  package var byTininess: UInt64 = 0

  /// Adds other rows.
  mutating func merge(_ other: VectorTally) {
    tested += other.tested
    withFlags += other.withFlags
    choices.merge(other.choices, uniquingKeysWith: +)
    faults += other.faults
    subjectAlone += other.subjectAlone
    vectorsAlone += other.vectorsAlone
    byTininess += other.byTininess
  }
}

/// A row on which subject and vectors differ.
package struct VectorDifference: Hashable, Sendable {
  /// The line in the file, from 1.
  package var line: UInt64
  /// What was evaluated.
  package var evaluation: Evaluation
  /// What the comparison was asked for; nil for no comparison or a relation.
  package var predicate: VectorPredicate?
  /// Operands, the vectors' result and the subject's.
  package var record: MismatchRecord
  /// Whether the vectors tell exceptions.
  package var hasExpectedFlags: Bool
  /// MPFR's result.
  package var reference: UInt64
  /// MPFR's exceptions.
  package var referenceFlags: Exceptions
  /// The documented choice; nil for a fault.
  package var choice: DocumentedChoice?
}

/// Judges the rows of one group; for one thread.
struct VectorJudge {
  let group: VectorGroup
  let request: VectorRequest
  let subject: any Subject
  private let function: BlockFunction?
  /// Why the subject does not do this; nil where it does.
  let refusal: String?
  private let result: Format?

  init(_ group: VectorGroup, _ request: VectorRequest, _ subject: any Subject) {
    self.group = group
    self.request = request
    self.subject = subject
    switch subject.function(for: group.evaluation) {
    case .success(let function): (self.function, refusal) = (function, nil)
    case .failure(let reason): (function, refusal) = (nil, reason.reason)
    }
    let kind = group.evaluation.operation.resultKind(
      group.evaluation.format, to: group.evaluation.to)
    if case .float(let format) = kind { result = format } else { result = nil }
  }

  /// The subject's results for operands in columns, and their exceptions.
  func run(
    _ columns: [[UInt64]], count: Int, _ results: inout [UInt64], _ flags: inout [UInt8]
  ) {
    columns[0].withUnsafeBufferPointer { a in
      columns[1].withUnsafeBufferPointer { b in
        columns[2].withUnsafeBufferPointer { c in
          guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else { return }
          results.withUnsafeMutableBufferPointer { results in
            flags.withUnsafeMutableBufferPointer { flags in
              guard let results = results.baseAddress, let flags = flags.baseAddress else { return }
              function?(
                OperandBlock(a: a, b: b, c: c, count: count, firstIndex: 0), results, flags)
            }
          }
        }
      }
    }
    if let predicate = group.predicate {
      for i in 0..<count { results[i] = predicate.value(of: results[i]) }
    }
  }

  /// Whether a value and exceptions are those expected.
  private func agrees(_ expected: VectorOutcome, _ value: UInt64, _ flags: Exceptions?) -> Bool {
    if let wanted = expected.flags, let flags, wanted != flags { return false }
    if expected.value == value { return true }
    guard request.notation == .fpgen || !subject.deliversDefinedNaNs, let result else {
      return false
    }
    let data = [expected.value, value].map { result.decode(UInt32(truncatingIfNeeded: $0)) }
    // FPgen tells a NaN's kind, not its sign and payload; a subject of undefined NaNs any NaN.
    return data.allSatisfy(\.isNaN)
      && (!subject.deliversDefinedNaNs || data[0].classification == data[1].classification)
  }

  /// The difference of a row whose value or exceptions are not those expected bit for bit; nil
  /// where the row agrees all the same. Counts it.
  func judge(
    line: UInt64, operands: [UInt64], expected: VectorOutcome, got: UInt64, gotFlags: UInt8,
    into tally: inout VectorTally
  ) -> VectorDifference? {
    let flags = subject.reportsFlags ? Exceptions(rawValue: gotFlags) : nil
    if agrees(expected, got, flags) { return nil }
    let evaluation = group.evaluation
    let reference = reference(operands, evaluation.semantics)
    let own = VectorOutcome(value: got, flags: flags)
    let isOwn = agrees(
      VectorOutcome(value: reference.value, flags: reference.flags), got, flags)
    // A choice is the project's own only where the subject does what MPFR does under it.
    let choice =
      isOwn && !request.isStrict
      ? DocumentedChoice(evaluation, operands: operands, expected: expected, own: own) : nil
    if let choice {
      tally.choices[choice, default: 0] += 1
    } else {
      tally.faults += 1
      if isOwn { tally.vectorsAlone += 1 }
      if agrees(expected, reference.value, reference.flags) { tally.subjectAlone += 1 }
      var other = evaluation.semantics
      other.tininess = other.tininess == .afterRounding ? .beforeRounding : .afterRounding
      let otherwise = self.reference(operands, other)
      if isOwn, agrees(expected, otherwise.value, otherwise.flags) { tally.byTininess += 1 }
    }
    return VectorDifference(
      line: line, evaluation: evaluation, predicate: group.predicate,
      record: MismatchRecord(
        index: 0, operands: operands, expected: expected.value, got: got,
        expectedFlags: expected.flags ?? [], gotFlags: flags),
      hasExpectedFlags: expected.flags != nil, reference: reference.value,
      referenceFlags: reference.flags, choice: choice)
  }

  private func reference(_ operands: [UInt64], _ semantics: Semantics) -> Rounded<UInt64> {
    let words = operands + [0, 0]
    var outcome = Oracle.evaluate(
      group.evaluation.operation, words[0], words[1], words[2], format: group.evaluation.format,
      to: group.evaluation.to, semantics: semantics, index: 0)
    if let predicate = group.predicate { outcome.value = predicate.value(of: outcome.value) }
    return outcome
  }
}
