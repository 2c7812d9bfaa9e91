// SPDX-License-Identifier: Apache-2.0

/// How two trained models' predictions of the same examples compare: on how many each is right.
package struct PairedPredictions: Codable, Sendable, Hashable {
  /// One model's policy.
  package var first: String
  /// The other's.
  package var second: String
  /// The number of predictions.
  package var count = 0
  /// Those that both have right.
  package var bothRight = 0
  /// Those that the first alone has right.
  package var onlyFirst = 0
  /// Those that the second alone has right.
  package var onlySecond = 0
  /// The number of examples with a balance other than zero: the predictions of an example that the
  /// first alone has right less those that the second alone has.
  package var unbalancedExamples = 0
  /// Σ of the balances' squares.
  package var balanceSquares = 0

  /// The comparison of what is right.
  ///
  /// - Parameter examples: to which example each prediction belongs, those of one together.
  package init(
    _ first: (name: String, isRight: [Bool]), _ second: (name: String, isRight: [Bool]),
    examples: [Int]
  ) {
    self.first = first.name
    self.second = second.name
    var balance = 0
    for (index, (own, other)) in zip(first.isRight, second.isRight).enumerated() {
      if index > 0, examples[index] != examples[index - 1] { close(&balance) }
      count += 1
      switch (own, other) {
      case (true, true): bothRight += 1
      case (true, false):
        onlyFirst += 1
        balance += 1
      case (false, true):
        onlySecond += 1
        balance -= 1
      case (false, false): break
      }
    }
    close(&balance)
  }

  private mutating func close(_ balance: inout Int) {
    unbalancedExamples += balance == 0 ? 0 : 1
    balanceSquares += balance * balance
    balance = 0
  }
}
