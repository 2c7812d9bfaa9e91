// SPDX-License-Identifier: Apache-2.0
import Measurements

/// Which roundings of a step are to blame, in sentences.
package struct AttributionFindings {
  /// The policy's name.
  package let policy: String
  /// The step.
  package let step: AttributedStep

  /// The findings of a policy's step.
  package init(policy: String, step: AttributedStep) {
    self.policy = policy
    self.step = step
  }

  /// A source in words.
  package static func text(_ source: String) -> String {
    switch source {
    case "weights": "kept weights"
    case "weightCasts": "casts of weights"
    case "activationCasts": "casts of values"
    case "sums": "sums, forward"
    case "elementwise": "other arithmetic, forward"
    case "outputs": "rounding of results"
    case "gradientCasts": "casts of gradients"
    case "gradientSums": "sums, backward"
    case "gradientElementwise": "other arithmetic, backward"
    case "gradientOutputs": "rounding of gradients"
    case "gradientRange": "range of gradients"
    case "clipping": "clipping of gradients"
    case "constants": "rounding of the optimizer's constants"
    case "optimizerArithmetic": "arithmetic of the optimizer"
    case "optimizerState": "formats of the optimizer's state"
    case "weightUpdates": "rounding of updated weights"
    case "otherForward": "all other roundings, forward"
    case "otherBackward": "all other roundings, backward"
    default: source
    }
  }

  private static func percent(_ share: Double) -> String {
    ReadableNumber.percent(share, digits: 2)
  }

  /// What errs: the gradients or the updates.
  static func subject(_ step: AttributedStep) -> String {
    step.quantity == "updates" ? "weight updates" : "gradients"
  }

  /// As many causes as make up most of a step's error, with their shares.
  static func causes(_ step: AttributedStep) -> String? {
    guard let first = step.sources.first else { return nil }
    var (named, sum) = ([first], first.share)
    for source in step.sources.dropFirst() where sum < 0.8 && source.share >= 0.05 {
      named.append(source)
      sum += source.share
    }
    return Verdict.enumeration(named.map { "\(text($0.source)) \(percent($0.share))" })
  }

  /// Who is to blame for how much.
  package var verdict: String {
    let place = "`\(policy)` at step \(step.step)"
    guard let error = step.error else {
      return step.quantity == "updates"
        ? "\(place): an update is infinite or NaN, so that no error can be divided."
        : "\(place): a gradient is infinite or NaN, so that no error can be divided; "
          + "`halfway sweep loss-scale` tells which loss scales serve."
    }
    guard error > 0, let causes = Self.causes(step) else {
      return "\(place): the \(Self.subject(step)) are the reference's."
    }
    return "\(place): the \(Self.subject(step)) err by "
      + "\(ReadableNumber.significant(error, digits: 3)). To blame: \(causes) of the squared error."
  }

  /// What the first cause's repair would leave; nil where nothing can be said.
  package var repair: String? {
    guard let first = step.sources.first, let error = step.error, error > 0 else { return nil }
    let left = (max(0, 1 - first.removed)).squareRoot() * error
    return "Without the \(Self.text(first.source)) the same step would err by "
      + "\(ReadableNumber.significant(left, digits: 3)): that removes \(Self.percent(first.removed)) "
      + "of the squared error."
  }

  /// Which layers; nil where nobody asked.
  package var layers: String? {
    guard let first = step.layers.first else { return nil }
    let named = step.layers.prefix(3).filter { $0.share >= 0.05 || $0 == first }
    return "By layer: "
      + Verdict.enumeration(
        named.map { layer in
          let chance = layer.deviation.map { " \u{b1} \(Self.percent($0))" } ?? ""
          return "`\(layer.layer)` \(Self.percent(layer.share))\(chance)"
        }) + "."
  }

  /// What the sources do to the loss; nil where it does not move.
  package var loss: String? {
    guard let error = step.lossError, error != 0 else { return nil }
    let first = step.sources.max {
      ($0.loss?.magnitude ?? 0) < ($1.loss?.magnitude ?? 0)
    }
    guard let first, let share = first.loss else { return nil }
    return "The loss is off by \(ReadableNumber.significant(error, digits: 2)), "
      + "\(ReadableNumber.significant(share, digits: 2)) of it by the \(Self.text(first.source))."
  }

  /// All but the verdict.
  package var details: [String] { [repair, layers, loss].compactMap(\.self) }
}
