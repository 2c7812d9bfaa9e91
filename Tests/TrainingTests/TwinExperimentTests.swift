// SPDX-License-Identifier: Apache-2.0
import Foundation
import Measurements
import Testing

@testable import Datasets
@testable import Models
@testable import Network
@testable import Policies
@testable import Twins

@Suite struct TwinExperimentTests {
  private func run(_ experiment: TwinExperiment) -> TrainingRun {
    experiment.run()
  }

  @Test("Equal bytes on any number of threads, and a round trip through JSON")
  func threads() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let policies = Policy.presets
    let alone = try encoder.encode(run(Fixture.experiment(policies, steps: 4)))
    for threads in [2, 7] {
      let result = run(try Fixture.experiment(policies, steps: 4, threads: threads))
      #expect(try encoder.encode(result) == alone)
    }
    let back = try JSONDecoder().decode(TrainingRun.self, from: alone)
    #expect(try encoder.encode(back) == alone)
  }

  @Test("The loss falls, and narrow policies end near the reference")
  func learning() throws {
    // Without a scale: torch's initial one overflows here, and a skipped step is a lag, not an
    // error.
    let fp16 = Policy.mixed(.fp16, name: "fp16-unscaled", lossScaling: nil)
    let result = run(try Fixture.experiment([.fp32, fp16, .bf16AMP, .fp16Pure], steps: 60))
    let first = try #require(result.reference.steps.first?.exactLoss)
    let last = try #require(result.reference.finalLoss)
    #expect(last < first - 0.5)
    for policy in result.policies {
      let loss = try #require(policy.finalLoss)
      #expect((loss - last).magnitude < 0.05, "\(policy.policy.name)")
    }
    let drifts = result.policies.compactMap { $0.steps.last?.drift }
    #expect(drifts.count == 4)
    // FP32 is closest, and FP16's three more bits than BF16's tell.
    #expect(drifts[0] < drifts[1] && drifts[1] < drifts[2])
  }

  @Test("A twin of the reference's own policy deviates nowhere")
  func reference() throws {
    let result = run(try Fixture.experiment([.fp64], steps: 3))
    for series in result.policies[0].tensors {
      for point in series.points {
        #expect(point.deviation.differenceSquares == 0, "\(series.tag)")
        #expect(point.deviation.elements == point.range.elements)
      }
    }
    #expect(result.policies[0].steps.allSatisfy { $0.drift == 0 })
  }

  @Test("At the first step trajectory and local comparison are the same")
  func firstStep() throws {
    let result = run(try Fixture.experiment([.fp16AMP, .bf16AMP, .fp16Pure], steps: 2))
    for policy in result.policies {
      #expect(policy.steps[0].gradients != nil)
      #expect(policy.steps[0].gradients == policy.steps[0].localGradients)
      #expect(policy.steps[1].gradients != policy.steps[1].localGradients)
    }
  }

  @Test("Every twin starts from the reference's weights")
  func initialWeights() throws {
    let (model, _) = try Fixture.model()
    let weights = Fixture.weights(model)
    for policy in [Policy.fp64, .fp32, .fp16AMP, .bf16AMP] {
      #expect(Fixture.twin(policy, model).weights.map(\.doubles) == weights)
    }
    let pure = Fixture.twin(.fp16Pure, model).weights.map(\.doubles)
    #expect(pure == weights.map { $0.map { Double(Float16(Float($0))) } })
  }

  @Test(
    "An infinite scaled gradient skips the step, halves the scale, and leaves the weights alone")
  func skippedStep() throws {
    var scaling = LossScaling.torch
    scaling.initial = 0x1p30
    let policy = Policy.mixed(.fp16, name: "fp16-scaled-up", lossScaling: scaling)
    let result = run(try Fixture.experiment([policy], steps: 40))
    let steps = result.policies[0].steps
    #expect(steps[0].skipped && steps[0].lossScale == 0x1p30 && steps[1].lossScale == 0x1p29)
    #expect(steps[0].gradients?.relativeL2 == nil)
    let skipped = result.policies[0].skippedSteps
    #expect(skipped > 5 && skipped < 40)
    #expect(
      !steps[39].skipped
        && steps[39].lossScale == 0x1p30 / Double(sign: .plus, exponent: skipped, significand: 1))
    // What was counted in a skipped step is told apart, and nothing else is.
    let gradients = result.policies[0].tensors.filter {
      $0.mode == .trajectory && $0.tag.kind == .weightGradient
    }
    #expect(!gradients.isEmpty)
    for point in gradients.flatMap(\.points) {
      #expect(point.skipped == (steps[point.step - 1].skipped ? point.range : nil))
    }
    let back = try JSONDecoder().decode(TrainingRun.self, from: JSONEncoder().encode(result))
    #expect(back.policies[0].tensors == result.policies[0].tensors)
    // No update and no weight was recorded in a skipped step.
    let updates = result.policies[0].tensors.filter {
      $0.tag.kind == .update && $0.mode == .trajectory
    }
    #expect(updates.allSatisfy { $0.points.count == 40 - skipped })
  }

  @Test("Small gradients vanish in FP16 without a loss scale and not with one")
  func zeroedGradients() throws {
    func zeroed(_ scaling: LossScaling?) throws -> RangeCounts {
      let policy = Policy.mixed(.fp16, name: "p", lossScaling: scaling)
      // Gradients carry the factor 1/B: with this batch most lie below FP16's range.
      let experiment = try Fixture.experiment([policy], steps: 1, batch: 2048)
      return run(experiment).policies[0].range(of: .activationGradient)
    }
    let bare = try zeroed(nil)
    let scaled = try zeroed(.torch)
    #expect(try #require(bare.subnormalRate) > 0.5)
    #expect(bare.zeroed > 100 * scaled.zeroed)
  }

  @Test("AdamW strictly in FP16 ends in NaN, and the run is still written as JSON")
  func diverged() throws {
    let optimizer = Optimizer(.adamw)
    let result = run(try Fixture.experiment([.fp16Strict], steps: 6, optimizer: optimizer))
    #expect(result.policies[0].firstNonFiniteStep != nil)
    #expect(result.policies[0].finalLoss == nil)
    _ = try JSONEncoder().encode(result)
  }

  @Test("Each gradient is counted once, under the same tags in every policy")
  func gradientsOnce() throws {
    let result = run(try Fixture.experiment(Policy.presets, steps: 1))
    let tags = result.policies.map { policy in
      policy.tensors.filter { $0.mode == .trajectory && $0.tag.kind == .activationGradient }
        .map(\.tag.description)
    }
    // One for each value with a gradient: adding a bias and widening a copy make no new one.
    let expected = ["output.linear", "hidden1.gelu", "hidden1.linear", "embedding.embedding"]
    #expect(tags.allSatisfy { $0 == expected.map { "\($0) activationGradient" } }, "\(tags)")
    for kind in [TensorKind.activationGradient, .weightGradient] {
      #expect(Set(result.policies.map { $0.range(of: kind).elements }).count == 1)
    }
  }

  @Test("A run that is ended early keeps what it measured")
  func interruption() throws {
    let whole = run(try Fixture.experiment([.fp32], steps: 10))
    let part = try Fixture.experiment([.fp32], steps: 10).run { step, _ in step < 3 }
    #expect(part.completedSteps == 3 && whole.completedSteps == 10)
    #expect(part.policies[0].steps == Array(whole.policies[0].steps.prefix(3)))
    #expect(part.policies[0].evaluation != nil)
  }

  @Test("A reference that ceases to be finite ends the run with the step and the tensor")
  func infiniteReference() throws {
    let optimizer = Optimizer(.sgd, learningRate: 1e160)
    let result = run(try Fixture.experiment([.fp32], steps: 10, optimizer: optimizer))
    let stop = try #require(result.stop)
    #expect(stop.step > 1 && result.completedSteps == stop.step - 1)
    #expect(result.policies[0].steps.count == stop.step - 1)
    #expect(result.reference.firstNonFiniteStep == stop.step)
    #expect(stop.tensor.kind == .activation && !stop.tensor.layer.isEmpty)
    #expect(result.reference.evaluation == nil)
  }

  @Test("One whose update is not finite ends with the step that made it, not with the next loss")
  func infiniteUpdate() throws {
    var optimizer = Optimizer(.adam)
    // 0/0 for the rows of the embedding that no character of the batch reads.
    optimizer.epsilon = 0
    let stop = try #require(
      run(try Fixture.experiment([.fp32], steps: 3, optimizer: optimizer)).stop)
    #expect(stop.step == 1)
    #expect(stop.tensor.kind == .update && stop.tensor.layer == "embedding")
  }
}
