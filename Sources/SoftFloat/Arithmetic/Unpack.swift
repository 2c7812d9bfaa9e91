// SPDX-License-Identifier: Apache-2.0
import Formats

/// The parts of an encoding.
@frozen
@usableFromInline
struct Unpacked<W: Lane> {
  /// 0 or 1.
  @usableFromInline var sign: W
  /// The encoding without its sign.
  @usableFromInline var magnitude: W
  /// The exponent field less one, counted from the smallest normal exponent; zero for subnormals.
  @usableFromInline var exponent: W
  /// The significand as an integer with the hidden bit: value = significand 2^(exponent + emin -
  /// (p-1)).
  @usableFromInline var significand: W

  /// The parts of an encoding, subnormal numbers as zeros where the context says so.
  @inlinable @inline(__always)
  init<S: KernelScope>(_ bits: W, _ c: Context<W>, _: S.Type) {
    var magnitude = bits & c.magnitudeMask
    if S.isGeneral { magnitude = select(magnitude < c.zeroBelow, 0, magnitude) }
    self.init(sign: bits &>> c.signShift, magnitude: magnitude, c)
  }

  /// The parts of an encoding given as sign and magnitude.
  @inlinable @inline(__always)
  init(sign: W, magnitude: W, _ c: Context<W>) {
    self.sign = sign
    self.magnitude = magnitude
    exponent = Swift.max(magnitude &>> c.fractionBits, 1) &- 1
    significand = magnitude &- (exponent &<< c.fractionBits)
  }

  /// The number with its significand's leading one moved to the hidden bit, the exponent lowered by
  /// as much; a zero stays zero.
  @inlinable @inline(__always)
  func normalized<S: KernelScope>(
    _ c: Context<W>, _ scope: S.Type
  ) -> (exponent: W, significand: W) {
    let hidden = W.topBit &- c.fractionBits
    // In 64-bit lanes a loop of square roots that counts by conversion is a quarter slower.
    let zeros =
      W.bitWidth == 64
      ? W(truncatingIfNeeded: significand.leadingZeroBitCount) : significand.leadingZeros(scope)
    let shift = zeros &- hidden
    return (exponent &- shift, significand &<< shift)
  }
}

extension Context {
  /// Whether a magnitude is NaN.
  @inlinable @inline(__always)
  func isNaN(_ magnitude: W) -> Bool { magnitude > nanAbove }

  /// Whether a magnitude is a signaling NaN.
  @inlinable @inline(__always)
  func isSignaling(_ magnitude: W) -> Bool { (magnitude &- signalingFrom) < signalingCount }

  /// The NaN that the operands a, b, c (in this order) and the policy call for.
  @inlinable @inline(__always)
  func nan<S: KernelScope>(_ a: W, _ b: W, _ third: W, _: S.Type) -> W {
    guard S.isGeneral else { return invalidResult }
    let isNaN = { magnitude in magnitude & magnitudeMask > nanAbove }
    let last = select(isNaN(third), third | quietBit, invalidResult)
    let first = select(isNaN(a), a | quietBit, select(isNaN(b), b | quietBit, last))
    return select(propagatesNaN, first, invalidResult)
  }
}
