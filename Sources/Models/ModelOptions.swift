// SPDX-License-Identifier: Apache-2.0
import Network
import Policies

extension TrainingTask {
  /// A size or property of which a model may have its own value.
  package enum Option: String, Sendable, Hashable, CaseIterable {
    case width, depth, context, activation, dropout, norm, normEpsilon, positions, keyValueHeads
    case labelSmoothing, loss

    /// The name as a command line has it, such as `norm-epsilon`.
    package var flag: String {
      rawValue.map { $0.isUppercase ? "-\($0.lowercased())" : "\($0)" }.joined()
    }

    /// The models that have it.
    package var models: [String] {
      switch self {
      case .width: TrainingTask.modelNames
      case .depth: TrainingTask.languageModelNames + [ResidualNetwork.name]
      case .context: TrainingTask.languageModelNames
      case .activation, .dropout: [CharacterMLP.name, Transformer.name]
      case .norm, .positions, .keyValueHeads: [Transformer.name]
      case .normEpsilon: [Transformer.name] + TrainingTask.imageModelNames
      case .labelSmoothing: TrainingTask.languageModelNames + [ResidualNetwork.name, UNet.name]
      case .loss: [UNet.name]
      }
    }
  }

  /// The number of examples of a batch by default.
  package static func batch(ofModel name: String) -> Int {
    switch name {
    case CharacterMLP.name: 64
    case ResidualNetwork.name: 32
    default: 16
    }
  }

  /// The operations of a step, each class of each layer once, in the order of the forward pass.
  package var operations: [LayerOperation] {
    let context = StepContext()
    var tape = Tape(.fp32, context)
    for (parameter, values) in zip(model.parameters, model.initialWeights(seed: 1)) {
      tape.parameter(
        Policy.fp32.tensor(parameter.shape, as: .fp32, context) { values[$0] },
        layer: parameter.layer, name: parameter.name)
    }
    let batch = batches(1).batch(step: 1)
    _ = model.loss(model.predict(batch, &tape), batch, &tape)
    // Casts and sums of gradients are elementwise operations of the layer that wants them.
    let all = tape.operations.flatMap {
      [$0, LayerOperation(layer: $0.layer, operation: .elementwise)]
    }
    var seen: Set<LayerOperation> = []
    return all.filter { seen.insert($0).inserted }
  }
}
