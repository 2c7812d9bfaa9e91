// SPDX-License-Identifier: Apache-2.0

/// What rounding did to elements: x before it, y after it.
struct FitSums: Sendable, Hashable {
  /// #{x ≠ 0, y = 0}.
  var zeroed = 0
  /// #{0 < |y| below the smallest normal number}, of y as an element holds it, its scale aside.
  var subnormal = 0
  /// #{|x| ≥ Ω + ulp(Ω)/2}, of x as it is rounded, its scale applied.
  var overflow = 0
  /// The finite elements whose block has an infinity or a NaN, and so no scale.
  var lost = 0
  /// Σ (x - y)², where an x beyond Ω has become Ω; lost elements aside.
  var squares = 0.0

  /// Adds those of other elements.
  mutating func add(_ other: FitSums) {
    zeroed += other.zeroed
    subnormal += other.subnormal
    overflow += other.overflow
    lost += other.lost
    squares += other.squares
  }
}
