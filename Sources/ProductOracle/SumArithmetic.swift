// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle

/// Sums and products of encodings of a format, each rounded once to nearest even.
struct SumArithmetic {
  /// The format; nil for FP64.
  private let format: Format?

  init(_ sums: Accumulation.SumFormat) {
    format =
      switch sums {
      case .fp16: .fp16
      case .bf16: .bf16
      case .fp32: .fp32
      case .fp64: nil
      }
  }

  /// a + b.
  func sum(_ a: UInt64, _ b: UInt64) -> UInt64 {
    guard let format else {
      return (Double(bitPattern: a) + Double(bitPattern: b)).bitPattern
    }
    return evaluate(.add, a, b, 0, format)
  }

  /// a b.
  func product(_ a: UInt64, _ b: UInt64) -> UInt64 {
    guard let format else {
      return (Double(bitPattern: a) * Double(bitPattern: b)).bitPattern
    }
    return evaluate(.mul, a, b, 0, format)
  }

  /// a b + c.
  func fused(_ a: UInt64, _ b: UInt64, _ c: UInt64) -> UInt64 {
    guard let format else {
      return Double(bitPattern: c)
        .addingProduct(Double(bitPattern: a), Double(bitPattern: b)).bitPattern
    }
    return evaluate(.fma, a, b, c, format)
  }

  /// The number nearest to x.
  func encoding(_ x: Double) -> UInt64 {
    guard let format else { return x.bitPattern }
    let sign = x.sign == .minus ? UInt64(format.signMask) : 0
    guard x.isFinite else {
      let special = x.isNaN ? format.canonicalNaN : format.infinity
      guard let special else { preconditionFailure("\(format.id) has no \(x)") }
      return x.isNaN ? UInt64(special) : UInt64(special) | sign
    }
    guard x != 0 else { return sign }
    // A power of two times an integer of 53 bits.
    return Oracle.rounded(
      isNegative: x < 0, significand: UInt64(x.significand.magnitude * 0x1p52),
      exponent: Int(x.exponent) - 52, hasMore: false, to: format
    ).value
  }

  /// The value of an encoding, exactly.
  func value(_ encoding: UInt64) -> Double {
    guard let format else { return Double(bitPattern: encoding) }
    let bits = UInt32(truncatingIfNeeded: encoding)
    if format.isNaN(bits) { return .nan }
    if let infinity = format.infinity, bits & ~format.signMask == infinity {
      return bits & format.signMask == 0 ? .infinity : -.infinity
    }
    let parts = format.decode(bits)
    let magnitude = Double(
      sign: .plus, exponent: parts.exponent, significand: Double(parts.significand))
    return bits & format.signMask == 0 ? magnitude : -magnitude
  }

  private func evaluate(
    _ operation: ArithmeticOperation, _ a: UInt64, _ b: UInt64, _ c: UInt64, _ format: Format
  ) -> UInt64 {
    Oracle.evaluate(
      operation, a, b, c, format: format, to: format, semantics: Semantics(), index: 0
    ).value
  }
}
