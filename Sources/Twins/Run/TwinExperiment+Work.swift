// SPDX-License-Identifier: Apache-2.0
import Network
import Policies

extension TwinExperiment {
  /// What a step does and holds under a policy, by shapes and formats.
  ///
  /// - Precondition: one worker, the batch in one part.
  package func work(of policy: Policy) -> StepWork {
    let twin = Twin(
      policy, task.model, optimizer, weights: task.model.initialWeights(seed: seed), steps: steps,
      seed: seed)
    return twin.work(
      task.batches(seed).batch(step: 1, threads: threads), step: 1, from: twin.state,
      threads: threads)
  }
}
