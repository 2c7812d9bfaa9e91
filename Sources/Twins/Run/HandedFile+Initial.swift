// SPDX-License-Identifier: Apache-2.0
import Foundation
import Network
import TensorFiles

extension HandedFile {
  /// The weights that every twin begins with, in FP32, with the model and the optimizer.
  package static func initial(_ experiment: TwinExperiment) throws -> HandedFile {
    let task = experiment.task
    let weights = task.model.initialWeights(seed: experiment.seed)
    return HandedFile(
      "initial.safetensors",
      zip(task.model.parameters, weights).map {
        StoredTensor(name: name($0), shape: $0.shape, $1.map { Float($0) })
      }, step: 0,
      notes: [
        ("halfway.model", task.modelName), ("halfway.architecture", task.architecture),
        ("halfway.steps", String(experiment.steps)), ("halfway.seed", String(experiment.seed)),
        (
          "halfway.optimizer",
          String(decoding: try CanonicalJSON.encode(experiment.optimizer), as: UTF8.self)
        ),
      ])
  }
}
