// SPDX-License-Identifier: Apache-2.0
import Formats
import Randomness

/// 64 bits of an element's result, two halves of 32. Those of several are added half by half, in any
/// order; where one result changes, the difference of the sums tells which, and from what to what.
enum ResultDigest {
  /// The digest of a result; every NaN has the same.
  static func digest(_ result: UInt64, ofElement element: UInt64, _ format: Format) -> UInt64 {
    sum(1, element, NaNRule(format)) { _ in
      format == .fp64 ? folded(result) : UInt32(truncatingIfNeeded: result)
    }
  }

  /// x + y in each half.
  static func sum(_ x: UInt64, _ y: UInt64) -> UInt64 {
    (x & ~low &+ y & ~low) & ~low | (x & low &+ y & low) & low
  }

  /// x - y in each half.
  static func difference(_ x: UInt64, _ y: UInt64) -> UInt64 {
    (x & ~low &- y & ~low) & ~low | (x & low &- y & low) & low
  }

  private static let low: UInt64 = 0xffff_ffff

  /// Which words are NaNs: their magnitude, by a mask, is above a limit.
  struct NaNRule {
    let mask: UInt32
    let limit: UInt32

    init(_ format: Format) {
      guard format.bitWidth <= UInt32.bitWidth else {
        (mask, limit) = (.max, .max)
        return
      }
      mask = UInt32(format.encodingCount / 2 - 1)
      // Other formats have one NaN for each sign, or none.
      limit =
        format.specials == .ieee
        ? ((1 << UInt32(format.exponentBits)) - 1) << UInt32(format.fractionBits) : mask
    }
  }

  /// The word that stands for a result of FP64: of every NaN the same.
  static func folded(_ bits: UInt64) -> UInt32 {
    let number = Double(bitPattern: bits).isNaN ? Double.nan.bitPattern : bits
    return UInt32(truncatingIfNeeded: SplitMix64.mixed(number))
  }

  /// The elements that share what is mixed once.
  static let run: UInt64 = 4096

  /// The sum of the digests of `count` elements from one on, all of one run of elements.
  ///
  /// All in 32 bits and without branches, so that the loop becomes vectors.
  @inline(__always)
  static func sum(
    _ count: Int, _ first: UInt64, _ rule: NaNRule, _ result: (Int) -> UInt32
  ) -> UInt64 {
    var (a, b): (UInt32, UInt32) = (0, 0)
    let start = UInt32(first % run)
    let seed = SplitMix64.mixed(first / run)
    let (low, high) = (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    for i in 0..<count {
      let word = result(i)
      let bits = word & rule.mask > rule.limit ? rule.limit &+ 1 : word
      let place = (start &+ UInt32(truncatingIfNeeded: i)) &* 0x9e37_79b1
      var x = (place ^ low) &+ bits &* 0xc2b2_ae3d
      x = (x ^ x >> 15) &* 0x2c1b_3c6d
      a &+= x ^ x >> 13
      var y = (place &+ high) ^ bits &* 0x27d4_eb2f
      y = (y ^ y >> 14) &* 0x1656_67b1
      b &+= y ^ y >> 16
    }
    return UInt64(a) | UInt64(b) << 32
  }
}
