// SPDX-License-Identifier: Apache-2.0
import Measurements
import Randomness

/// The examples of one step: what a model reads and what it is to predict.
package struct Minibatch: Sendable {
  /// The number of examples.
  package let size: Int
  /// The windows of a text one after the other; none for images.
  package var tokens: [Int] = []
  /// The classes to predict, in the order of the predictions.
  package var targets: [Int] = []
  /// The images with what is known of them; nil for text.
  package var images: ImageBatch?
}

/// A sequence of batches that depends on the seed and the step alone.
package protocol BatchSource: Sendable {
  /// The batch of a step, from 1.
  func batch(step: Int, threads: Int) -> Minibatch
}

extension BatchSource {
  /// The same on one thread.
  package func batch(step: Int) -> Minibatch { batch(step: step, threads: 1) }
}

/// Windows of a text, drawn with replacement from all positions of its training part.
package struct TextBatches: BatchSource {
  /// What is to be predicted.
  package enum Target: Sendable {
    /// The character after the window.
    case next
    /// The character after each of the window's.
    case each

    /// The characters to predict of windows by their starts.
    func targets(of tokens: TokenList, starts: [Int], context: Int) -> [Int] {
      switch self {
      case .next: starts.map { tokens[$0 + context] }
      case .each: tokens.windows(of: context, at: starts.map { $0 + 1 })
      }
    }
  }

  let text: CharacterText
  let size: Int
  let context: Int
  let target: Target
  private let random: RandomStream

  /// Batches of `size` windows of `context` characters each.
  package init(
    _ text: CharacterText, size: Int, context: Int, target: Target = .next, seed: UInt64
  ) {
    self.text = text
    self.size = size
    self.context = context
    self.target = target
    random = RandomStream(seed: seed, purpose: .batches)
  }

  /// The first positions of a step's windows.
  func starts(step: Int) -> [Int] {
    (0..<size).map { example in
      random.below(text.training.count - context, UInt64((step - 1) * size + example))
    }
  }

  package func batch(step: Int, threads: Int) -> Minibatch {
    let starts = starts(step: step)
    return Minibatch(
      size: size, tokens: text.tokens.windows(of: context, at: starts),
      targets: target.targets(of: text.tokens, starts: starts, context: context))
  }
}

extension TokenList {
  /// So many elements from each of the starts on, one window after the other.
  ///
  /// - Precondition: every window lies within the list.
  fileprivate func windows(of length: Int, at starts: [Int]) -> [Int] {
    precondition(starts.allSatisfy { $0 >= 0 && $0 <= count - length }, "a window past the end")
    return starts.flatMap { self[$0..<$0 + length] }
  }
}
