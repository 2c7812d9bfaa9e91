// SPDX-License-Identifier: Apache-2.0
import Formats
import Randomness

/// What a rounding does with a cut, and why.
package struct RoundingDecision: Equatable {
  /// Whether the kept multiple grows by one: the neighbour of larger magnitude is delivered.
  var increments: Bool
  /// The reason in words.
  package var reason: String

  /// The decision of a rounding on a number of a sign; `precision` tells whether evenness exists.
  init(_ rounding: Rounding, _ cut: Cut, isNegative: Bool, precision: Int, index: UInt64 = 0) {
    let larger = isNegative ? "below" : "above"
    let smaller = isNegative ? "above" : "below"
    func decide(_ increments: Bool, _ reason: String) -> RoundingDecision {
      RoundingDecision(
        increments: increments,
        reason: "\(reason): take the neighbour \(increments ? larger : smaller)")
    }
    let isOdd = cut.kept & 1 == 1
    switch (rounding, cut.lost) {
    case (_, .exactlyZero):
      self = RoundingDecision(increments: false, reason: "exact: nothing is cut off")
    case (.nearestEven, .exactlyHalf) where precision == 1:
      self = decide(true, "halfway, one bit knows no even, so away from zero")
    case (.nearestEven, .exactlyHalf):
      self = decide(isOdd, "halfway, a tie goes to the even last bit")
    case (.nearestAway, .exactlyHalf):
      self = decide(true, "halfway, a tie goes away from zero")
    case (.nearestEven, .lessThanHalf), (.nearestAway, .lessThanHalf):
      self = decide(false, "less than half is cut off")
    case (.nearestEven, .moreThanHalf), (.nearestAway, .moreThanHalf):
      self = decide(true, "more than half is cut off")
    case (.towardZero, _):
      self = decide(false, "toward zero")
    case (.up, _):
      self = decide(!isNegative, "up")
    case (.down, _):
      self = decide(isNegative, "down")
    case (.toOdd, _):
      self = decide(!isOdd && precision > 1, "to odd: the neighbour whose last bit is 1")
    case (.stochastic(let bits, let seed), _):
      let threshold = cut.lostBits >> UInt64(64 - bits)
      let word = UInt64(RandomWords.word(seed: seed, index: index)) >> UInt64(32 - bits)
      let limit = UInt64(1) << UInt64(bits)
      let increments = threshold + word >= limit
      let relation = increments ? ">=" : "<"
      self = decide(
        increments, "first \(bits) bits \(threshold) + random \(word) \(relation) \(limit)")
    }
  }

  private init(increments: Bool, reason: String) {
    self.increments = increments
    self.reason = reason
  }
}
