// SPDX-License-Identifier: Apache-2.0

import Formats

/// One measured rate.
struct BenchRow: Codable, Sendable {
  /// How the operation is called.
  enum Form: String, Codable, Sendable {
    /// A function call per operation, one result and its flags returned.
    case scalar
    /// A loop over buffers, flags per element and accumulated.
    case batch
    /// A loop over buffers, flags dropped.
    case cast
  }

  var form: Form
  var operation: ArithmeticOperation
  var format: Format
  /// The destination of a conversion.
  var to: Format?
  var rounding: Rounding
  /// The time of one operation in nanoseconds.
  var nanoseconds: Double
  /// How many times faster than MPFR's result of the same operation, rounded to the format with
  /// flags.
  var timesMPFR: Double?
  /// How many times faster than the processor's own instruction in a Swift loop (below 1: slower).
  var timesProcessor: Double?

  /// Operations per second, in millions.
  var megaRate: Double { 1000 / nanoseconds }
  /// The operation with its formats.
  var title: String {
    to.map { "\(format) to \($0)" } ?? "\(operation.rawValue) \(format)"
  }

  /// The row with the fastest times, the peers' included, of two measurements of the same.
  func fastest(_ other: BenchRow) -> BenchRow {
    var row = self
    row.nanoseconds = min(nanoseconds, other.nanoseconds)
    row.timesMPFR = BenchTimer.ratio(
      timesMPFR, at: nanoseconds, or: other.timesMPFR, at: other.nanoseconds)
    row.timesProcessor = BenchTimer.ratio(
      timesProcessor, at: nanoseconds, or: other.timesProcessor, at: other.nanoseconds)
    return row
  }
}
