// SPDX-License-Identifier: Apache-2.0
import Models
import Network
import Policies
import Twins

/// What a training experiment is, before its data are read.
package struct ExperimentDescription: Hashable, Sendable {
  /// The short name, which is also that of the report's folder.
  package var name = "experiment"
  /// What the experiment asks; empty where nothing is said.
  package var question = ""
  /// The model's name.
  package var model = "mlp"
  /// Sizes of the model where they are not its own.
  package var sizes = TrainingTask.Sizes()
  /// The nonlinearity of hidden layers.
  package var activation = ActivationFunction.gelu
  /// The path of a text or of a folder of images; nil for the model's own data.
  package var data: String?
  /// The number of optimizer steps.
  package var steps = 200
  /// The seed of weights and batches.
  package var seed: UInt64 = 1
  /// The optimizer.
  package var optimizer = Optimizer(.sgd)
  /// What policies are compared with: FP64 or MPFR.
  package var reference = Policy.fp64
  /// The policies.
  package var policies: [Policy] = []
  /// Tensors are measured at step 1 and at every multiple of this; nil: chosen by the steps.
  package var measureEvery: Int?
  /// Local comparisons are made at step 1 and at every multiple of this, zero for none; nil: at
  /// every tenth measurement.
  package var localEvery: Int?

  /// Further runs of the reference on batches of other seeds.
  package var seeds = 2
  /// On how many of those seeds, and of as many more as it takes, every policy is trained, too.
  package var pairedSeeds = 0

  /// The runs of further seeds that can be asked for.
  package static let seedsRange = 0...64
  /// A measured step of four policies is about 50 kB of JSON.
  private static let mostMeasurements = 500
  /// The steps that can be asked for.
  package static let stepRange = 1...1_000_000
  /// The examples of a batch, the sizes of a layer and the characters of a context.
  package static let sizeRange = 1...65_536
  /// The layers of a model.
  package static let depthRange = 1...1_000
  /// The policies of one run.
  package static let policyLimit = 64

  /// The experiment of `halfway train` without options, but for its policies.
  package init() {}

  /// The number of examples in a batch.
  package var batch: Int { sizes.batch ?? TrainingTask.batch(ofModel: model) }

  /// The interval of measurements.
  package var measurementInterval: Int {
    measureEvery ?? (steps + Self.mostMeasurements - 1) / Self.mostMeasurements
  }

  /// The interval of local comparisons.
  package var localInterval: Int { localEvery ?? 10 * measurementInterval }

  /// The twins on what they learn from.
  package func experiment(_ task: TrainingTask, threads: Int) -> TwinExperiment {
    var experiment = TwinExperiment(
      task: task, policies: comparedPolicies, reference: reference, optimizer: optimizer,
      steps: steps, seed: seed, measureEvery: measurementInterval, localEvery: localInterval,
      seedRuns: seeds, threads: threads)
    experiment.pairedSeeds = pairedSeeds
    return experiment
  }

  /// The same with policies whose layers' rules all have an effect on a model: a rule for layers
  /// without an operation is read as one for each, and a file may not have one that nothing
  /// matches.
  package func effective(on task: TrainingTask) -> ExperimentDescription {
    let operations = task.operations
    var description = self
    for index in policies.indices {
      let layers = policies[index].layers
      let used = Set(operations.compactMap { place in layers.lastIndex { $0.matches(place) } })
      description.policies[index].layers = used.sorted().map { layers[$0] }
    }
    return description
  }

  /// The policy whose name is that of the reference, or of the twin in FP64 that a finer reference
  /// brings along: rows of results could not be told apart; nil for none.
  package var namesake: Policy? {
    policies.first { $0.name == reference.name || ($0.name == Policy.fp64.name && $0 != .fp64) }
  }

  /// What is wrong with a namesake.
  package static let namesakeProblem =
    "is the name of a reference, which is in every table: leave the policy out, or give it another name"

  /// With a finer reference FP64 has an error of its own to show.
  private var comparedPolicies: [Policy] {
    reference != .fp64 && !policies.contains(.fp64) ? [.fp64] + policies : policies
  }
}
