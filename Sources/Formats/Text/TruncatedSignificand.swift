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
  package static let huge = TruncatedSignificand(
    significand: 1 << 63, exponent: 1000, hasMore: true)
  /// A number below a 2^-64th of the smallest number of any format.
  package static let tiny = TruncatedSignificand(
    significand: 1 << 63, exponent: -1000, hasMore: true)

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
        let product = natural * BigNatural.power(10, scale)
        self = TruncatedSignificand(product, exponent: 0, hasMore: hasMore).bounded()
      } else {
        let power = BigNatural.power(10, -scale)
        self = TruncatedSignificand(natural, over: power, hasMore: hasMore).bounded()
      }
    }
  }

  /// Whether the number is 2^1000 or more, of which no more is kept.
  package var isHuge: Bool { self == .huge }
  /// Whether the number is below 2^-1000, of which no more is kept.
  package var isTiny: Bool { self == .tiny }

  /// The number, or what stands for one beyond 2^1000 or below 2^-1000.
  func bounded() -> TruncatedSignificand {
    guard significand != 0 else { return self }
    let leading = exponent + UInt64.bitWidth - 1
    return leading >= 1000 ? .huge : leading < -1000 ? .tiny : self
  }

  /// Powers of ten beyond these are beyond 2^1000, or below 2^-1000.
  private static let decimalLimit = 310
}
