// SPDX-License-Identifier: Apache-2.0
import Formats

/// Reads the numbers of a format in straight-line code: the decoder of the bulk path, checked
/// against `Format.operand` on every encoding of the narrow formats.
struct FieldReader {
  private let fractionBits: UInt64
  private let fractionMask: UInt64
  private let magnitudeMask: UInt64
  private let signShift: UInt64
  private let hidden: UInt64
  /// The exponent of a significand whose leading bit is bit 63, at field 0.
  private let exponentBase: Int64
  /// Magnitudes up to this one are read as zeros.
  private let lastZero: UInt64
  /// The first magnitude that is not a finite number.
  private let firstSpecial: UInt64

  /// A reader of a format with zeros.
  init(_ format: Format, flushingSubnormals: Bool) {
    precondition(format.hasZero)
    fractionBits = UInt64(format.fractionBits)
    fractionMask = UInt64(format.fractionMask)
    magnitudeMask = UInt64(format.magnitudeMask)
    signShift = UInt64(format.bitWidth - 1)
    hidden = fractionMask + 1
    exponentBase = Int64(63 - format.fractionBits - format.bias)
    lastZero = flushingSubnormals ? fractionMask : 0
    firstSpecial = UInt64(format.largestFinite) + 1
  }

  /// A finite nonzero number as a significand with bit 63 set and floor(log2 |x|); `isSpecial` is 1
  /// for a zero, an infinity or a NaN, whose other parts mean nothing.
  @inline(__always)
  func read(
    _ encoding: UInt64
  ) -> (negative: UInt64, significand: UInt64, exponent: Int64, isSpecial: UInt64) {
    let magnitude = encoding & magnitudeMask
    let field = magnitude &>> fractionBits
    let fraction = magnitude & fractionMask
    let significand = field == 0 ? fraction : fraction | hidden
    let leadingZeros = Int64(truncatingIfNeeded: significand.leadingZeroBitCount)
    let scale = Int64(bitPattern: field == 0 ? 1 : field)
    let isSpecial = magnitude <= lastZero || magnitude >= firstSpecial
    return (
      (encoding &>> signShift) & 1,
      significand &<< (UInt64(bitPattern: leadingZeros) & 63),
      scale &+ exponentBase &- leadingZeros, isSpecial ? 1 : 0
    )
  }
}
