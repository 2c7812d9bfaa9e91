// SPDX-License-Identifier: Apache-2.0

/// Characters replaced by others, for an evaluation away from the training data.
enum TextCorruption {
  /// How many of 1,000 characters are replaced at each severity, mild to strong.
  private static let perMille = [10, 20, 50, 100, 200]

  static let severities = 1...5

  /// The tokens with some replaced by one of the V - 1 others, all equally likely. Severity 1 to 5
  /// replaces a token with probability 0.01, 0.02, 0.05, 0.1 or 0.2, and what a severity replaces
  /// the next one replaces likewise.
  ///
  /// - Precondition: the severity is one of `severities`, V at least 2, tokens are below V.
  static func applied(
    to tokens: [Int], vocabulary: Int, severity: Int, seed: UInt64
  ) -> [Int] {
    precondition(severities.contains(severity), "severity \(severity)")
    precondition(vocabulary > 1, "nothing to replace a character by")
    let stream = RandomStream(seed: seed, purpose: .corruption)
    let (chances, others) = (stream.stream(0), stream.stream(1))
    return tokens.enumerated().map { index, token in
      guard chances.below(1_000, UInt64(index)) < perMille[severity - 1] else { return token }
      return (token + 1 + others.below(vocabulary - 1, UInt64(index))) % vocabulary
    }
  }
}
