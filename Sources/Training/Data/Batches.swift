// SPDX-License-Identifier: Apache-2.0

/// The examples of one step: windows of a text and the character after each.
struct Batch: Sendable {
  /// The number of examples.
  let size: Int
  /// The windows one after the other, `size` times the context.
  let tokens: [Int]
  /// The tokens to predict.
  let targets: [Int]
}

/// A sequence of batches that depends on the seed and the step alone.
struct Batches: Sendable {
  let text: CharacterText
  let size: Int
  let context: Int
  private let random: RandomStream

  init(_ text: CharacterText, size: Int, context: Int, seed: UInt64) {
    self.text = text
    self.size = size
    self.context = context
    random = RandomStream(seed: seed, purpose: .batches)
  }

  /// The batch of a step, from 1: windows drawn with replacement from all positions.
  func batch(step: Int) -> Batch {
    let starts = (0..<size).map { example in
      random.below(text.tokens.count - context, UInt64((step - 1) * size + example))
    }
    return Batch(
      size: size,
      tokens: starts.flatMap { text.tokens[$0..<$0 + context] },
      targets: starts.map { text.tokens[$0 + context] })
  }
}
