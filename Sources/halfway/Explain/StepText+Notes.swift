// SPDX-License-Identifier: Apache-2.0
import Expressions
import Formats
import MPFROracle
import Randomness
import SoftFloat

/// What Halfway's own implementation of a function delivers.
struct OwnResult {
  var bits: UInt64
  /// |result - exact| in ulp, nil where there is no such number.
  var error: Double?
}

extension Step {
  /// What `SoftFloat`'s own function delivers in FP32 and FP64, nil where it has none.
  var own: OwnResult? {
    guard case .function(let function) = action, let x = operands.first?.bits,
      let known = ElementaryFunction(
        rawValue: function == .geluTanh ? "gelu-tanh" : function.rawValue)
    else { return nil }
    let bits: UInt64
    switch format {
    case .narrow(.fp32):
      let x = Float(bitPattern: UInt32(truncatingIfNeeded: x))
      bits = UInt64(Float.elementary(known, x).bitPattern)
    case .fp64: bits = Double.elementary(known, Double(bitPattern: x)).bitPattern
    default: return nil
    }
    return OwnResult(bits: bits, error: error(of: bits).map(abs))
  }

  /// The chance of a stochastic rounding, nil for others and exact results.
  var chance: Chance? {
    guard case .stochastic(let bits, let seed) = semantics.rounding, let cut,
      cut.lost != .exactlyZero, decision != nil
    else { return nil }
    return Chance(
      bits: bits, word: RandomWords.word(seed: seed, index: index),
      threshold: cut.lostBits >> UInt64(64 - bits), fraction: cut.fraction,
      isNegative: isExactNegative)
  }

  /// Whether the exact value is a number below zero.
  var isExactNegative: Bool {
    if case .number(let exact) = exact { exact.isNegative } else { false }
  }
}

/// How often a stochastic rounding takes which neighbour.
struct Chance: Encodable {
  /// The random bits that are used.
  var bits: Int
  /// The random word; its first `bits` bits are the random number.
  var word: UInt32
  /// floor(f 2^bits), f being what is cut off: so many of 2^bits random numbers increment.
  var threshold: UInt64
  /// f, of which the random bits see the first.
  var fraction: Double
  var isNegative: Bool

  var random: UInt64 { UInt64(word >> UInt32(32 - bits)) }
  private var total: UInt64 { 1 << UInt64(bits) }
  /// How many of 2^bits random numbers lead to the neighbour above.
  var waysAbove: UInt64 { isNegative ? total - threshold : threshold }
  /// The probability of going up.
  var probabilityAbove: Double { Double(waysAbove) / Double(total) }

  private enum CodingKeys: CodingKey {
    case bits, word, random, waysAbove, probabilityAbove, probabilityAboveUnbounded
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(bits, forKey: .bits)
    try container.encode("0x\(String(word, radix: 16))", forKey: .word)
    try container.encode(random, forKey: .random)
    try container.encode(waysAbove, forKey: .waysAbove)
    try container.encode(probabilityAbove, forKey: .probabilityAbove)
    try container.encode(isNegative ? 1 - fraction : fraction, forKey: .probabilityAboveUnbounded)
  }

  /// The chance in words.
  var words: String {
    let exact = Ulp.text(100 * (isNegative ? 1 - fraction : fraction))
    return "up for \(waysAbove) of \(total) random numbers: probability "
      + "\(Ulp.text(100 * probabilityAbove)) %, \(exact) % with endless bits; "
      + "word 0x\(String(word, radix: 16)) gives \(random)"
  }
}
