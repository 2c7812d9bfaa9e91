// SPDX-License-Identifier: Apache-2.0

/// Sums and conversions rounded to odd in FP32: the exact value where it is representable,
/// otherwise the neighbour whose last significand bit is 1. No branch, so that loops over them
/// vectorise.
enum RoundToOdd {
  /// a + b, from the nearest sum and its error (Knuth, TAOCP 4.2.2, theorem B).
  @inline(__always)
  static func sum(_ a: Float, _ b: Float) -> Float {
    let s = a + b
    let bPart = s - a
    return nearest(s, error: (a - (s - bPart)) + (b - bPart))
  }

  /// a + b of FP64 numbers whose sum and its error are inside FP64's range.
  ///
  /// What the nearest FP32 number leaves of the FP64 sum outweighs that sum's own error where it is
  /// not zero, so that its sign is that of the whole error.
  @inline(__always)
  static func sum(_ a: Double, _ b: Double) -> Float {
    let s = a + b
    let bPart = s - a
    let sumError = (a - (s - bPart)) + (b - bPart)
    let y = Float(s)
    let left = s - Double(y)
    return nearest(y, error: left.magnitude > 0 ? left : sumError)
  }

  /// An FP64 number, gradual underflow and infinity included.
  @inline(__always)
  static func single(_ x: Double) -> Float {
    let y = Float(x)
    return nearest(y, error: x - Double(y))
  }

  /// A nearest number whose exact value is `error` away: an odd one stands, an even one moves to
  /// the neighbour on the side of the error. Infinities and NaNs have no error that compares, and
  /// stand; the infinity of a finite value becomes the largest number, which is odd.
  @inline(__always)
  private static func nearest(_ x: Float, error: Float) -> Float {
    moved(x, towardZero: x.bitPattern ^ error.bitPattern, if: error.magnitude > 0)
  }

  @inline(__always)
  private static func nearest(_ x: Float, error: Double) -> Float {
    let sign = UInt32(truncatingIfNeeded: error.bitPattern &>> 32)
    return moved(x, towardZero: x.bitPattern ^ sign, if: error.magnitude > 0)
  }

  /// One encoding further, or back where the sign bit of `towardZero` is set, if x is even.
  @inline(__always)
  private static func moved(_ x: Float, towardZero: UInt32, if isInexact: Bool) -> Float {
    let step = Int32(bitPattern: towardZero) &>> 31 | 1
    let isMoved = Int32(bitPattern: (isInexact ? 1 : 0) & ~x.bitPattern)
    return Float(bitPattern: x.bitPattern &+ UInt32(bitPattern: step &* isMoved))
  }
}
