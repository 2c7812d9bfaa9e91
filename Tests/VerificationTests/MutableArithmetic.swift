// SPDX-License-Identifier: Apache-2.0
import Formats
import Verification

/// One wrong line in an otherwise right implementation.
enum Mutation: CaseIterable, Sendable {
  case none
  case tiesAway, tiesToZero, tiesToOdd
  case stickyLost, stickyMissesLastBit, guardIgnoredBelowNormal
  case tininessBefore, underflowOnExact, underflowMissing
  case overflowBeforeRounding, overflowFlagMissing, overflowToLargest
  case upIgnoresSign, downIgnoresSign, zeroSumNegative, zeroSumIgnoresDown
  case roundsTwiceWhenSubnormal, productRoundedFirst, inexactMissing, significandCarryLost
}

/// binary16 add, mul and fma on exact 128-bit integers, written for these tests: a third opinion,
/// and a place for deliberate mistakes.
struct MutableArithmetic: Subject {
  let name = "mutable"
  let reportsFlags = true
  let deliversDefinedNaNs = true
  let mutation: Mutation

  func function(
    for evaluation: Evaluation
  ) -> Result<BlockFunction, CaseSelection.Unavailable> {
    guard evaluation.format == .fp16, [.add, .mul, .fma].contains(evaluation.operation) else {
      return .failure(.init(reason: "only add, mul and fma in fp16"))
    }
    let (operation, semantics) = (evaluation.operation, evaluation.semantics)
    return .success { block, results, flags in
      for i in 0..<block.count {
        let one: UInt64 = 0x3c00
        let rounded =
          switch operation {
          case .add: fma(block.a[i], one, block.b[i], semantics)
          case .mul: fma(block.a[i], block.b[i], nil, semantics)
          default: fma(block.a[i], block.b[i], block.c[i], semantics)
          }
        results[i] = rounded.value
        flags[i] = rounded.flags.rawValue
      }
    }
  }

  private static let infinity: UInt64 = 0x7c00
  private static let quietNaN: UInt64 = 0x7e00
  private static let sign: UInt64 = 0x8000

  /// The magnitude of a finite encoding in units of 2^-24.
  private func units(_ encoding: UInt64) -> Int128 {
    let (field, fraction) = (encoding >> 10 & 31, encoding & 0x3ff)
    let magnitude = field == 0 ? Int128(fraction) : Int128(fraction | 0x400) << Int128(field - 1)
    return encoding & MutableArithmetic.sign == 0 ? magnitude : -magnitude
  }

  private func fma(
    _ a: UInt64, _ b: UInt64, _ c: UInt64?, _ semantics: Semantics
  ) -> Rounded<UInt64> {
    let (infinity, sign) = (MutableArithmetic.infinity, MutableArithmetic.sign)
    let operands = [a, b] + (c.map { [$0] } ?? [])
    let magnitudes = operands.map { $0 & 0x7fff }
    let invalid = Rounded(value: MutableArithmetic.quietNaN, flags: .invalid)
    if magnitudes.contains(where: { $0 > infinity && $0 & 0x200 == 0 }) { return invalid }
    let isProductInvalid =
      (magnitudes[0] == infinity && magnitudes[1] == 0)
      || (magnitudes[0] == 0 && magnitudes[1] == infinity)
    if isProductInvalid { return invalid }
    if magnitudes.contains(where: { $0 > infinity }) {
      return Rounded(value: MutableArithmetic.quietNaN, flags: [])
    }
    let productSign = (a ^ b) & sign
    if magnitudes[0] == infinity || magnitudes[1] == infinity {
      if let c, c & 0x7fff == infinity, c & sign != productSign { return invalid }
      return Rounded(value: productSign | infinity, flags: [])
    }
    if let c, c & 0x7fff == infinity { return Rounded(value: c, flags: []) }
    // In units of 2^-48 the product and every addend are integers below 2^82.
    var product = units(a) * units(b)
    if mutation == .productRoundedFirst, c != nil, product != 0 {
      let width = 128 - product.magnitude.leadingZeroBitCount
      let drop = Int128(max(width - 11, 0))
      product = (product >> drop) << drop
    }
    let sum = product + (c.map { units($0) << 24 } ?? 0)
    guard sum != 0 else {
      let isExactZero = c.map { $0 & sign == productSign && product == 0 } ?? true
      if isExactZero { return Rounded(value: productSign, flags: []) }
      var negative = semantics.rounding == .down
      if mutation == .zeroSumNegative { negative = true }
      if mutation == .zeroSumIgnoresDown { negative = false }
      return Rounded(value: negative ? sign : 0, flags: [])
    }
    return round(sum, semantics)
  }

