// SPDX-License-Identifier: Apache-2.0

/// A nonnegative number to its first 64 significant bits, toward zero:
/// significand x 2^exponent <= value < (significand + 1) x 2^exponent.
///
/// With 64 bits kept, no format of at most 32 bits has a halfway point or a random threshold
/// strictly inside such an interval: one later rounding is as good as rounding the exact value.
public struct TruncatedSignificand: Hashable, Sendable {
  /// The first 64 bits, the topmost set; 0 for the number 0.
  public var significand: UInt64
  /// The exponent of the last kept bit.
  public var exponent: Int
  /// Whether the number is above significand x 2^exponent (the sticky bit).
  public var hasMore: Bool

  /// The number 0.
  public static let zero = TruncatedSignificand(significand: 0, exponent: 0, hasMore: false)

  /// A number whose magnitude no format comes near: it overflows all of them.
  static let huge = TruncatedSignificand(significand: 1 << 63, exponent: 1000, hasMore: true)
  /// A number below a 2^-64th of the smallest number of any format.
  static let tiny = TruncatedSignificand(significand: 1 << 63, exponent: -1000, hasMore: true)

  /// The number significand x 2^exponent, or one less than a unit of 2^exponent above it.
  public init(significand: UInt64, exponent: Int, hasMore: Bool) {
    let shift = significand == 0 ? 0 : significand.leadingZeroBitCount
    self.significand = significand << UInt64(shift)
    self.exponent = significand == 0 ? 0 : exponent - shift
    self.hasMore = hasMore
  }

  /// The truncation of natural x 2^exponent, `hasMore` telling that more follows below.
  package init(_ natural: BigNatural, exponent: Int, hasMore: Bool = false) {
    guard !natural.isZero else {
      self = .zero
      return
    }
    let excess = natural.bitWidth - UInt64.bitWidth
    let kept = excess >= 0 ? natural >> excess : natural << -excess
    self.init(
      significand: kept.low64, exponent: exponent + excess,
      hasMore: hasMore || natural.trailingZeroBitCount < excess)
  }

  /// The truncation of numerator / denominator x 2^exponent.
  package init(
    _ numerator: BigNatural, over denominator: BigNatural, exponent: Int = 0,
    hasMore: Bool = false
  ) {
    let shift = max(0, UInt64.bitWidth + 1 + denominator.bitWidth - numerator.bitWidth)
    let parts = (numerator << shift).quotientAndRemainder(by: denominator)
    self.init(
      parts.quotient, exponent: exponent - shift, hasMore: hasMore || !parts.remainder.isZero)
  }

  /// The truncation of digits x 10^scale, `hasMore` telling that nonzero digits follow.
  package init(digits: [UInt8], scale: Int, hasMore: Bool = false) {
    let significant = digits.drop { $0 == 0 }
    let leading = significant.count + scale
    if significant.isEmpty {
      self = .zero
    } else if leading > TruncatedSignificand.decimalLimit {
      self = .huge
    } else if leading < -TruncatedSignificand.decimalLimit {
      self = .tiny
    } else {
      let natural = BigNatural(decimalDigits: significant)
      if scale >= 0 {
        self.init(natural * BigNatural.power(10, scale), exponent: 0, hasMore: hasMore)
      } else {
        self.init(natural, over: BigNatural.power(10, -scale), hasMore: hasMore)
      }
    }
  }

  /// 10^200 and 10^-200 are beyond every format, and beyond 2^-32 of its smallest ulp.
  private static let decimalLimit = 200
}
