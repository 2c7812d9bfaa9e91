// SPDX-License-Identifier: Apache-2.0
import Conditions
import Costs
import Measurements
import Testing

@testable import Datasets
@testable import Models
@testable import Network
@testable import Policies
@testable import StepAnalysis
@testable import Twins

@Suite("The cheapest policy that keeps a bound")
struct TunerTests {
  private func tuner(
    _ experiment: TwinExperiment, _ bound: String, _ objective: TuningObjective = .bytes,
    _ levels: [TuningLevel] = TuningLevel.allCases, steps: [Int] = [1]
  ) throws -> Tuner {
    Tuner(
      experiment, base: .fp16AMP, bounds: TuningBounds([try Condition(bound)]),
      objective: objective, levels: levels, costs: PolicyCosts(machine: .h100), steps: steps)
  }

  /// The least cost of all choices whose plain step at step 1 errs less than a bound.
  private func optimum(
    _ experiment: TwinExperiment, _ bound: Double, _ objective: TuningObjective
  ) throws -> Double {
    let space = TuningSpace(experiment, base: .fp16AMP, levels: TuningLevel.allCases)
    let costs = PolicyCosts(machine: .h100)
    let run = ReferenceRun(experiment)
    let moment = run.moment()
    let reference = run.twin(.fp64).gradients(
      moment.batch, step: 1, from: moment.state, scales: [1], threads: 1
    ) { _, _ in }.passes[0]
    let exact = reference.gradients.flatMap(\.doubles)
    let norm = exact.reduce(0) { $0 + $1 * $1 }
    var choices: [[TuningLevel]] = [[]]
    for levels in space.levels { choices = choices.flatMap { head in levels.map { head + [$0] } } }
    var least = Double.infinity
    for choice in choices {
      let policy = space.policy(choice)
      let scale = policy.lossScaling?.initial ?? 1
      let pass = run.twin(policy).gradients(
        moment.batch, step: 1, from: moment.state, scales: [scale], threads: 1
      ) { _, _ in }.passes[0]
      let own = pass.gradients.flatMap { $0.doubles.map { $0 * pass.inverse } }
      let error = zip(own, exact).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      guard (error / norm).squareRoot() < bound,
        let price = objective.value(costs.cost(experiment.work(of: policy)))
      else { continue }
      least = min(least, price)
    }
    return least
  }

  @Test("Within a fiftieth of the optimum of every choice of a small model, for each objective")
  func oracle() throws {
    let experiment = try Fixture.mlp([.fp16AMP], optimizer: Optimizer(.adamw))
    for objective in TuningObjective.allCases {
      for bound in [0.2, 0.03, 4e-3, 4e-4, 1e-5] {
        let found = try tuner(experiment, "gradientError < \(bound)", objective).run { _ in true }
        let cost = try #require(found.tuning.cost.flatMap { objective.value($0) })
        #expect(found.tuning.keepsBounds, "\(objective) \(bound)")
        // The search lowers a scale that overflows, which the optimum here does not: it may be less.
        let least = try optimum(experiment, bound, objective)
        #expect(cost <= 1.02 * least, "\(objective) \(bound): \(cost / least)")
        for uniform in found.tuning.uniform where uniform.holds {
          // No energy is known of some formats.
          guard let one = objective.value(uniform.cost) else { continue }
          #expect(cost <= one, "\(objective) \(bound): \(uniform.format) costs less")
        }
      }
    }
  }

  @Test("A planted fragile layer, and the norm that reads it, keep precision, and no other")
  func fragile() throws {
    let text = try Fixture.text()
    let model = FragileModel(vocabulary: text.vocabulary.count)
    let task = TrainingTask(
      model: model,
      batches: { TextBatches(text, size: 8, context: 4, target: .next, seed: $0) },
      modelName: "fragile", batch: 8)
    let experiment = TwinExperiment(
      task: task, policies: [.fp16AMP], optimizer: Optimizer(.adamw), steps: 4)
    let found = try tuner(experiment, "gradientError < 0.01", .bytes, [.fp32, .fp16])
      .run { _ in true }
    #expect(found.tuning.keepsBounds)
    let isFragile = { (layer: String) in ["fragile", "norm"].contains(layer) }
    for choice in found.tuning.choices where isFragile(choice.layer) {
      #expect(choice.format == "fp32", "\(choice.layer)")
    }
    // All others in FP16, unless their casts cost more than FP32 throughout.
    let space = TuningSpace(experiment, base: .fp16AMP, levels: [.fp32, .fp16])
    let costs = PolicyCosts(machine: .h100)
    func bytes(_ level: (String) -> TuningLevel) -> Double? {
      let policy = space.policy(space.sites.map { level($0.layer) })
      return TuningObjective.bytes.value(costs.cost(experiment.work(of: policy)))
    }
    let mixed = try #require(bytes { isFragile($0) ? .fp32 : .fp16 })
    let full = try #require(bytes { _ in .fp32 })
    let cost = try #require(found.tuning.cost.flatMap { TuningObjective.bytes.value($0) })
    #expect(cost <= min(mixed, full), "\(cost) of \(mixed) and \(full)")
  }

