// SPDX-License-Identifier: Apache-2.0
import Formats

/// How many results signalled each exception.
package struct ExceptionCounts: Hashable, Sendable, Codable {
  /// The number of results that signalled inexact.
  package var inexact: UInt64 = 0
  /// The number of results that signalled underflow.
  package var underflow: UInt64 = 0
  /// The number of results that signalled overflow.
  package var overflow: UInt64 = 0
  /// The number of results that signalled divide by zero.
  package var divideByZero: UInt64 = 0
  /// The number of results that signalled invalid.
  package var invalid: UInt64 = 0

  /// No results.
  package init() {}

  /// Adds the counts of other results.
  package mutating func merge(_ other: ExceptionCounts) {
    inexact += other.inexact
    underflow += other.underflow
    overflow += other.overflow
    divideByZero += other.divideByZero
    invalid += other.invalid
  }
}

/// A case on which subject and reference differ.
package struct MismatchRecord: Hashable, Sendable, Codable {
  /// The index of the case in its set.
  package var index: UInt64
  /// The operands; those an operation does not take are zero.
  package var operands: [UInt64]
  /// The reference's result.
  package var expected: UInt64
  /// The subject's result.
  package var got: UInt64
  /// The reference's exceptions.
  package var expectedFlags: Exceptions
  /// The subject's exceptions; nil where it reports none.
  package var gotFlags: Exceptions?

  /// The record of a case.
  package init(
    index: UInt64, operands: [UInt64], expected: UInt64, got: UInt64, expectedFlags: Exceptions,
    gotFlags: Exceptions?
  ) {
    self.index = index
    self.operands = operands
    self.expected = expected
    self.got = got
    self.expectedFlags = expectedFlags
    self.gotFlags = gotFlags
  }
}

/// The counts of one operation, format, rounding and case set. Merging is commutative and
/// associative, so that the outcome does not depend on how the cases were split.
package struct Tally: Hashable, Sendable, Codable {
  /// The number of results compared.
  package var tested: UInt64 = 0
  /// The number of results that differed.
  package var mismatches: UInt64 = 0
  /// The exceptions the reference signalled.
  package var flags = ExceptionCounts()
  /// The mismatches of lowest index, in order.
  package var first: [MismatchRecord] = []

  /// No results.
  package init() {}

  /// Adds the counts of other cases and keeps the `limit` mismatches of lowest index.
  package mutating func merge(_ other: Tally, limit: Int) {
    tested += other.tested
    mismatches += other.mismatches
    flags.merge(other.flags)
    guard !other.first.isEmpty else { return }
    first = Array((first + other.first).sorted { $0.index < $1.index }.prefix(limit))
  }
}
