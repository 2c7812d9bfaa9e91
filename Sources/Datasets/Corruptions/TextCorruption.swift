// SPDX-License-Identifier: Apache-2.0
import Randomness

/// Characters replaced by others, for an evaluation away from the training data.
package struct TextCorruption {
  /// How many of 1,000 characters are replaced at each severity, mild to strong.
  private static let perMille = [10, 20, 50, 100, 200]

  static let severities = 1...5

  private let vocabulary: Int
  private let rate: Int
  private let chances: RandomStream
  private let others: RandomStream

  /// The replacement of tokens by one of the V - 1 others, all equally likely. Severity 1 to 5
  /// replaces a token with probability 0.01, 0.02, 0.05, 0.1 or 0.2, and what a severity replaces
  /// the next one replaces likewise.
  ///
  /// - Precondition: the severity is one of `severities`, V at least 2.
  init(vocabulary: Int, severity: Int, seed: UInt64) {
    precondition(Self.severities.contains(severity), "severity \(severity)")
    precondition(vocabulary > 1, "nothing to replace a character by")
    self.vocabulary = vocabulary
    rate = Self.perMille[severity - 1]
    let stream = RandomStream(seed: seed, purpose: .corruption)
    (chances, others) = (stream.stream(0), stream.stream(1))
  }

  /// What stands for the token at a position of the text: mostly itself.
  ///
  /// - Precondition: the token is below V.
  func replacement(of token: Int, at index: Int) -> Int {
    guard chances.below(1_000, UInt64(index)) < rate else { return token }
    return (token + 1 + others.below(vocabulary - 1, UInt64(index))) % vocabulary
  }
}
