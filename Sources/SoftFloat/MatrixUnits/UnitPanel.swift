// SPDX-License-Identifier: Apache-2.0
import Formats

/// How the elements of an operand come to a unit: as values of a format, in FP64 or FP32, each with
/// the power of two of the exponent that the unit decodes.
struct UnitReader {
  /// What becomes of tiny operands on the way in.
  enum Flush {
    case none
    /// Below the smallest normal number of their format, and -0: +0.
    case toPlus
    /// Below FP32's smallest normal number: a zero of their sign.
    case keepingSign
  }

  let operand: MatrixOperand
  /// The element at which the matrix begins.
  let offset: Int
  /// Whether only the bits of TF32 are read.
  let readsTF32: Bool
  private let scale: Float
  private let smallestField: UInt32
  /// Below it the magnitude of an operand becomes zero, and the sign bit that it then keeps.
  private let threshold: Float
  private let keptSign: UInt32

  init(_ operand: MatrixOperand, offset: Int, row: MatrixUnitRow) {
    self.operand = operand
    self.offset = offset
    readsTF32 = row.readsTF32
    scale = Float(sign: .plus, exponent: operand.scale, significand: 1)
    let format = row.readsFP16 ? Format.fp16 : operand.format
    smallestField = UInt32(format.minExponent + Format.fp32.bias)
    switch row.method.flush {
    case .none: (threshold, keptSign) = (0, 0)
    case .toPlus: (threshold, keptSign) = (FlushedSum.smallest(operand.format), 0)
    case .keepingSign: (threshold, keptSign) = (.leastNormalMagnitude, 1 << 31)
    }
  }

  /// Writes `count` elements, `distance` apart in the operand, side by side: values, and powers.
  ///
  /// - Returns: a bit for each element among the first 64 that is not finite.
  @inline(__always)
  func read<Scalar: UnitScalar>(
    _ first: Int, count: Int, distance: Int, values: UnsafeMutablePointer<Scalar>,
    powers: UnsafeMutablePointer<Scalar>
  ) -> UInt64 {
    switch operand.storage {
    case .float(let elements):
      return read(count, values, powers) {
        let x = elements[offset &+ first &+ $0 &* distance]
        return (readsTF32 ? MatrixUnitRow.tf32(x) : x) * scale
      }
    case .binary16(let elements):
      return read(count, values, powers) {
        Binary16Rounding.value(elements[offset &+ first &+ $0 &* distance])
      }
    case .bfloat16(let elements):
      return read(count, values, powers) {
        Float(bitPattern: UInt32(elements[offset &+ first &+ $0 &* distance]) &<< 16)
      }
    case .double: preconditionFailure("a matrix unit reads no FP64")
    }
  }

  @inline(__always)
  private func read<Scalar: UnitScalar>(
    _ count: Int, _ values: UnsafeMutablePointer<Scalar>, _ powers: UnsafeMutablePointer<Scalar>,
    _ element: (Int) -> Float
  ) -> UInt64 {
    var special: UInt64 = 0
    for i in 0..<count {
      var x = element(i)
      if x.magnitude < threshold { x = Float(bitPattern: x.bitPattern & keptSign) }
      let field = (x.bitPattern &>> 23) & 0xff
      values[i] = Scalar(x)
      powers[i] = x == 0 ? 0 : Scalar.power(field: max(field, smallestField))
      special |= UInt64(field == 0xff ? 1 : 0) &<< UInt64(i & 63)
    }
    return special
  }
}

extension MatrixUnitMethod {
  /// What the unit makes of tiny operands.
  var flush: UnitReader.Flush {
    switch self {
    case .truncated, .truncatedHalves, .exact, .aligned, .pairs: .none
    case .flushed: .toPlus
    case .chains, .oddPairs: .keepingSign
    }
  }
}

/// The order in which a unit's terms stand in a panel: k ascending, and of a unit that sums in
/// halves those of the first half first.
struct UnitTermOrder {
  let terms: Int
  let inHalves: Bool
  /// The number of terms, filled up to whole steps.
  let padded: Int

  init(_ row: MatrixUnitRow, inner: Int) {
    terms = row.terms
    if case .truncatedHalves = row.method { inHalves = true } else { inHalves = false }
    padded = (inner + terms - 1) / terms * terms
  }

  /// The term that stands at a position.
  @inline(__always)
  func term(_ position: Int) -> Int {
    guard inHalves else { return position }
    let (step, i) = (position / terms, position % terms)
    let (half, rest) = (i / (terms / 2), i % (terms / 2))
    return step * terms + rest / 2 * 4 + half * 2 + rest % 2
  }
}
