// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements
import Testing

@testable import Network
@testable import Policies
@testable import StepAnalysis
@testable import Twins

/// Policies that are broken on purpose, and what becomes of a step when they are repaired: not by
/// switching a source off, but by the field of the policy that a reader would change.
@Suite("Broken policies, repaired")
struct RepairTests {
  /// A broken policy, the sources that have to be named first, and what repairs them.
  private struct Broken {
    var policy: Policy
    var optimizer: Optimizer
    var width = 16
    /// The sources by their shares, the first named first.
    var causes: [RoundingSource]
    /// The policy without the defect behind some of these; the first repairs the first cause.
    var repairs: [(causes: [RoundingSource], policy: Policy)]
  }

  private static let sgd = Optimizer(.sgd, learningRate: 0.1)

  /// Adam whose ε keeps updates finite where a second moment is lost.
  private static let adam: Optimizer = {
    var optimizer = Optimizer(.adam, learningRate: 0.001)
    optimizer.epsilon = 1e-4
    return optimizer
  }()

  private static func policy(_ base: Policy, _ change: (inout Policy) -> Void) -> Policy {
    var policy = base
    change(&policy)
    policy.name = "broken"
    return policy
  }

  private static let broken: [Broken] = {
    // A loss a thousand times smaller stands for a model whose gradients are.
    let small = LossScaling.fixed(0x1p-10)
    let unscaled = Broken(
      policy: policy(.fp16Pure) { $0.lossScaling = small }, optimizer: sgd,
      causes: [.gradientRange, .weightUpdates],
      repairs: [
        ([.gradientRange], policy(.fp16Pure) { $0.lossScaling = .fixed(1024) }),
        ([.weightUpdates], policy(.fp16O2) { $0.lossScaling = small }),
      ])
    let accumulator = Broken(
      policy: policy(.fp32) { $0.layers = [contract(Accumulation(.fp16, .productThenSum))] },
      optimizer: sgd, width: 32, causes: [.sums, .gradientSums],
      repairs: [
        ([.sums, .gradientSums], policy(.fp32) { $0.layers = [contract(Accumulation(.fp32))] })
      ])
    let weights = Broken(
      policy: policy(.bf16AMP) { $0.weights = .bf16 }, optimizer: sgd, causes: [.weightUpdates],
      repairs: [([.weightUpdates], policy(.bf16AMP) { _ in })])
    let moments = Broken(
      policy: policy(.bf16AMP) { $0.optimizer.state = .format(.e5m2) },
      optimizer: adam, causes: [.optimizerState],
      repairs: [([.optimizerState], policy(.bf16AMP) { _ in })])
    return [unscaled, accumulator, weights, moments]
  }()

  /// A layer of FP16 whose sums are of an accumulator.
  private static func contract(_ accumulation: Accumulation) -> LayerRule {
    LayerRule(
      pattern: "block1.contract", operation: .product,
      rule: OperationRule(operands: .fp16, accumulation: accumulation, output: .fp16))
  }

  private func blame(_ policy: Policy, _ optimizer: Optimizer, width: Int = 16) throws
    -> PolicyBlame
  {
    let experiment = try Fixture.transformer(
      [policy], .init(batch: 2, context: 8, width: width, depth: 1), optimizer: optimizer)
    return try #require(
      Blamer(experiment, last: nil).blames(
        of: [policy.name], after: experiment.steps, scales: [:]
      ) { _ in true }.first)
  }

  @Test("The true causes are named in the true order, and repairing one removes the share it had")
  func repairs() throws {
    for broken in Self.broken {
      let name = "\(broken.causes)"
      let found = try blame(broken.policy, broken.optimizer, width: broken.width)
      let step = try #require(found.steps.first)
      #expect(step.quantity == AttributedQuantity.updates.rawValue)
      #expect(
        Array(step.sources.map(\.source).prefix(broken.causes.count))
          == broken.causes.map(\.rawValue), "\(step.sources)")
      var removals: [Double] = []
      for repair in broken.repairs {
        let repaired = try blame(repair.policy, broken.optimizer, width: broken.width)
        let left = try #require(repaired.steps.first).squaredError
        let removed = 1 - left / step.squaredError
        let said = step.sources.filter { repair.causes.map(\.rawValue).contains($0.source) }
        #expect(said.count == repair.causes.count, "\(name)")
        let share = said.reduce(0) { $0 + $1.share }
        #expect((removed - share).magnitude < 0.05, "\(name): \(removed) of \(share)")
        if said.count == 1 {
          #expect((removed - said[0].removed).magnitude < 0.02, "\(name): \(removed) of \(said[0])")
        }
        removals.append(removed)
      }
      // The order of the causes is that of what their repairs remove.
      #expect(removals == removals.sorted(by: >), "\(name): \(removals)")
    }
  }

  @Test(
    "Adam whose ε = 10^-8 is zero in FP16: the constants are named, and repairing them cures it")
  func constants() throws {
    let optimizer = Optimizer(.adam, learningRate: 0.001)
    let broken = Self.policy(.bf16AMP) { $0.optimizer.hyperparameters = .format(.fp16) }
    let found = try blame(broken, optimizer)
    #expect(found.steps.first?.error == nil)
    let cure = try #require(found.cures.first)
    #expect(cure.source == RoundingSource.constants.rawValue && found.cures.count == 1)
    let repaired = try blame(.bf16AMP, optimizer)
    let left = try #require(repaired.steps.first?.error)
    #expect((left / cure.error - 1).magnitude < 0.02, "\(left) instead of \(cure.error)")
  }
}
