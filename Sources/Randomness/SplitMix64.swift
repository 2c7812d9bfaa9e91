// SPDX-License-Identifier: Apache-2.0

/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014): the
/// words mixed(s + γ), mixed(s + 2γ), ... of a state s.
public enum SplitMix64 {
  /// γ, the odd integer next to 2^64 divided by the golden ratio.
  @inlinable public static var increment: UInt64 { 0x9e37_79b9_7f4a_7c15 }

  /// A bijection of 64-bit words, in which every bit of the result depends on every bit of the
  /// word.
  @inlinable @inline(__always)
  public static func mixed(_ word: UInt64) -> UInt64 {
    var z = word
    z = (z ^ (z &>> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z &>> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z &>> 31)
  }
}
