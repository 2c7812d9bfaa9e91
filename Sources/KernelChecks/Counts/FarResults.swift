// SPDX-License-Identifier: Apache-2.0

/// Results that are many ulp off, of which none is among the worst: where all is wrong, nearly all.
struct FarResults {
  /// Errors beyond this are in the histogram's last bin [ulp].
  static let least = 4.0

  private(set) var count: UInt64 = 0
  private(set) var wrongSpecials: UInt64 = 0
  private(set) var wrongSigns: UInt64 = 0

  /// Adds a result at a distance [ulp] from the exact value, infinite where that has no size.
  @inline(__always)
  mutating func add(_ result: Float, _ distance: Double, _ value: Double) {
    count += 1
    guard distance == .infinity else { return }
    if result.isNaN != value.isNaN || result.isInfinite != value.isInfinite { wrongSpecials += 1 }
    if !result.isNaN, !value.isNaN, (result.sign == .minus) != (value.sign == .minus) {
      wrongSigns += 1
    }
  }
}
