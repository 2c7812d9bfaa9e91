// SPDX-License-Identifier: Apache-2.0
import Formats
import Randomness

/// The operands on which a kernel of elements is checked.
package enum KernelCases: Hashable, Sendable, Codable {
  /// Every encoding, or every tuple of encodings, of the format.
  case exhaustive
  /// So many encodings, those of `boundary` first, at most half of them, then random ones.
  case random(count: UInt64, seed: UInt64)
  /// The encodings from one number to another, both included: of one operand.
  case range(from: UInt64, through: UInt64)
  /// Numbers at the ends and in the middle of binades, or every tuple of some of them.
  case boundary
  /// Published operands whose results are the hardest to round.
  case hardest
  /// One tuple of operands.
  case tuple([UInt64])
  /// So many elements of files, whose bytes have a digest.
  case given(count: UInt64, digest: String)

  /// The number of elements; nil where there are more than 2^48, or none.
  package func count(_ function: ElementFunction, format: Format) -> UInt64? {
    let operands = function.arity
    switch self {
    case .exhaustive:
      let bits = format.bitWidth * operands
      return bits <= 48 ? 1 << UInt64(bits) : nil
    case .random(let count, _): return count
    case .range(let first, let last):
      return first <= last && last - first < 1 << 48 ? last - first + 1 : nil
    case .boundary:
      return BoundaryNumbers(format, operands: operands).tuples
    case .hardest:
      let known = HardestNumbers.tuples(function, format).count
      return known > 0 ? UInt64(known) : nil
    case .tuple(let encodings): return encodings.count == operands ? 1 : nil
    case .given(let count, _): return count
    }
  }

  /// The operands of an element that no file and no list has.
  ///
  /// - Parameter boundary: The boundary numbers of the format and so many operands.
  func operand(
    _ position: Int, ofElement index: UInt64, format: Format, operands: Int,
    boundary: BoundaryNumbers
  ) -> UInt64 {
    switch self {
    case .exhaustive:
      let bits = UInt64(format.bitWidth)
      return (index >> (bits * UInt64(operands - 1 - position))) & format.lastEncoding
    case .random(let count, let seed):
      // Among random ones of 32 bits there is hardly a zero, an infinity or a one.
      let part = min(boundary.tuples, count / 2)
      if index < part {
        let place = index.multipliedFullWidth(by: boundary.tuples)
        return boundary.encoding(position, ofTuple: part.dividingFullWidth(place).quotient)
      }
      let word = SplitMix64.mixed(
        SplitMix64.mixed(seed &+ SplitMix64.increment) ^ (index &* 3 &+ UInt64(position)))
      return word & format.lastEncoding
    case .range(let first, _): return first + index
    case .boundary: return boundary.encoding(position, ofTuple: index)
    case .tuple(let encodings): return encodings[position]
    case .hardest, .given: return 0
    }
  }

  /// The encoding that counting begins at; nil of random ones.
  var firstEncoding: UInt64? {
    switch self {
    case .exhaustive: 0
    case .range(let first, _): first
    case .random, .boundary, .hardest, .tuple, .given: nil
    }
  }
}
