// SPDX-License-Identifier: Apache-2.0
import Formats

/// One measured rate.
package struct BenchRow: Codable, Sendable {
  /// How the operation is called.
  package enum Form: String, Codable, Sendable {
    /// A function call per operation, one result and its flags returned.
    case scalar
    /// A loop over buffers, flags per element and accumulated.
    case batch
    /// A loop over buffers, flags dropped.
    case cast
  }

  package var form: Form
  package var operation: ArithmeticOperation
  package var format: Format
  /// The destination of a conversion.
  package var to: Format?
  package var rounding: Rounding
  /// The time of one operation in nanoseconds.
  package var nanoseconds: Double
  /// How many times faster than MPFR's result of the same operation, rounded to the format with
  /// flags.
  package var timesMPFR: Double?
  /// How many times faster than the processor's own instruction in a Swift loop (below 1: slower).
  package var timesProcessor: Double?

  /// Operations per second, in millions.
  package var megaRate: Double { 1000 / nanoseconds }
  /// The operation with its formats.
  package var title: String {
    to.map { "\(format) to \($0)" } ?? "\(operation.rawValue) \(format)"
  }

  /// The row with the fastest times, the peers' included, of two measurements of the same.
  package func fastest(_ other: BenchRow) -> BenchRow {
    var row = self
    row.nanoseconds = min(nanoseconds, other.nanoseconds)
    row.timesMPFR = BenchTimer.ratio(
      timesMPFR, at: nanoseconds, or: other.timesMPFR, at: other.nanoseconds)
    row.timesProcessor = BenchTimer.ratio(
      timesProcessor, at: nanoseconds, or: other.timesProcessor, at: other.nanoseconds)
    return row
  }
}
