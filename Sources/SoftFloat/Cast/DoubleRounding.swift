// SPDX-License-Identifier: Apache-2.0
import Formats

extension TensorKernels {
  /// FP64 values rounded once to a format, as FP64 values; any NaN becomes the canonical one.
  ///
  /// - Precondition: `target` is `source` or disjoint from it.
  public static func round(
    _ source: UnsafePointer<Double>, into target: UnsafeMutablePointer<Double>, count: Int,
    to format: Format, _ semantics: Semantics = Semantics(), firstIndex: UInt64 = 0
  ) {
    let isServed = roundValues(
      source, into: target, count: count, to: format, semantics, firstIndex: firstIndex)
    if isServed { return }
    for i in 0..<count {
      let encoding = round(
        source[i], to: format, semantics, index: firstIndex &+ UInt64(i)
      ).value
      target[i] = Double(bitPattern: UInt64(bitPattern: Int64.value(encoding, format)))
    }
  }

  /// The encoding of an FP64 number rounded once to a format, and the exceptions of the conversion.
  ///
  /// Edge Cases: a NaN's payload keeps its leading bits where the semantics propagate it.
  public static func round(
    _ x: Double, to format: Format, _ semantics: Semantics = Semantics(), index: UInt64 = 0
  ) -> Rounded<UInt64> {
    let isDropped = x.isSubnormal && semantics.subnormals.flushesOperands && !format.isScale
    guard x.isFinite, x != 0, !isDropped else {
      return Arithmetic.evaluate(
        .convert, UInt64(special(x, isDropped)), format: .fp32, to: format, semantics: semantics,
        index: index)
    }
    let (exponent, significand) =
      x.isNormal
      ? (Int(x.exponentBitPattern), x.significandBitPattern | 1 << 52)
      : (1, x.significandBitPattern)
    return Arithmetic.round(
      negative: x.sign == .minus, significand: significand, exponent: exponent - 1075, to: format,
      semantics: semantics, index: index)
  }

  /// The FP32 encoding of a zero, an infinity or a NaN; a signaling NaN stays one.
  private static func special(_ x: Double, _ isDropped: Bool) -> UInt32 {
    let sign = UInt32(truncatingIfNeeded: x.bitPattern >> 32) & 0x8000_0000
    if isDropped || x == 0 { return sign }
    guard x.isNaN else { return sign | Float.infinity.bitPattern }
    let payload = UInt32(truncatingIfNeeded: x.significandBitPattern >> 29)
    return sign | Float.infinity.bitPattern | max(payload, 1)
  }
}
