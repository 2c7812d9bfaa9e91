// SPDX-License-Identifier: Apache-2.0

/// Eight columns of a result in FP32, of units that compute by operations on FP32 numbers.
///
/// Masks are integers, all ones where something holds, of comparisons: shifts of Swift's vectors go
/// lane by lane, and so does then all that feeds them.
typealias SingleLanes = SIMD8<Float>

extension SIMD8<Int32> {
  /// All ones where a lane is of the mask.
  @inline(__always) init(allOnesWhere mask: SIMDMask<Self>) {
    self = unsafeBitCast(mask, to: Self.self)
  }

  @inline(__always) var isZero: Self { Self(allOnesWhere: self .== Self.zero) }

  @inline(__always) var isNegative: Self { Self(allOnesWhere: self .< Self.zero) }
}

extension SingleLanes {
  @inline(__always) var bits: SIMD8<Int32> { unsafeBitCast(self, to: SIMD8<Int32>.self) }

  @inline(__always) init(bits: SIMD8<Int32>) { self = unsafeBitCast(bits, to: Self.self) }

  @inline(__always) private var magnitudeBits: SIMD8<Int32> { bits & 0x7fff_ffff }

  /// Where a lane is zero or subnormal.
  @inline(__always) private var isTiny: SIMD8<Int32> { (bits & 0x7f80_0000).isZero }

  /// A subnormal number becomes a zero of its sign.
  @inline(__always) var flushed: Self { Self(bits: bits & ~(isTiny & 0x7fff_ffff)) }

  /// A subnormal number, and -0, becomes +0.
  @inline(__always) var flushedToPlus: Self { Self(bits: bits & ~isTiny) }

  /// Where a lane is the smallest normal number of either sign.
  @inline(__always) var isSmallestNormal: SIMD8<Int32> { (magnitudeBits ^ 0x0080_0000).isZero }

  /// Where a lane is an infinity or a NaN.
  @inline(__always) var isNonFinite: SIMD8<Int32> { (~bits & 0x7f80_0000).isZero }

  /// x + y rounded to odd, of finite numbers: an inexact even sum moves to its neighbour on the
  /// side of the error (Knuth, TAOCP 4.2.2, theorem B).
  ///
  /// - Parameter doubt: set where the error is no number.
  @inline(__always)
  static func oddSum(_ x: Self, _ y: Self, doubt: inout SIMD8<Int32>) -> Self {
    let sum = x + y
    let yPart = sum - x
    let error = (x - (sum - yPart)) + (y - yPart)
    doubt |= error.isNonFinite
    let moves = ~error.magnitudeBits.isZero & (sum.bits & 1 &- 1)
    let step = (sum.bits ^ error.bits).isNegative | 1
    return Self(bits: sum.bits &+ (step & moves))
  }
}

extension SIMDMask<SIMD8<Int32>> {
  /// The lanes that are all ones; the others are zero.
  @inline(__always) init(allOnes lanes: SIMD8<Int32>) {
    self = unsafeBitCast(lanes, to: Self.self)
  }
}
