// SPDX-License-Identifier: Apache-2.0
import Measurements

extension Verdict {
  /// What loss scaling did: every policy that stands beside itself without it, in a sentence.
  package static func scalingEffects(_ run: TrainingRun, _ outcomes: [PolicyOutcome]) -> [String] {
    run.policies.compactMap { policy in
      guard let name = policy.policy.withoutScaling,
        let scaled = outcomes.first(where: { $0.policy == policy.policy.name }),
        let plain = outcomes.first(where: { $0.policy == name })
      else { return nil }
      let start = "`\(scaled.policy)` without its loss scaling is `\(name)`: "
      if let step = plain.divergedStep { return start + "it diverged at step \(step)." }
      var parts: [String] = []
      func add(
        _ what: String, _ figure: (PolicyOutcome) -> Double?, _ text: (Double) -> String
      ) {
        guard let without = figure(plain), let with = figure(scaled) else { return }
        parts.append(
          without == with
            ? "\(what) \(text(without)) in both"
            : "\(what) \(text(without)) instead of \(text(with))")
      }
      func percent(_ x: Double) -> String { ReadableNumber.percent(x, digits: 2) }
      func number(_ x: Double) -> String { ReadableNumber.significant(x, digits: 3) }
      add("zeroed", { $0.gradients?.zeroedRate }, percent)
      add("subnormal", { $0.gradients?.subnormalRate }, percent)
      add("a step's gradients erred by", \.stepError, number)
      add("the weights drifted by", \.drift, percent)
      guard !parts.isEmpty else { return nil }
      return start + enumeration(parts) + " (zeroed, subnormal: of the nonzero gradient values)."
    }
  }
}
