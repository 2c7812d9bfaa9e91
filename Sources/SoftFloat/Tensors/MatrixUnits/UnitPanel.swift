// SPDX-License-Identifier: Apache-2.0
import Formats

/// How the elements of an operand come to a unit: as values of a format in FP64, each with the power of
/// two of the exponent that the unit decodes.
struct UnitReader {
  let operand: MatrixOperand
  /// The element at which the matrix begins.
  let offset: Int
  /// Whether only the bits of TF32 are read.
  let readsTF32: Bool
  private let scale: Float
  private let smallestField: UInt32

  init(_ operand: MatrixOperand, offset: Int, readsTF32: Bool) {
    self.operand = operand
    self.offset = offset
    self.readsTF32 = readsTF32
    scale = Float(sign: .plus, exponent: operand.scale, significand: 1)
    smallestField = UInt32(operand.format.minExponent + Format.fp32.bias)
  }

  /// Writes `count` elements, `distance` apart in the operand, side by side: values, and powers.
  ///
  /// - Returns: a bit for each element among the first 64 that is not finite.
  @inline(__always)
  func read(
    _ first: Int, count: Int, distance: Int, values: UnsafeMutablePointer<Double>,
    powers: UnsafeMutablePointer<Double>
  ) -> UInt64 {
    switch operand.storage {
    case .float(let elements):
      return read(count, values, powers) {
        let x = elements[offset &+ first &+ $0 &* distance]
        return (readsTF32 ? MatrixUnitRow.tf32(x) : x) * scale
      }
    case .binary16(let elements):
      return read(count, values, powers) {
        Float(Float16(bitPattern: elements[offset &+ first &+ $0 &* distance]))
      }
    case .bfloat16(let elements):
      return read(count, values, powers) {
        Float(bitPattern: UInt32(elements[offset &+ first &+ $0 &* distance]) &<< 16)
      }
    case .double: preconditionFailure("a matrix unit reads no FP64")
    }
  }

  @inline(__always)
  private func read(
    _ count: Int, _ values: UnsafeMutablePointer<Double>, _ powers: UnsafeMutablePointer<Double>,
    _ element: (Int) -> Float
  ) -> UInt64 {
    var special: UInt64 = 0
    for i in 0..<count {
      let x = element(i)
      let field = (x.bitPattern &>> 23) & 0xff
      values[i] = Double(x)
      let biased = UInt64(max(field, smallestField)) &+ UInt64(Self.biasDifference)
      powers[i] = x == 0 ? 0 : Double(bitPattern: biased &<< 52)
      special |= UInt64(field == 0xff ? 1 : 0) &<< UInt64(i & 63)
    }
    return special
  }

  /// FP64's bias less FP32's.
  private static var biasDifference: Int { 1023 - 127 }
}

/// The order in which a unit's terms stand in a panel: k ascending, and of a unit that sums in halves
/// those of the first half first.
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
