// SPDX-License-Identifier: Apache-2.0
import Formats
import ProductOracle
import Randomness

@testable import SoftFloat

extension ProductDefinition {
  /// The sizes.
  var shape: ProductShape { ProductShape(rows: rows, inner: inner, columns: columns) }
}

/// Operand values of a format by index: ordinary numbers near one, and every so often an encoding
/// at the ends of the range.
struct OperandSource {
  var format: Format
  var seed: UInt64
  /// How many of 256 elements are special.
  var specials: UInt32

  /// The encoding at an index, in the format's own bits.
  func bits(_ index: Int) -> UInt32 {
    let word = RandomWords.word(seed: seed, index: UInt64(index))
    let choice = RandomWords.word(seed: seed ^ 0x5eed, index: UInt64(index))
    let sign = word & 1 == 0 ? format.signMask : 0
    let last = format.largestFinite
    if choice & 0xff < specials {
      let special: [UInt32] = [
        0, 1, 2, format.smallestNormal - 1, format.smallestNormal, format.smallestNormal + 1, last,
        last - 1, last + 1, format.magnitudeMask, last / 4, last / 8 * 3, last / 4 + 1, last / 3,
      ]
      return special[Int(choice >> 8) % special.count] | sign
    }
    // Within some binades of one, so that sums cancel and round; a few significands are all ones.
    let binades = UInt32(min(12, format.bias))
    let one = UInt32(format.bias) << UInt32(format.fractionBits)
    let fraction = choice & 0xf00 == 0 ? format.fractionMask : (word >> 8) & format.fractionMask
    let exponent = (choice >> 12) % binades
    return (one - ((exponent) << UInt32(format.fractionBits))) & ~format.fractionMask | fraction
      | sign
  }

  /// The values at the first indices.
  func values(_ count: Int) -> [Double] {
    (0..<count).map { index in
      let value = Arithmetic.evaluate(.convert, UInt64(bits(index)), format: format, to: .fp32)
      return Double(Float(bitPattern: UInt32(truncatingIfNeeded: value.value)))
    }
  }
}
