// SPDX-License-Identifier: Apache-2.0
import Formats

/// A kernel that computes nothing of what it should: a criterion that it passes has no power.
package enum NullModel: String, Hashable, Sendable, CaseIterable {
  /// Every result is zero.
  case zeros
  /// Every result is the one nearest to the mean of the right ones.
  case mean
  /// Every result is the first operand.
  case inputCopied = "the input copied"
  /// Every result is that of the element before.
  case shuffled = "rows shuffled"
  /// Every result is a NaN.
  case notANumber = "NaN"
  /// Every result is the right one in a narrower format of the same range.
  case narrower = "a narrower format"

  /// What it gives for elements whose operands and right results are these; nil where the format
  /// has no such results.
  func results(_ operands: [[UInt64]], _ right: [UInt64], in format: Format) -> [UInt64]? {
    switch self {
    case .zeros: return Array(repeating: 0, count: right.count)
    case .mean:
      let values = right.map(format.number).filter(\.isFinite)
      guard !values.isEmpty else { return nil }
      let mean = values.reduce(0) { $0 + $1 / Double(values.count) }
      let nearest = right.filter { format.number($0).isFinite }.min {
        (format.number($0) - mean).magnitude
          < (format.number($1) - mean).magnitude
      }
      return nearest.map { Array(repeating: $0, count: right.count) }
    case .inputCopied: return operands.map { $0[0] }
    case .shuffled: return Array(right.dropFirst() + right.prefix(1))
    case .notANumber:
      guard
        let nan = [format.lastEncoding, format.lastEncoding - 1].first(where: {
          format.number($0).isNaN
        })
      else { return nil }
      return Array(repeating: nan, count: right.count)
    case .narrower:
      guard let dropped = Self.droppedBits(format) else { return nil }
      // To nearest even on the encoding: a carry goes on into the exponent.
      let mask = UInt64(1) << UInt64(dropped) - 1
      return right.map { encoding in
        guard !format.number(encoding).isNaN else { return encoding }
        let isOdd = encoding >> UInt64(dropped) & 1
        return (encoding + mask / 2 + isOdd) & ~mask
      }
    }
  }

  /// The fraction bits that the next narrower named format has not: FP64's of FP32, FP32's of TF32,
  /// those of the 16-bit formats of E5M2.
  private static func droppedBits(_ format: Format) -> Int? {
    switch format.fractionBits {
    case 24...: format.fractionBits - Format.fp32.fractionBits
    case 11...23: format.fractionBits - Format.tf32.fractionBits
    case 3...10: format.fractionBits - Format.e5m2.fractionBits
    default: nil
    }
  }
}
