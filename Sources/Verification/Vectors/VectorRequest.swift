// SPDX-License-Identifier: Apache-2.0
import Formats

/// What vectors are read as: everything that determines the judgement beside their bytes.
package struct VectorRequest: Hashable, Sendable, Codable {
  /// The operations; lines of others are left out. Where lines do not name theirs there is one.
  package var operations: [ArithmeticOperation]
  /// The formats of the operands, likewise.
  package var formats: [Format]
  /// The destinations of `convert`, likewise.
  package var targets: [Format]
  /// The roundings, likewise; empty where all that lines name are wanted.
  package var roundings: [Rounding]
  /// When a result counts as tiny.
  package var tininess: Tininess
  /// What happens to subnormal numbers.
  package var subnormals: SubnormalMode
  /// Which NaN is delivered.
  package var nan: NaNPolicy
  /// What an overflow delivers.
  package var overflow: OverflowPolicy
  /// What comparisons are asked for; nil where their results are relations.
  package var predicate: VectorPredicate?
  /// Whether documented choices count as faults.
  package var isStrict: Bool
  /// The notation of the lines.
  package var notation: VectorNotation
  /// The name of the implementation that is judged.
  package var subject: String
  /// The greatest number of faults that are kept.
  package var limit: Int

  /// The request of the given parts.
  package init(
    operations: [ArithmeticOperation], formats: [Format], targets: [Format] = [],
    roundings: [Rounding] = [], semantics: Semantics = Semantics(),
    predicate: VectorPredicate? = nil, isStrict: Bool = false, notation: VectorNotation,
    subject: String = "soft", limit: Int = Configuration.defaultMismatchLimit
  ) {
    self.operations = operations
    self.formats = formats
    self.targets = targets
    self.roundings = roundings
    tininess = semantics.tininess
    subnormals = semantics.subnormals
    nan = semantics.nan
    overflow = semantics.overflow
    self.predicate = predicate
    self.isStrict = isStrict
    self.notation = notation
    self.subject = subject
    self.limit = limit
  }

  /// The attributes with a rounding.
  func semantics(_ rounding: Rounding) -> Semantics {
    Semantics(
      rounding: rounding, tininess: tininess, subnormals: subnormals, nan: nan, overflow: overflow)
  }
}

/// What a line asks for.
struct VectorGroup: Hashable, Sendable {
  var evaluation: Evaluation
  /// What its comparison is asked for; nil for a relation, or no comparison.
  var predicate: VectorPredicate?

  /// The bits that a result may have.
  var greatestResult: UInt64 {
    if predicate != nil { return 1 }
    let kind = evaluation.operation.resultKind(evaluation.format, to: evaluation.to)
    return kind.map { UInt64.max >> UInt64(64 - $0.bitWidth) } ?? 3
  }
}

/// The rows of a block of lines, by columns.
struct VectorRows {
  /// What stands for exceptions that a line does not tell.
  static let noFlags: UInt8 = 0xff

  /// The places of the rows' groups in `groups`.
  var group: [Int] = []
  var a: [UInt64] = []
  var b: [UInt64] = []
  var c: [UInt64] = []
  var expected: [UInt64] = []
  var flags: [UInt8] = []
  /// The lines of the rows, counted from the block's first.
  var line: [Int] = []
  /// The groups of the rows.
  var groups: [VectorGroup] = []
  /// The rows that are not judged, by reason.
  var skipped: [String: UInt64] = [:]

  /// Leaves no rows.
  mutating func removeRows() {
    group.removeAll(keepingCapacity: true)
    a.removeAll(keepingCapacity: true)
    b.removeAll(keepingCapacity: true)
    c.removeAll(keepingCapacity: true)
    expected.removeAll(keepingCapacity: true)
    flags.removeAll(keepingCapacity: true)
    line.removeAll(keepingCapacity: true)
    skipped = [:]
  }

  /// The place of a group, which is added where it is new.
  mutating func place(of wanted: VectorGroup) -> Int {
    if let place = groups.firstIndex(of: wanted) { return place }
    groups.append(wanted)
    return groups.count - 1
  }

  /// Adds a row.
  mutating func append(
    _ group: Int, _ operands: (UInt64, UInt64, UInt64), expected: UInt64, flags: UInt8, line: Int
  ) {
    self.group.append(group)
    a.append(operands.0)
    b.append(operands.1)
    c.append(operands.2)
    self.expected.append(expected)
    self.flags.append(flags)
    self.line.append(line)
  }
}

/// A line that cannot be read.
struct VectorLineProblem: Error {
  /// The line, counted from the block's first.
  var line: Int
  /// What is wrong with it.
  var reason: String
}
