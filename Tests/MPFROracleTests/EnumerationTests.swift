// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle
import TestSupport
import Testing

/// All non-negative finite values of a format in ascending order, made from the definition of the
/// fields in Double: a reference that knows nothing of the oracle's decoder, rounding or encoder.
private struct Ladder {
  let format: Format
  let values: [Double]
  /// The value that would follow the largest finite one.
  let beyond: Double

  init(_ format: Format) {
    self.format = format
    values = (0...Int(format.largestFinite)).map { Ladder.value($0, format) }
    beyond = 2 * values[values.count - 1] - values[values.count - 2]
  }

  private static func value(_ magnitude: Int, _ format: Format) -> Double {
    let steps = 1 << format.fractionBits
    let (field, fraction) = (magnitude / steps, magnitude % steps)
    let significand =
      field == 0 ? Double(fraction) / Double(steps) : 1 + Double(fraction) / Double(steps)
    return significand * Double(sign: .plus, exponent: max(field, 1) - format.bias, significand: 1)
  }

  func value(of encoding: UInt64) -> Double? {
    let magnitude = Int(encoding & UInt64(format.magnitudeMask))
    guard magnitude < values.count else { return nil }
    return encoding & UInt64(format.signMask) == 0 ? values[magnitude] : -values[magnitude]
  }

  /// Whether |x| goes to the upper of its two neighbours, given the lower one's index.
  private func goesUp(_ x: Double, _ lower: Int, _ rounding: Rounding) -> Bool {
    let upper = lower + 1 < values.count ? values[lower + 1] : beyond
    let (toLower, toUpper) = (x.magnitude - values[lower], upper - x.magnitude)
    switch rounding {
    case .nearestEven: return toUpper < toLower || (toUpper == toLower && lower % 2 == 1)
    case .nearestAway: return toUpper <= toLower
    case .up: return x > 0
    case .down: return x < 0
    default: return false
    }
  }

  /// The encoding and flags of a nonzero x that is exact in Double, in one of the five IEEE
  /// roundings.
  func round(_ x: Double, _ rounding: Rounding) -> Rounded<UInt64> {
    let negative = x < 0
    let sign = negative ? UInt64(format.signMask) : 0
    let largest = UInt64(values.count - 1)
    let lower = self.lower(x)
    let isInexact = values[lower] != x.magnitude
    var magnitude = lower
    if x.magnitude >= beyond {
      magnitude = values.count
    } else if isInexact && goesUp(x, lower, rounding) {
      magnitude += 1
    }
    if magnitude == values.count || x.magnitude >= beyond {
      let stays =
        rounding == .towardZero || (rounding == .up && negative)
        || (rounding == .down && !negative)
      let infinite = format.infinity ?? format.canonicalNaN ?? format.largestFinite
      return delivered(sign | (stays ? largest : UInt64(infinite)), [.overflow, .inexact])
    }
    let smallestNormal = values[1 << format.fractionBits]
    var flags: Exceptions = isInexact ? .inexact : []
    if isInexact && x.magnitude < smallestNormal {
      // With an unbounded exponent x rounds as 2x does one binade up.
      let doubled = 2 * x
      let below = self.lower(doubled)
      let exact = values[below] == doubled.magnitude
      let rounded = !exact && goesUp(doubled, below, rounding) ? values[below + 1] : values[below]
      if doubled.magnitude < smallestNormal || rounded < 2 * smallestNormal {
        flags.insert(.underflow)
      }
    }
    return delivered(sign | UInt64(magnitude), flags)
  }

  /// The index of the largest value that is at most |x|.
  private func lower(_ x: Double) -> Int {
    var (low, high) = (0, values.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if values[middle] <= x.magnitude { low = middle } else { high = middle }
    }
    return low
  }
}

/// The oracle against rounding by enumeration.
struct EnumerationTests {
  private static func compute(_ op: ArithmeticOperation, _ x: Double, _ y: Double) -> Double {
    switch op {
    case .add: x + y
    case .sub: x - y
    default: x * y
    }
  }

  /// The pairs, at most four, that differ from the enumeration.
  private func mismatches(
    _ op: ArithmeticOperation, _ ladder: Ladder, _ a: UInt64, _ b: UInt64
  ) -> [String] {
    guard let x = ladder.value(of: a), let y = ladder.value(of: b) else { return [] }
    let exact = EnumerationTests.compute(op, x, y)
    guard exact != 0 else { return [] }
    return Rounding.ieee.compactMap { rounding in
      let expected = ladder.round(exact, rounding)
      let actual = evaluate(op, a, b, 0, ladder.format, Semantics(rounding: rounding))
      return actual == expected
        ? nil : "\(op)(\(a), \(b)) \(rounding): \(actual), not \(expected)"
    }
  }

  @Test(
    "sums, differences and products of every pair of 8-bit and narrower numbers",
    arguments: [Format.e4m3, .e3m2, .e2m3, .e2m1])
  func everyPair(format: Format) {
    let ladder = Ladder(format)
    var wrong: [String] = []
    for op in [ArithmeticOperation.add, .sub, .mul] {
      for a in 0..<format.encodingCount {
        for b in stride(from: a % 3, to: format.encodingCount, by: 3) where wrong.count < 4 {
          wrong += mismatches(op, ladder, a, b)
        }
      }
    }
    #expect(wrong == [])
  }

  @Test("sums, differences and products of random pairs of binary16 numbers and e5m2 numbers")
  func randomPairs() {
    var words = Draw(seed: 2)
    for format in [Format.fp16, .e5m2] {
      let ladder = Ladder(format)
      var wrong: [String] = []
      for _ in 0..<8000 where wrong.count < 4 {
        let word = words.bits()
        let a = word % format.encodingCount
        let b = (word >> 32) % format.encodingCount
        for op in [ArithmeticOperation.add, .sub, .mul] { wrong += mismatches(op, ladder, a, b) }
      }
      #expect(wrong == [])
    }
  }

  @Test(
    "conversions of random binary32 numbers",
    arguments: [Format.fp16, .bf16, .e5m2, .e4m3, .e3m2, .e2m3, .e2m1])
  func conversions(to format: Format) {
    let ladder = Ladder(format)
    var words = Draw(seed: 3)
    var wrong: [String] = []
    for i in 0..<10000 where wrong.count < 4 {
      // Half of them near the format's own range.
      var bits = UInt32(truncatingIfNeeded: words.bits())
      if i % 2 == 0 {
        let exponent = Int(words.bits() % UInt64(format.maxExponent - format.minUlpExponent + 4))
        let field = UInt32(127 + max(format.minUlpExponent - 2 + exponent, -126))
        bits = bits & 0x807f_ffff | min(field, 254) << 23
      }
      let x = Float(bitPattern: bits)
      guard x.isFinite, x != 0 else { continue }
      for rounding in Rounding.ieee {
        let expected = ladder.round(Double(x), rounding)
        let actual = evaluate(
          .convert, UInt64(bits), 0, 0, .fp32, to: format, Semantics(rounding: rounding))
        if actual != expected { wrong.append("\(x) \(rounding): \(actual), not \(expected)") }
      }
    }
    #expect(wrong == [])
  }
}
