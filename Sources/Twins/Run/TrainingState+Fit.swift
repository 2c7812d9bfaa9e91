// SPDX-License-Identifier: Apache-2.0
import Measurements
import Network
import Policies

extension TrainingState {
  /// Whether an experiment could have left this state: its twins, of their sizes and formats, and
  /// no more than the steps that were taken can have shown. What a run goes on from comes from a
  /// file.
  package func fits(_ experiment: TwinExperiment) -> Bool {
    let parameters = experiment.task.model.parameters
    let division = experiment.division
    func fit(_ record: TwinRecord, _ policy: Policy, _ averages: [WeightAverages] = []) -> Bool {
      record.fits(policy.dividing(division), parameters, averages, steps: steps)
    }
    return (1...max(1, experiment.steps)).contains(steps) && seconds.isFinite && seconds >= 0
      && policies.count == experiment.policies.count && seeds.count == experiment.referenceSeedRuns
      && paired.count == experiment.policies.count * experiment.pairedSeeds
      && fit(reference, experiment.reference, experiment.referenceAverages)
      && zip(policies, experiment.policies).allSatisfy {
        fit($0, $1, $1.averages.map { [$0] } ?? [])
      }
      && seeds.allSatisfy { fit($0, experiment.seededReference) }
      && paired.enumerated().allSatisfy { index, record in
        fit(record, experiment.policies[index / experiment.pairedSeeds])
      }
  }
}

extension TwinRecord {
  fileprivate func fits(
    _ policy: Policy, _ parameters: [Parameter], _ averages: [WeightAverages], steps: Int
  ) -> Bool {
    let isScaled =
      switch (scaler, policy.lossScaling) {
      case (let scaler?, let rule?): scaler.fits(rule)
      case (nil, nil): true
      default: false
      }
    return isScaled && state.fits(policy, parameters, averages)
      && measurements.run.policy == policy.description
      && measurements.run.isConsistent(after: steps)
      && measurements.errors.allSatisfy { tag, sums in
        tag.kind == .weightGradient && sums.fits(steps: steps)
          && parameters.contains {
            $0.layer == tag.layer && $0.name == tag.operation && $0.count == sums.count
          }
      }
  }
}

extension TwinState {
  /// Whether every tensor has the shape of its parameter and the format that the policy keeps it
  /// in.
  fileprivate func fits(
    _ policy: Policy, _ parameters: [Parameter], _ rules: [WeightAverages]
  ) -> Bool {
    let kept: Set = [
      policy.weights, policy.optimizer.state, policy.optimizer.compute.precision,
    ]
    func fits(_ tensor: Tensor, _ shape: [Int]) -> Bool {
      tensor.shape == shape && tensor.isHeld(as: policy.held) && kept.contains(tensor.precision)
    }
    let shapes = parameters.map(\.shape)
    return weights.count == shapes.count && moments.count == shapes.count
      && zip(weights, shapes).allSatisfy { fits($0, $1) && $0.precision == policy.weights }
      && zip(moments, shapes).allSatisfy { moment, shape in
        moment.tensors.allSatisfy { fits($0, shape) }
      }
      && statistics.allSatisfy { layer, averages in
        parameters.contains {
          $0.layer == layer && $0.shape.count == 1 && fits(averages.mean, $0.shape)
            && fits(averages.variance, $0.shape)
        }
      }
      && averages?.count ?? 0 == rules.count
      && zip(averages ?? [], rules).allSatisfy { averages, rule in
        averages.decay == rule.decay && averages.tensors.count == shapes.count
          && zip(averages.tensors, shapes).allSatisfy {
            $0.shape == $1 && $0.isHeld(as: policy.held)
              && $0.precision == rule.format ?? policy.weights
          }
      }
      && [powers.beta1, powers.beta2].allSatisfy { (0...1).contains($0) }
  }
}

extension LossScaler {
  /// Whether the scaler could be one of a rule.
  fileprivate func fits(_ rule: LossScaling) -> Bool {
    let limit = rule.interval ?? 1
    // Without a least scale it may fall to zero, and without a greatest one grow to infinity.
    return self.rule == rule && scale >= 0 && (scale.isFinite || !rule.growsOnlyIfFinite)
      && (0..<max(1, limit)).contains(finiteSteps)
      && (1...max(1, rule.hysteresis)).contains(overflowsLeft)
  }
}
