// SPDX-License-Identifier: Apache-2.0
import TensorFiles
import Testing

@testable import Datasets
@testable import Models
@testable import Network
@testable import Policies
@testable import Twins

/// What a run hands over to other frameworks.
@Suite struct HandoverTests {
  private static func files(_ experiment: TwinExperiment) throws -> [String: SafetensorsFile] {
    var files = [try HandedFile.initial(experiment)]
    _ = experiment.run(handOver: { files.append($0) })
    return Dictionary(uniqueKeysWithValues: files.map { ($0.path, $0.file) })
  }

  private static func numbers(_ file: SafetensorsFile?, _ name: String) throws -> [Double] {
    let tensor = try #require(file?.tensors.first { $0.name == name })
    return tensor.type == .fp64
      ? tensor.words(as: UInt64.self).map { Double(bitPattern: $0) }
      : tensor.words(as: UInt32.self).map { Double(Float(bitPattern: $0)) }
  }

  @Test(
    "A run handed over has its weights, the batch of each step, and what each measured one gave")
  func files() throws {
    let fp16 = Policy.mixed(.fp16, name: "fp16-scaled", lossScaling: LossScaling(named: "fixed:8"))
    var experiment = try Fixture.experiment([.fp32, fp16], steps: 4)
    experiment.measureEvery = 2
    let files = try Self.files(experiment)
    let twins = ["fp64", "fp32", "fp16-scaled"]
    let steps = [1, 2, 4].map { "step-00000\($0).safetensors" }
    #expect(
      Set(files.keys)
        == Set(
          ["initial.safetensors"] + (1...4).map { "batches/step-00000\($0).safetensors" }
            + twins.flatMap { name in (steps + ["final.safetensors"]).map { "\(name)/\($0)" } }))

    let weights = experiment.task.model.initialWeights(seed: 1)
    let initial = files["initial.safetensors"]
    #expect(try Self.numbers(initial, "hidden1.weight") == weights[1])

    // The gradients of the first step from the initial weights, without their loss scale.
    let batch = experiment.task.batches(1).batch(step: 1)
    for policy in [Policy.fp64, .fp32, fp16] {
      let file = files["\(policy.name)/step-000001.safetensors"]
      let twin = Twin(policy, experiment.task.model, experiment.optimizer, weights: weights)
      let scale = policy.lossScaling == nil ? 1.0 : 8
      for (parameter, gradient) in zip(twin.parameters, twin.gradients(batch, step: 1, threads: 1))
      {
        let name = "\(parameter.layer).\(parameter.name).grad"
        #expect(try Self.numbers(file, name) == gradient.doubles.map { $0 / scale }, "\(name)")
      }
      let order = try #require(file?.metadata.first { $0.name == PlacedTensors.orderNote })
      #expect(order.text.hasPrefix("[\"loss\",\"output.bias.grad\",\"output.weight.grad\""))
    }
  }

  @Test("Handing over changes nothing of the run")
  func sameRun() throws {
    let experiment = try Fixture.experiment([.fp32, .bf16AMP], steps: 3)
    let alone = experiment.run()
    let handed = experiment.run(handOver: { _ in })
    #expect(handed.policies.map(\.steps) == alone.policies.map(\.steps))
    #expect(handed.reference.steps == alone.reference.steps)
  }

  @Test("Every model's batch is handed over in shapes that cover it")
  func batches() throws {
    for name in ["cnn", "unet", "detector"] {
      let generated = try #require(TrainingTask.generatedImages(forModel: name))
      let task = try #require(
        try TrainingTask.vision(
          name, NamedImages(generated: generated.set, count: 20, seed: 1, threads: 1),
          TrainingTask.Sizes()))
      let batch = task.batches(1).batch(step: 1)
      let file = HandedFile.batch(batch, task, step: 1).file
      let inputs = try #require(file.tensors.first { $0.name == "inputs" })
      #expect(inputs.shape.first == batch.size && inputs.shape.count == 4)
      #expect(file.tensors.count == 2, "\(name)")
      #expect(throws: Never.self) { try file.encoded(path: name) }
    }
  }
}
