// SPDX-License-Identifier: Apache-2.0

/// How many values of a tensor left the range of a format when they were rounded to it.
///
/// x is the value before the rounding and y the stored one. Minus zero counts as zero. Every rate
/// is nil where its denominator is zero. Counts merge by addition.
package struct RangeCounts: Codable, Sendable, Hashable {
  /// The number of elements.
  package var elements = 0
  /// #{x ≠ 0}, without NaNs, over which a rate would flatter a twin that has diverged.
  package var nonzero = 0
  /// #{x ≠ 0, y = 0}.
  package var zeroed = 0
  /// #{0 < |y| < 2^emin}.
  package var subnormal = 0
  /// #{|x| >= Ω + ulp(Ω)/2}, which round to nearest even turns into an infinity; an infinite x
  /// counts.
  package var overflow = 0
  /// #{y is a NaN}.
  package var nan = 0

  /// No elements.
  package init() {}

  /// The given counts.
  package init(
    elements: Int, nonzero: Int, zeroed: Int, subnormal: Int, overflow: Int, nan: Int
  ) {
    self.elements = elements
    self.nonzero = nonzero
    self.zeroed = zeroed
    self.subnormal = subnormal
    self.overflow = overflow
    self.nan = nan
  }

  /// zeroed / nonzero: the share of the nonzero values that became zero.
  package var zeroedRate: Double? { rate(zeroed, of: nonzero) }
  /// zeroed / elements: the same count over all elements, as Transformer Engine reports it.
  package var zeroedShareOfAll: Double? { rate(zeroed, of: elements) }
  /// subnormal / nonzero: the share of the nonzero values that are stored with fewer bits.
  package var subnormalRate: Double? { rate(subnormal, of: nonzero) }
  /// overflow / elements.
  package var overflowRate: Double? { rate(overflow, of: elements) }
  /// nan / elements.
  package var nanRate: Double? { rate(nan, of: elements) }

  private func rate(_ count: Int, of denominator: Int) -> Double? {
    denominator == 0 ? nil : Double(count) / Double(denominator)
  }

  /// The counts of two roundings of the same elements, the other one after this one: it finds what
  /// this one made infinite or a NaN.
  package func followed(by other: RangeCounts) -> RangeCounts {
    RangeCounts(
      elements: elements, nonzero: nonzero, zeroed: zeroed + other.zeroed,
      subnormal: other.subnormal, overflow: other.overflow, nan: other.nan)
  }

  /// The counts without those of some of the elements.
  package func without(_ part: RangeCounts) -> RangeCounts {
    RangeCounts(
      elements: elements - part.elements, nonzero: nonzero - part.nonzero,
      zeroed: zeroed - part.zeroed, subnormal: subnormal - part.subnormal,
      overflow: overflow - part.overflow, nan: nan - part.nan)
  }

  /// Adds the counts of disjoint elements.
  package mutating func merge(_ other: RangeCounts) {
    elements += other.elements
    nonzero += other.nonzero
    zeroed += other.zeroed
    subnormal += other.subnormal
    overflow += other.overflow
    nan += other.nan
  }
}
