// SPDX-License-Identifier: Apache-2.0
import Formats
import Randomness

/// The significand and alignment classes of fma in binary16: docs/verification.md, "FMA", derives
/// why they stand for all operands up to powers of two.
///
/// With integral significands ma, mb, mc in 2^10 ..< 2^11 the exact sum is ±P 2^u ± mc 2^(u+d), P
/// one of the 375,379 distinct products ma mb, doubled where below 2^21. In order:
/// 1. *normal range*: P x d in -11...24 x both relative signs x all 1024 mc;
/// 2. *subnormal range*: P x its 24 positions across the unit 2^-24 x sums around 0, ±2^10 units
///    and two of each parity in between;
/// 3. *overflow*: P x 16 positions x sums around the three numbers next to 2^16;
/// 4. *factors*: all 2^20 pairs (ma, mb) with eight addends.
struct SignificandCases: CaseSet {
  /// The factors of each distinct normalised product P, and whether P is twice their product.
  static let products: [(ma: UInt16, mb: UInt16, isDoubled: Bool)] = {
    var first = [UInt32](repeating: 0, count: 1 << 21)
    for ma in UInt32(1 << 10)..<(1 << 11) {
      for mb in ma..<(1 << 11) {
        let product = ma * mb
        let doubled = product < 1 << 21 ? product << 1 : product
        let slot = Int(doubled) - (1 << 21)
        if first[slot] == 0 { first[slot] = ma << 16 | mb }
      }
    }
    return first.filter { $0 != 0 }.map {
      let (ma, mb) = (UInt16($0 >> 16), UInt16($0 & 0xffff))
      return (ma, mb, UInt32(ma) * UInt32(mb) < 1 << 21)
    }
  }()

  /// The alignments d of the addend's unit over the product's; beyond either end the smaller term
  /// is only a sticky bit.
  static let alignments = -11...24
  /// The positions of the product's unit over the smallest subnormal.
  static let subnormalPositions = -24...(-1)
  /// The whole units that sums in the subnormal range are aimed at.
  static let subnormalSums: [Int] = [
    -1026, -1025, -1024, -1023, -1022, -514, -513, -3, -2, -1, 0, 1, 2, 3, 513, 514, 1022, 1023,
    1024, 1025, 1026,
  ]
  /// The exponents of the product's unit at which sums reach the end of the range.
  static let overflowUnits = -20...(-5)
  /// The midpoint below the largest number, the number, and the threshold of overflow.
  static let overflowSums: [UInt64] = [65488, 65504, 65520]
  private static let overflowSteps = 5
  private static let factorAddends = 8
  private static let significands: UInt64 = 1 << 10

  private let runs: UInt64
  private let parts: (normal: UInt64, subnormal: UInt64, overflow: UInt64, factors: UInt64)

  /// The classes.
  init() {
    let products = UInt64(SignificandCases.products.count)
    runs = products * UInt64(SignificandCases.alignments.count) * 2
    parts.normal = runs * SignificandCases.significands
    parts.subnormal =
      products * UInt64(SignificandCases.subnormalPositions.count)
      * UInt64(SignificandCases.subnormalSums.count) * 2
    parts.overflow =
      products * UInt64(SignificandCases.overflowUnits.count)
      * UInt64(SignificandCases.overflowSums.count * SignificandCases.overflowSteps) * 2
    parts.factors = (1 << 20) * UInt64(SignificandCases.factorAddends)
  }

  /// The number of classes.
  var count: UInt64 { parts.normal + parts.subnormal + parts.overflow + parts.factors }

  func fill(from start: UInt64, count: Int, into buffers: OperandBuffers) {
    var done = 0
    while done < count, start + UInt64(done) < parts.normal {
      done += fillRun(start + UInt64(done), at: done, most: count - done, buffers)
    }
    while done < count {
      var index = start + UInt64(done) - parts.normal
      let operands: Operands
      if index < parts.subnormal {
        operands = subnormal(index)
      } else {
        index -= parts.subnormal
        operands =
          index < parts.overflow ? overflow(index) : factors(index - parts.overflow)
      }
      (buffers.a[done], buffers.b[done], buffers.c[done]) = operands
      done += 1
    }
  }

  /// A binary16 encoding of significand 2^exponent; the generator keeps both in range.
  private func encoding(_ negative: Bool, _ significand: UInt16, _ exponent: Int) -> UInt64 {
    FiniteValue(negative: negative, UInt64(significand), exponent: exponent).encoding(.fp16)
  }