  /// The integer part above `drop` bits in the given direction.
  private func rounded(
    _ magnitude: UInt128, drop: Int, negative: Bool, _ rounding: Rounding
  ) -> (UInt128, inexact: Bool) {
    guard drop > 0 else { return (magnitude << UInt128(-drop), false) }
    let kept = drop > 127 ? 0 : magnitude >> UInt128(drop)
    var rest = magnitude - kept << UInt128(min(drop, 127))
    let half = UInt128(1) << UInt128(drop - 1)
    if mutation == .stickyLost { rest &= half | (half >> 1) }
    if mutation == .stickyMissesLastBit { rest &= ~1 }
    let increments: Bool
    switch rounding {
    case .nearestEven:
      let tie =
        switch mutation {
        case .tiesAway: true
        case .tiesToZero: false
        case .tiesToOdd: kept & 1 == 0
        default: kept & 1 == 1
        }
      increments = rest > half || (rest == half && tie)
    case .nearestAway: increments = rest >= half
    case .up: increments = rest > 0 && (!negative || mutation == .upIgnoresSign)
    case .down: increments = rest > 0 && (negative && mutation != .downIgnoresSign)
    case .toOdd: return (kept | (rest > 0 ? 1 : 0), rest > 0)
    default: increments = false
    }
    return (kept + (increments ? 1 : 0), rest > 0)
  }

  private func round(_ sum: Int128, _ semantics: Semantics) -> Rounded<UInt64> {
    let negative = sum < 0
    let sign = negative ? MutableArithmetic.sign : 0
    var magnitude = UInt128(sum.magnitude)
    var width = 128 - magnitude.leadingZeroBitCount
    // The last bit kept is 2^-24 or 2^(width - 1 - 10 - 48), whichever is greater.
    var drop = max(width - 11, 24)
    let free = rounded(magnitude, drop: width - 11, negative: negative, semantics.rounding)
    let isBelowNormal = width <= 34
    if mutation == .roundsTwiceWhenSubnormal, isBelowNormal, width > 11 {
      magnitude = free.0 << UInt128(width - 11)
      width = 128 - magnitude.leadingZeroBitCount
      drop = max(width - 11, 24)
    }
    if mutation == .guardIgnoredBelowNormal, isBelowNormal { magnitude &= ~(1 << 23) }
    let (kept, inexact) = rounded(magnitude, drop: drop, negative: negative, semantics.rounding)
    var flags: Exceptions = inexact ? .inexact : []
    let before = semantics.tininess == .beforeRounding || mutation == .tininessBefore
    let isTiny = isBelowNormal && (before || width < 34 || free.0 < 1 << 11)
    if isTiny, inexact || mutation == .underflowOnExact { flags.insert(.underflow) }
    if mutation == .underflowMissing { flags.remove(.underflow) }
    var encoding = UInt64(kept) + UInt64(drop - 24) << 10
    if mutation == .significandCarryLost, kept == 1 << 11, drop > 24 { encoding -= 0x400 }
    let largest: UInt64 = 0x7bff
    let threshold = mutation == .overflowBeforeRounding ? width > 64 : encoding > largest
    if threshold {
      flags.formUnion([.overflow, .inexact])
      if mutation == .overflowFlagMissing { flags.remove(.overflow) }
      let awayFromZero =
        switch semantics.rounding {
        case .nearestEven, .nearestAway: true
        case .up: !negative
        case .down: negative
        default: false
        }
      encoding =
        awayFromZero && mutation != .overflowToLargest ? MutableArithmetic.infinity : largest
    }
    if mutation == .inexactMissing { flags.remove(.inexact) }
    return Rounded(value: sign | encoding, flags: flags)
  }
}
