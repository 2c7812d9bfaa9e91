// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle

/// The exact values of a function at operands of one format; an object for one thread.
package final class ElementReference {
  let function: ElementFunction
  let format: Format
  private let unary: ElementaryReference?

  package init(_ function: ElementFunction, _ format: Format) {
    self.function = function
    self.format = format
    if case .real(let real) = function, real.arity == 1 {
      unary = ElementaryReference(real)
    } else {
      unary = nil
    }
  }

  /// The exact value rounded to nearest even.
  package func nearest(at operands: [UInt64]) -> UInt64 {
    if let unary {
      return unary.nearest(at: format.number(operands[0]), in: format)
    }
    return value(at: operands).rounded(to: format).value
  }

  /// The exact value to FP64's precision.
  package func double(at operands: [UInt64]) -> Double {
    let value = value(at: operands)
    guard let bits = value.firstBits, let leading = bits.significand.last else {
      return format.number(value.rounded(to: format).value)
    }
    let exponent = bits.exponent + UInt64.bitWidth * (bits.significand.count - 1)
    return Double(
      sign: bits.isNegative ? .minus : .plus, exponent: exponent, significand: Double(leading))
  }

  /// How a result compares with the exact value.
  func judge(_ result: UInt64, at operands: [UInt64]) -> ElementJudgement {
    // An element may have more bits than the format.
    guard result <= format.lastEncoding else {
      return ElementJudgement(
        ulps: .infinity, isNearest: false, isWrongSpecial: true, isWrongSign: false)
    }
    let expected: UInt64
    let ulps: Double
    if let unary {
      let judgement = unary.judge(result, in: format, at: format.number(operands[0]))
      (expected, ulps) = (judgement.nearest, judgement.error)
    } else {
      // A signaling NaN may be quieted on its way into the function, by a conversion or a register,
      // and some functions of a quiet one are numbers: pow(1, NaN) is 1.
      if format.number(result).isNaN, operands.contains(where: format.isSignaling) {
        return ElementJudgement(ulps: 0, isNearest: true, isWrongSpecial: false, isWrongSign: false)
      }
      let value = value(at: operands.map(format.quieted))
      expected = value.rounded(to: format).value
      ulps = value.ulps(of: format.number(result), in: format)
    }
    let (y, nearest) = (format.number(result), format.number(expected))
    if y.isNaN && nearest.isNaN {
      return ElementJudgement(ulps: 0, isNearest: true, isWrongSpecial: false, isWrongSign: false)
    }
    // The largest number for what rounds to an infinity is one of the neighbours of a value beyond it.
    let isWrongSpecial =
      y.isNaN != nearest.isNaN || (y.isInfinite != nearest.isInfinite && !(ulps <= 1))
    let isWrongSign = !y.isNaN && !nearest.isNaN && y.sign != nearest.sign
    return ElementJudgement(
      ulps: isWrongSpecial || isWrongSign ? .infinity : ulps, isNearest: result == expected,
      isWrongSpecial: isWrongSpecial, isWrongSign: isWrongSign)
  }

  private func value(at operands: [UInt64]) -> FunctionValue {
    switch function {
    case .real(let real):
      Oracle.value(
        of: real, operands[0], operands.count > 1 ? operands[1] : 0, format: format)
    case .arithmetic(let operation): Oracle.value(of: operation, operands, format: format)
    case .integral(let integral):
      Oracle.integralValue(of: operands[0], toward: integral.direction, format: format)
    }
  }

  /// The exact values at neighbouring encodings of FP32 from a multiple of the block's size on, as
  /// near as `ElementaryReference.tolerance` says; false where there is no such reference.
  func fill(_ values: UnsafeMutablePointer<Double>, from start: UInt32) -> Bool {
    guard let unary, format == .fp32 else { return false }
    unary.fill(values, from: start)
    return true
  }

  /// Whether the values that were filled in last lie on the exact ones' side of every multiple of half
  /// an ulp.
  var knowsSides: Bool { unary?.side != nil }
}

extension FunctionValue {
  /// |y - value| in ulp of a format at the value; infinite where one is special and the other not,
  /// but 0 of an infinity that the value rounds to.
  fileprivate func ulps(of y: Double, in format: Format) -> Double {
    let nearest = format.number(rounded(to: format).value)
    guard let bits = firstBits, let leading = bits.significand.last else {
      // Zeros, specials, and what is beyond every format.
      if nearest == 0, y.isFinite {
        return Double(sign: .plus, exponent: -format.minUlpExponent, significand: y).magnitude
      }
      return y == nearest || (y.isNaN && nearest.isNaN) ? 0 : .infinity
    }
    if y.isInfinite { return nearest == y ? 0 : .infinity }
    guard !y.isNaN else { return .infinity }
    let exponent = bits.exponent + UInt64.bitWidth * (bits.significand.count - 1)
    let unit = max(exponent + 63, format.minExponent) - format.fractionBits
    // The leading 53 bits and those after them: near y the first difference is exact.
    let next = bits.significand.count > 1 ? bits.significand[bits.significand.count - 2] : 0
    let parts = (Double(leading >> 11) * 0x1p11, Double(leading & 0x7ff) + Double(next) * 0x1p-64)
    func scaled(_ part: Double) -> Double {
      Double(sign: .plus, exponent: exponent - unit, significand: part)
    }
    let result = Double(sign: .plus, exponent: -unit, significand: bits.isNegative ? -y : y)
    return (result - scaled(parts.0) - scaled(parts.1)).magnitude
  }
}

extension OutsideTolerance {
  /// Adds a result where its error is more than a tolerance allows.
  mutating func add(
    _ judgement: ElementJudgement, _ operands: [UInt64], _ result: UInt64,
    _ tolerance: ErrorTolerance, _ reference: ElementReference
  ) {
    guard !judgement.isNearest, judgement.ulps > tolerance.certain else { return }
    let excess = tolerance.excess(
      of: reference.format.number(result), reference.double(at: operands), judgement)
    guard excess > 1 else { return }
    add(KernelError(operands: operands, result: result, ulps: judgement.ulps), excess: excess)
  }
}