  /// Factors whose product is ±P 2^unit.
  private func factors(
    of product: Int, unit: Int, negative: Bool
  ) -> (a: UInt64, b: UInt64, significand: UInt64) {
    let (ma, mb, isDoubled) = SignificandCases.products[product]
    let sum = unit + (isDoubled ? 1 : 0)
    let first = sum >> 1
    let value = UInt64(ma) * UInt64(mb) << (isDoubled ? 1 : 0)
    return (encoding(negative, ma, first), encoding(false, mb, sum - first), value)
  }

  /// Writes addends of one product, alignment and relative sign; returns how many.
  private func fillRun(
    _ index: UInt64, at offset: Int, most: Int, _ buffers: OperandBuffers
  ) -> Int {
    let (run, mc) = index.quotientAndRemainder(dividingBy: SignificandCases.significands)
    let opposite = run & 1 == 1
    let (product, position) = (run >> 1).quotientAndRemainder(
      dividingBy: UInt64(SignificandCases.alignments.count))
    let alignment = SignificandCases.alignments.lowerBound + Int(position)
    // Up to d = 12 the sum may cancel down to one unit, so the unit stays above 2^-14; farther
    // up nothing cancels, and the addend keeps its place instead.
    let unit = alignment <= 12 ? -13 : -1 - alignment
    // Each class is run under one overall sign; which one, alternates without a pattern.
    let negative = SplitMix64.mixed(run) & 1 == 1
    let (a, b, _) = factors(of: Int(product), unit: unit, negative: negative)
    let first = encoding(negative != opposite, 1 << 10, unit + alignment) + mc
    let count = min(most, Int(SignificandCases.significands - mc))
    (buffers.a + offset).update(repeating: a, count: count)
    (buffers.b + offset).update(repeating: b, count: count)
    let c = buffers.c + offset
    for i in 0..<count { c[i] = first &+ UInt64(truncatingIfNeeded: i) }
    return count
  }

  /// A product across the unit 2^-24 and an addend that brings the sum near a whole number of
  /// units in or next to the subnormal range.
  private func subnormal(_ index: UInt64) -> Operands {
    var rest = Int(index)
    let step = rest & 1
    rest >>= 1
    let sums = SignificandCases.subnormalSums
    let target = sums[rest % sums.count]
    rest /= sums.count
    let positions = SignificandCases.subnormalPositions
    let position = positions.lowerBound + rest % positions.count
    let negative = SplitMix64.mixed(index) & 1 == 1
    let smallest = Format.fp16.minUlpExponent
    let (a, b, significand) = factors(
      of: rest / positions.count, unit: position + smallest, negative: negative)
    let units = target - Int(significand >> UInt64(-position))
    let c = FiniteValue(
      negative: (units < 0) != negative, UInt64(units.magnitude), exponent: smallest)
    return (a, b, Format.fp16.stepped(c.encoding(.fp16), by: step))
  }

  /// A product and an addend whose sum is near the end of the range.
  private func overflow(_ index: UInt64) -> Operands {
    var rest = Int(index)
    let negative = rest & 1 == 1
    rest >>= 1
    let step = rest % SignificandCases.overflowSteps - SignificandCases.overflowSteps / 2
    rest /= SignificandCases.overflowSteps
    let sums = SignificandCases.overflowSums
    let target = FiniteValue(negative: negative, sums[rest % sums.count], exponent: 0)
    rest /= sums.count
    let units = SignificandCases.overflowUnits
    let unit = units.lowerBound + rest % units.count
    let (a, b, significand) = factors(of: rest / units.count, unit: unit, negative: negative)
    let product = FiniteValue(negative: negative, significand, exponent: unit)
    let c = CoverageModel.sum(target, product, negatingSecond: true).encoding(.fp16)
    return (a, b, Format.fp16.stepped(c, by: step))
  }

  /// Any pair of significands with a zero, a lowest, an equal or a cancelling addend.
  private func factors(_ index: UInt64) -> Operands {
    let ma = UInt16(1 << 10 | (index >> 13) & 0x3ff)
    let mb = UInt16(1 << 10 | (index >> 3) & 0x3ff)
    let a = encoding(index & 1 == 1, ma, -10)
    let b = encoding(false, mb, -10)
    let product = FiniteValue(
      negative: index & 1 == 0, UInt64(ma) * UInt64(mb), exponent: -20
    ).encoding(.fp16)
    let sign = UInt64(Format.fp16.signMask)
    let addends = [0, sign, 1, sign | 1, product, product ^ sign, product + 1, product - 1]
    return (a, b, addends[Int(index & 7)])
  }
}
