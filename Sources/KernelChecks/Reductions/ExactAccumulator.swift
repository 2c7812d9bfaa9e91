// SPDX-License-Identifier: Apache-2.0
import Formats

/// The exact sum of numbers, and of products of two numbers, of formats of at most 32 bits.
///
/// A fixed-point number (Kulisch, 1971) in bins 32 bits apart whose carries wait until there could
/// be too many of them, as in the superaccumulators of R. M. Neal, "Fast exact summation using
/// small and large superaccumulators", 2015. Bins of 128 bits make an addition two of them, without
/// a branch. Accumulators merge: the sum does not depend on how its terms were divided.
package struct ExactAccumulator: Sendable {
  /// The exponent of the first bin's last bit: below the bin of a product's least bit, 2^-298, times
  /// a factor of 2^-149.
  static let unit = -512
  private static let binBits = 32
  /// Up to 2^512: products are below 2^256, with a factor below 2^384, and 2^63 of them below 2^447.
  private static let binCount = 32
  private static let binMask: Int128 = (1 << 32) - 1
  /// A term adds less than 2^95 to a bin; so many keep it below 2^126.
  private static let mostPending = 1 << 30

  private var bins = [Int128](repeating: 0, count: binCount)
  /// The terms since the carries were made, one for what the bins held then.
  private var pending = 1
  private var specials: TermSpecials = []
  private var magnitudes = 0.0

  /// No term.
  package init() {}

  /// Adds a number.
  package mutating func add(_ x: Decoded) {
    specials.formUnion(TermSpecials(x))
    guard x.isFinite, !x.isZero else { return }
    magnitudes += Self.double(UInt64(x.significand), x.exponent)
    add(x.isNegative ? -Int128(x.significand) : Int128(x.significand), exponent: x.exponent)
  }

  /// Adds the product of two numbers.
  package mutating func addProduct(_ x: Decoded, _ y: Decoded) {
    specials.formUnion(TermSpecials(x, y))
    guard x.isFinite, y.isFinite, !x.isZero, !y.isZero else { return }
    let product = UInt64(x.significand) * UInt64(y.significand)
    let exponent = x.exponent + y.exponent
    magnitudes += Self.double(product, exponent)
    add(x.isNegative == y.isNegative ? Int128(product) : -Int128(product), exponent: exponent)
  }

  /// Adds the terms of another accumulator.
  package mutating func merge(_ other: ExactAccumulator) {
    var other = other
    if pending + other.pending > Self.mostPending {
      carry()
      other.carry()
    }
    for index in bins.indices { bins[index] += other.bins[index] }
    pending += other.pending
    specials.formUnion(other.specials)
    magnitudes += other.magnitudes
  }

  /// The sum.
  package var sum: ExactReduction {
    if let special = specials.value {
      return ExactReduction(high: special, low: 0, magnitudes: magnitudes)
    }
    var rest = self
    let high = rest.takeLeading()
    guard high != 0 else {
      return ExactReduction(high: specials.zero, low: 0, magnitudes: magnitudes)
    }
    return ExactReduction(high: high, low: rest.takeLeading(), magnitudes: magnitudes)
  }
}

// MARK: - Sums made elsewhere

extension ExactAccumulator {
  /// Adds value 2^exponent without its class or magnitude.
  ///
  /// - Precondition: `exponent` is in `unit`...447, and the sum stays below 2^511.
  mutating func add(_ value: Int128, exponent: Int) {
    if pending == Self.mostPending { carry() }
    pending += 1
    let position = exponent - Self.unit
    let bin = position / Self.binBits
    let shift = Int128(position % Self.binBits)
    bins[bin] &+= Int128(UInt64(truncatingIfNeeded: value)) &<< shift
    bins[bin + 2] &+= (value &>> 64) &<< shift
  }

  /// Whether the finite terms add up to zero.
  var isZero: Bool {
    mutating get {
      carry()
      return bins.allSatisfy { $0 == 0 }
    }
  }

  /// Adds what is known of terms whose values are added without it.
  mutating func add(_ specials: TermSpecials, magnitudes: Double) {
    self.specials.formUnion(specials)
    self.magnitudes += magnitudes
  }

  /// The sum of the terms times a finite number other than zero: of products that have no factor
  /// yet.
  func multiplied(by factor: Decoded) -> ExactAccumulator {
    var product = ExactAccumulator()
    var magnitude = self
    magnitude.carry()
    let isNegative = magnitude.isNegative
    if isNegative { magnitude.negate() }
    let significand = Int128(factor.significand)
    for (index, bin) in magnitude.bins.enumerated() where bin != 0 {
      product.add(
        bin * (isNegative != factor.isNegative ? -significand : significand),
        exponent: Self.unit + index * Self.binBits + factor.exponent)
    }
    product.specials = factor.isNegative ? specials.negated : specials
    product.magnitudes = magnitudes * Self.double(UInt64(factor.significand), factor.exponent)
    return product
  }

  /// significand 2^exponent, for at most 53 bits.
  static func double(_ significand: UInt64, _ exponent: Int) -> Double {
    // A power of two by its encoding: exponents here are all of normal numbers.
    Double(significand) * Double(bitPattern: UInt64(exponent + 1023) << 52)
  }
}

// MARK: - Carries and rounding

extension ExactAccumulator {
  /// Makes all carries: every bin but the last is then in 0..<2^32.
  private mutating func carry() {
    var carry: Int128 = 0
    for index in 0..<Self.binCount - 1 {
      let bin = bins[index] &+ carry
      bins[index] = bin & Self.binMask
      carry = bin &>> Int128(Self.binBits)
    }
    bins[Self.binCount - 1] &+= carry
    pending = 1
  }

  /// Whether the sum is negative, once carries are made.
  private var isNegative: Bool { bins[Self.binCount - 1] < 0 }

  private mutating func negate() {
    for index in bins.indices { bins[index] = -bins[index] }
    carry()
  }

  /// The Double next to the sum of the finite terms, which is then taken off; 0 where it is 0.
  private mutating func takeLeading() -> Double {
    carry()
    let isNegative = isNegative
    if isNegative { negate() }
    guard let last = bins.lastIndex(where: { $0 != 0 }) else { return 0 }
    let first = max(0, last - 2)
    var window: UInt128 = 0
    for bin in bins[first...last].reversed() {
      window = window << UInt128(Self.binBits) | UInt128(truncatingIfNeeded: bin)
    }
    let hasRest = bins[..<first].contains { $0 != 0 }
    let leading = LeadingBits(
      window, exponent: Self.unit + first * Self.binBits, hasRest: hasRest)
    add(-Int128(leading.significand), exponent: leading.exponent)
    if isNegative { negate() }
    return isNegative ? -leading.double : leading.double
  }
}
