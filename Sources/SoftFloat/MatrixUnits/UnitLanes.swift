// SPDX-License-Identifier: Apache-2.0

/// Eight columns of a result, in FP64: products of two operands are exact there, and so are sums of
/// integers below 2^53.
typealias UnitLanes = SIMD8<Double>

/// Some of eight columns.
typealias UnitLaneMask = SIMDMask<SIMD8<Int64>>

extension UnitLanes {
  @inline(__always) static func largest(_ a: Self, _ b: Self) -> Self {
    a.replacing(with: b, where: b .> a)
  }

  @inline(__always) private var bits: SIMD8<UInt64> { unsafeBitCast(self, to: SIMD8<UInt64>.self) }

  @inline(__always) init(bits: SIMD8<UInt64>) { self = unsafeBitCast(bits, to: Self.self) }

  /// 2^e, e the exponent of a normal number; 0 of zero.
  @inline(__always) var power: Self { Self(bits: bits & 0x7ff0_0000_0000_0000) }

  /// 2^n of 2^e over it: 2^(n - e).
  @inline(__always) func reciprocal(timesPower n: Int) -> Self {
    // The biased exponents of x and 1/x add up to 2046.
    Self(bits: SIMD8<UInt64>(repeating: UInt64(2046 + n) << 52) &- bits)
  }

  @inline(__always) var magnitudes: Self { Self(bits: bits & ~(1 << 63)) }

  /// The FP32 numbers nearest to these; infinite beyond their range.
  @inline(__always) var single: SIMD8<Float> {
    var result = SIMD8<Float>()
    for lane in 0..<Self.scalarCount { result[lane] = Float(self[lane]) }
    return result
  }

  @inline(__always) init(single: SIMD8<Float>) {
    self = .zero
    for lane in 0..<Self.scalarCount { self[lane] = Double(single[lane]) }
  }

  /// Lanes with an infinity or a NaN.
  @inline(__always) var nonFinite: UnitLaneMask { .!(self - self .== .zero) }
}
