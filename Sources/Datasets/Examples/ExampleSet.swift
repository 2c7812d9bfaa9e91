// SPDX-License-Identifier: Apache-2.0

/// Examples that a trained model is judged by.
package struct ExampleSet: Sendable {
  /// What was done to them, such as `clean` or `noise 3`.
  package let name: String
  /// The examples.
  package let batches: [Minibatch]

  /// The name of examples that nothing was done to.
  static let clean = "clean"
  /// The severity of the corruptions, in the middle of their five.
  static let severity = 3
  /// The seed of the corruptions.
  private static let seed: UInt64 = 1

  /// The windows of a text's held-out part, at most `predictions` characters to predict, evenly
  /// spaced, and the same with characters of the input replaced by others.
  package static func windows(
    of text: CharacterText, context: Int, target: TextBatches.Target, batch: Int, predictions: Int
  ) -> [ExampleSet] {
    let part = text.heldOut ?? text.tokens.indices
    let perWindow = target == .each ? context : 1
    let available = part.count - context
    let count = max(1, min(available, predictions / perWindow))
    let starts = (0..<count).map { part.lowerBound + $0 * available / count }
    let corruption = TextCorruption(
      vocabulary: text.vocabulary.count, severity: severity, seed: seed)
    func spoilt(_ index: Int) -> Int { corruption.replacement(of: text.tokens[index], at: index) }
    let inputs: [(String, (Int) -> Int)] = [
      (clean, { text.tokens[$0] }), ("characters \(severity)", spoilt),
    ]
    return inputs.map { name, input in
      ExampleSet(
        name: name,
        batches: stride(from: 0, to: count, by: batch).map { first in
          let starts = starts[first..<min(first + batch, count)]
          return Minibatch(
            size: starts.count, tokens: starts.flatMap { ($0..<$0 + context).map(input) },
            targets: target.targets(of: text.tokens, starts: Array(starts), context: context))
        })
    }
  }

  /// Images as they are, and spoilt by noise, blur and loss of contrast.
  package static func images(
    _ set: ImageSet, _ scaling: PixelScaling, _ target: ImageExamples.Target, batch: Int
  ) -> [ExampleSet] {
    let spoilt = ImageCorruption.allCases.map { corruption in
      (
        "\(corruption.rawValue) \(severity)",
        set.corrupted(by: corruption, severity: severity, seed: seed, threads: 1)
      )
    }
    return ([(clean, set)] + spoilt).map { name, set in
      let source = ImageBatches(set: set, size: batch, scaling: scaling, seed: seed)
      return ExampleSet(
        name: name,
        batches: stride(from: 0, to: set.count, by: batch).map { first in
          target.batch(source.batch(Array(first..<min(first + batch, set.count))))
        })
    }
  }
}
