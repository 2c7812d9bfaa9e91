// SPDX-License-Identifier: Apache-2.0
import Formats

/// What a verification found, reduced to counts: for each operation, format and set of roundings,
/// how many results were compared with a reference and how many differed.
///
/// A result is a value together with its exception flags; it differs when either does.
package struct ArithmeticProof: Hashable, Sendable, Codable {
  /// One operation in one format.
  package struct Row: Hashable, Sendable, Codable {
    /// The operation.
    package var operation: ArithmeticOperation
    /// The format of the operands.
    package var format: Format
    /// The format of the result; differs from `format` for `convert` only.
    package var to: Format
    /// The roundings that the counts cover.
    package var roundings: [Rounding]
    /// The names of the case sets, such as `boundary` or `level1`, in the order they ran.
    package var cases: [String]
    /// The number of results compared, over all roundings.
    package var tested: UInt64
    /// The number of results that differed, over all roundings.
    package var mismatches: UInt64

    /// The row with the given counts.
    package init(
      operation: ArithmeticOperation, format: Format, to: Format? = nil, roundings: [Rounding],
      cases: [String], tested: UInt64, mismatches: UInt64
    ) {
      self.operation = operation
      self.format = format
      self.to = to ?? format
      self.roundings = roundings
      self.cases = cases
      self.tested = tested
      self.mismatches = mismatches
    }

    /// The operation's name, a conversion's with its target: `convert to bf16`.
    package var name: String {
      operation == .convert ? "\(operation.rawValue) to \(to.id)" : operation.rawValue
    }
  }

  /// The implementation under test, such as `soft`.
  package var subject: String
  /// The reference and its version, such as `MPFR 4.2.0`.
  package var reference: String
  /// The rows in the order they ran.
  package var rows: [Row]

  /// The proof with the given rows.
  package init(subject: String, reference: String, rows: [Row]) {
    self.subject = subject
    self.reference = reference
    self.rows = rows
  }

  /// The operand formats in the order in which they first appear.
  package var formats: [Format] {
    rows.reduce(into: []) { formats, row in
      if !formats.contains(row.format) { formats.append(row.format) }
    }
  }
  /// The number of results compared in all rows.
  package var tested: UInt64 { rows.reduce(0) { $0 + $1.tested } }
  /// The number of results that differed in all rows.
  package var mismatches: UInt64 { rows.reduce(0) { $0 + $1.mismatches } }
  /// Whether something was compared and nothing differed.
  package var holds: Bool { tested > 0 && mismatches == 0 }
}
