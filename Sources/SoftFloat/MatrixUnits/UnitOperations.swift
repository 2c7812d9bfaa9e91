// SPDX-License-Identifier: Apache-2.0
import Formats

/// The functions of units that are made of operations on FP32 numbers, by `Arithmetic`.
enum UnitOperations {
  /// An encoding of a format as the FP32 number of the same value.
  static func single(_ encoding: UInt64, _ format: Format) -> Float {
    let bits =
      format == .fp32
      ? encoding : Arithmetic.evaluate(.convert, encoding, format: format, to: .fp32).value
    return Float(bitPattern: UInt32(truncatingIfNeeded: bits))
  }

  /// An operation on FP32 numbers.
  private static func evaluate(
    _ operation: ArithmeticOperation, _ a: Float, _ b: Float, _ c: Float = 0, _ semantics: Semantics
  ) -> Rounded<UInt64> {
    Arithmetic.evaluate(
      operation, UInt64(a.bitPattern), UInt64(b.bitPattern), UInt64(c.bitPattern), format: .fp32,
      semantics: semantics)
  }

  /// x + c, rounded to nearest in a format, once.
  static func nearestSum(_ x: Float, _ c: Float, _ format: Accumulation.SumFormat) -> Float {
    guard format == .fp16, x.isFinite, c.isFinite else {
      return single(evaluate(.add, x, c, 0, Semantics()).value, .fp32)
    }
    let sum = ExactSum.significand([ExactTerm(x), ExactTerm(c)])
    let rounded = Arithmetic.round(
      negative: sum.isNegative, significand: sum.magnitude, exponent: sum.exponent,
      sticky: sum.isSticky, to: .fp16)
    return single(rounded.value, .fp16)
  }

  /// Intel's TDPBF16PS and TDPFP16PS (Intel SDM, volume 2).
  static func chains(
    _ a: UnsafeBufferPointer<Float>, _ b: UnsafeBufferPointer<Float>, _ c: Float
  ) -> Float {
    let flushing = Semantics(subnormals: .flushBoth)
    func number(_ rounded: Rounded<UInt64>) -> Float { single(rounded.value, .fp32) }
    var t: [Float] = [0, 0]
    for k in a.indices { t[k % 2] = number(evaluate(.fma, a[k], b[k], t[k % 2], flushing)) }
    return number(evaluate(.add, c, number(evaluate(.add, t[0], t[1], 0, flushing)), 0, flushing))
  }

  /// Arm's BFMMLA where FPCR.EBF is 0 (Arm ARM, BFDotAdd).
  static func oddPairs(
    _ a: UnsafeBufferPointer<Float>, _ b: UnsafeBufferPointer<Float>, _ c: Float
  ) -> Float {
    let semantics = Semantics(
      rounding: .toOdd, tininess: .beforeRounding, subnormals: .flushBoth)
    func number(_ operation: ArithmeticOperation, _ x: Float, _ y: Float) -> Float {
      let rounded = evaluate(operation, x, y, 0, semantics)
      let value = single(rounded.value, .fp32)
      return rounded.flags.contains(.overflow)
        ? Float(signOf: value, magnitudeOf: .infinity) : value
    }
    let products = (number(.mul, a[0], b[0]), number(.mul, a[1], b[1]))
    return number(.add, c, number(.add, products.0, products.1))
  }
}
