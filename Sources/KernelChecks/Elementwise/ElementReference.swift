// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle

/// The exact values of a function at operands of one format; an object for one thread.
package final class ElementReference {
  /// How a result compares with the exact value.
  struct Judgement {
    /// |result - exact| in ulp at the exact value; infinite for a wrong special or sign.
    var ulps: Double
    /// Whether it is the exact value rounded to nearest even; any NaN is a NaN.
    var isNearest: Bool
    var isWrongSpecial: Bool
    var isWrongSign: Bool
  }

  let function: RealFunction
  let format: Format
  private let unary: ElementaryReference?

  package init(_ function: RealFunction, _ format: Format) {
    self.function = function
    self.format = format
    unary = function.arity == 1 ? ElementaryReference(function) : nil
  }

  /// The exact value rounded to nearest even.
  package func nearest(at operands: [UInt64]) -> UInt64 {
    if let unary {
      return unary.nearest(at: format.value(of: UInt32(operands[0])), in: format)
    }
    return value(at: operands).rounded(to: format).value
  }

  /// The exact value to FP64's precision.
  package func double(at operands: [UInt64]) -> Double {
    let value = Oracle.value(
      of: function, operands[0], operands.count > 1 ? operands[1] : 0, format: format)
    guard let bits = value.firstBits, let leading = bits.significand.last else {
      return format.value(of: UInt32(value.rounded(to: format).value))
    }
    let exponent = bits.exponent + UInt64.bitWidth * (bits.significand.count - 1)
    return Double(
      sign: bits.isNegative ? .minus : .plus, exponent: exponent, significand: Double(leading))
  }

  /// How a result compares with the exact value.
  func judge(_ result: UInt64, at operands: [UInt64]) -> Judgement {
    // An element may have more bits than the format.
    guard result < format.encodingCount else {
      return Judgement(
        ulps: .infinity, isNearest: false, isWrongSpecial: true, isWrongSign: false)
    }
    let expected: UInt64
    let ulps: Double
    if let unary {
      let judgement = unary.judge(
        result, in: format, at: format.value(of: UInt32(operands[0])))
      (expected, ulps) = (judgement.nearest, judgement.error)
    } else {
      // A signaling NaN may be quieted on its way into the function, by a conversion or a register,
      // and some functions of a quiet one are numbers: pow(1, NaN) is 1.
      let isNaN = result < format.encodingCount && format.value(of: UInt32(result)).isNaN
      if isNaN, operands.contains(where: { format.isSignaling(UInt32($0)) }) {
        return Judgement(ulps: 0, isNearest: true, isWrongSpecial: false, isWrongSign: false)
      }
      let value = value(at: operands.map { UInt64(format.quieted(UInt32($0))) })
      expected = value.rounded(to: format).value
      ulps = value.ulps(of: format.value(of: UInt32(result)), in: format)
    }
    let (y, nearest) = (format.value(of: UInt32(result)), format.value(of: UInt32(expected)))
    if y.isNaN && nearest.isNaN {
      return Judgement(ulps: 0, isNearest: true, isWrongSpecial: false, isWrongSign: false)
    }
    let isWrongSpecial = y.isNaN != nearest.isNaN || y.isInfinite != nearest.isInfinite
    let isWrongSign = !y.isNaN && !nearest.isNaN && y.sign != nearest.sign
    return Judgement(
      ulps: isWrongSign ? .infinity : ulps, isNearest: result == expected,
      isWrongSpecial: isWrongSpecial, isWrongSign: isWrongSign)
  }

  private func value(at operands: [UInt64]) -> FunctionValue {
    Oracle.value(of: function, operands[0], operands[1], format: format)
  }

  /// The exact values at neighbouring encodings of FP32 from a multiple of the block's size on, as
  /// near as `ElementaryReference.tolerance` says; false where there is no such reference.
  func fill(_ values: UnsafeMutablePointer<Double>, from start: UInt32) -> Bool {
    guard let unary, format == .fp32 else { return false }
    unary.fill(values, from: start)
    return true
  }
}

extension FunctionValue {
  /// |y - value| in ulp of a format at the value; infinite where one is special and the other not,
  /// but 0 of an infinity that the value rounds to.
  fileprivate func ulps(of y: Double, in format: Format) -> Double {
    let nearest = format.value(of: UInt32(rounded(to: format).value))
    guard let bits = firstBits, let leading = bits.significand.last else {
      // Zeros, specials, and what is beyond every format.
      return y == nearest || (y.isNaN && nearest.isNaN) ? 0 : .infinity
    }
    if y.isInfinite { return nearest == y ? 0 : .infinity }
    guard !y.isNaN else { return .infinity }
    // The first 64 bits: an error of 2^-52 ulp of FP32 and less.
    let exponent = bits.exponent + UInt64.bitWidth * (bits.significand.count - 1)
    let unit = max(exponent + 63, format.minExponent) - format.fractionBits
    let value = Double(sign: .plus, exponent: exponent - unit, significand: Double(leading))
    let scaled = Double(sign: .plus, exponent: -unit, significand: y)
    return (scaled - (bits.isNegative ? -value : value)).magnitude
  }
}

extension Format {
  /// Whether an encoding is a signaling NaN.
  fileprivate func isSignaling(_ bits: UInt32) -> Bool {
    hasSignalingNaN && isNaN(bits) && bits >> UInt32(fractionBits - 1) & 1 == 0
  }

  /// The quiet NaN of a signaling one; every other encoding itself.
  fileprivate func quieted(_ bits: UInt32) -> UInt32 {
    isSignaling(bits) ? bits | 1 << UInt32(fractionBits - 1) : bits
  }
}