  @Test(
    "Held-out seeds and later steps are measured, and a result that fails there is given precision")
  func heldOut() throws {
    var tuner = try tuner(
      try Fixture.transformer([.fp16AMP], threads: 2), "gradientError < 1e-3", steps: [1])
    (tuner.heldOutSteps, tuner.heldOutSeeds) = ([3], [2, 3])
    let (tuning, policy) = tuner.run { _ in true }
    let own = tuning.moments.filter { !$0.isHeldOut }
    #expect(own.map(\.seed) == [1] && own.map(\.step) == [1])
    #expect(
      tuning.moments.filter(\.isHeldOut).map { [Int($0.seed), $0.step] }
        == [[1, 3], [2, 1], [2, 3], [3, 1], [3, 3]])
    #expect(tuning.keepsBounds == tuning.moments.allSatisfy(\.holds) && tuning.keepsBounds)
    #expect(policy.contradictions.isEmpty)
    #expect(tuning.path.filter { $0.phase == .heldOut }.count == tuning.heldOutRounds)
    // Fewer bytes than FP32, and a path that starts below.
    let cost = try #require(tuning.cost)
    let full = try #require(tuning.uniform.first { $0.format == "fp32" })
    #expect(cost.bytes < full.cost.bytes && tuning.path[0].cost.bytes <= cost.bytes)
  }

  /// ‖d - d_ref‖ / ‖d_ref‖ of how far a policy's own step moves the weights at step 1.
  private func updateError(_ policy: Policy, _ experiment: TwinExperiment) -> Double {
    let run = ReferenceRun(experiment)
    let moment = run.moment()
    func moves(_ policy: Policy) -> [Double] {
      let twin = run.twin(policy)
      let context = twin.context(step: 1, threads: 1, isMeasuring: false)
      let before = TwinState(moment.state, as: policy, context).weights
      let after = twin.probe(moment.batch, step: 1, from: moment.state, threads: 1, observer: nil)
      return zip(after.weights, before).flatMap { zip($0.doubles, $1.doubles).map { $0 - $1 } }
    }
    let exact = moves(.fp64)
    let error = zip(moves(policy), exact).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    return (error / exact.reduce(0) { $0 + $1 * $1 }).squareRoot()
  }

  @Test("A bound on updates has kept weights and moments searched; the path names them")
  func kept() throws {
    let experiment = try Fixture.mlp([.fp16AMP], optimizer: Optimizer(.adamw))
    let (tuning, policy) = try tuner(experiment, "updateError < 0.01").run { _ in true }
    #expect(tuning.keepsBounds && policy.contradictions.isEmpty)
    // Weights of some tenths move by 10^-3: half an ulp of BF16 or less, and in FP16 with an error of
    // some hundredths. Moments in BF16 err by 2^-9; in FP16 the second of step 1, 10^-3 g², is zero.
    #expect(policy.weights == .fp32 && policy.optimizer.state == .bf16)
    #expect(updateError(policy, experiment) < 0.01)
    let found = try #require(tuning.moments.first?.figures.updateError)
    #expect((found / updateError(policy, experiment) - 1).magnitude < 1e-6)
    let choices = tuning.choices.filter { $0.layer == "optimizer" }
    #expect(choices.map(\.operation) == ["weights", "state"])
    #expect(choices.map(\.format) == ["fp32", "bf16"])
    #expect(
      tuning.path.contains { trial in
        trial.isKept
          && trial.changes.contains { $0.layer == "optimizer" && $0.operation == "weights" }
      })
    // Two moments of two bytes each.
    let cost = try #require(tuning.cost)
    #expect(cost.memory.optimizer == 4 * cost.memory.parameters)
    // Kahan's sums keep what narrow weights would lose of an update for the next one.
    var other = try tuner(experiment, "updateError < 1.5")
    other.base = .bf16Kahan
    #expect(other.run { _ in true }.policy.weights == .bf16)
    // No other figure sees them.
    let plain = try tuner(experiment, "gradientError < 0.03").run { _ in true }
    #expect(!plain.tuning.choices.contains { $0.layer == "optimizer" })
    #expect(plain.policy.weights == .fp32 && plain.policy.optimizer.state == .fp32)
  }

  @Test("A bound that no policy keeps has the closest one")
  func unkept() throws {
    let experiment = try Fixture.mlp([.fp16AMP])
    let (tuning, _) = try tuner(experiment, "gradientError < 1e-14").run { _ in true }
    #expect(!tuning.keepsBounds && tuning.cost != nil)
    let worst = tuning.moments.compactMap(\.figures.gradientError).max()
    let least = tuning.path.filter(\.isKept).compactMap(\.figures.gradientError).min()
    #expect(worst == least)
  }

  @Test("Bounds hold for all values they lead to, not for one, and never for a missing one")
  func bounds() throws {
    var figures = TuningFigures()
    figures.gradientError = 1e-3
    figures.layers = [
      LayerError(layer: "a", gradientError: 1e-4), LayerError(layer: "b", gradientError: 1e-2),
    ]
    func holds(_ text: String) throws -> Bool {
      TuningBounds([try Condition(text)]).hold(for: figures)
    }
    #expect(try holds("gradientError < 2e-3 and layers[layer=a].gradientError < 1e-3"))
    #expect(try !holds("layers[*].gradientError < 1e-3"))
    #expect(try holds("layers[*].gradientError < 0.1"))
    #expect(try !holds("lossError < 1"))
    let excess = TuningBounds([try Condition("layers[*].gradientError < 1e-3")]).excess(of: figures)
    #expect((try #require(excess) / 10 - 1).magnitude < 1e-3)
  }

  @Test("Bounds that a step without any error breaks, or that name what is not there, are refused")
  func refused() throws {
    for text in [
      "gradientError > 0.01", "gradientError < -1", "gradientCosine > 2", "lossError == null",
      "layers[layer=a].gradientError >= 1e-3", "layers[layer=b].gradientError < 1", "loss < 1",
    ] {
      let bounds = TuningBounds([try Condition("largestLayerError < 1"), try Condition(text)])
      let problem = #expect(throws: BoundProblem.self) { try bounds.check(layers: ["a"]) }
      #expect(problem?.condition == text)
    }
    let kept = "gradientError < 1e-9 and gradientCosine > 0.999 and layers[*].gradientError <= 0"
    try TuningBounds([try Condition(kept)]).check(layers: ["a", "b"])
  }
}

/// A model one layer of which adds 256 to what it makes, which the norm after it takes away again.
private struct FragileModel: Model {
  static let name = "fragile"
  let vocabulary: Int
  var architecture: String { "one fragile layer" }

  var parameters: [Parameter] {
    let table = Parameter(
      layer: "embedding", name: "weight", shape: [vocabulary, 4], initial: .uniform(bound: 1))
    var fragile = Parameter.linear("fragile", 16, 16)
    fragile[1].initial = .constant(256)
    return [table] + Parameter.linear("steady", 16, 16) + fragile
      + Parameter.normalization("norm", 16) + Parameter.linear("output", 16, vocabulary)
  }

  func predict(_ batch: Minibatch, _ tape: inout Tape) -> Tape.Index {
    let x = tape.embedding(batch.tokens, shape: [batch.size, 16], "embedding")
    let y = tape.activation(.gelu, tape.linear(x, "steady"), "steady")
    return tape.linear(
      tape.normalization(.layer, tape.linear(y, "fragile"), "norm", epsilon: 1e-5), "output")
  }

  func loss(_ prediction: Tape.Index, _ batch: Minibatch, _ tape: inout Tape) -> Tape.Index {
    tape.crossEntropy(prediction, batch.targets)
  }
}
