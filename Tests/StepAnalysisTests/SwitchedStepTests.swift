// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements
import Testing

@testable import Network
@testable import Policies
@testable import StepAnalysis
@testable import Twins

@Suite("A step with some of its roundings switched off")
struct SwitchedStepTests {
  private func step(
    _ policy: Policy, _ experiment: TwinExperiment, scale: Float? = 1024
  ) -> (SwitchedStep, ReferenceRun.Moment) {
    let reference = ReferenceRun(experiment)
    reference.advance()
    let moment = reference.moment()
    var bare = policy
    bare.lossScaling = nil
    return (SwitchedStep(reference.twin(bare), moment, scale: scale, threads: 1), moment)
  }

  private static let policies = Policy.presets.filter { $0 != .fp64 }

  @Test("All switches on: the policy's own bits, in every preset and model")
  func allOn() throws {
    for policy in Self.policies {
      for experiment in [
        try Fixture.mlp([policy]), try Fixture.transformer([policy]),
        try Fixture.laterTransformer([policy]),
      ] {
        let (step, _) = step(policy, experiment)
        let found = step.forward(.all, threads: 1).gradients(.all)
        for (own, gradient) in zip(step.own, found) {
          #expect(
            own.doubles.map(\.bitPattern) == gradient.map(\.bitPattern),
            "\(policy.name) \(experiment.task.modelName)")
        }
        #expect(step.forward(.all, threads: 1).loss == step.loss, "\(policy.name)")
      }
    }
  }

  @Test(
    "A policy with a rule for a layer, a matrix unit, tiles and flushed subnormals: its bits, too")
  func unusual() throws {
    var policy = Policy.fp16AMP
    policy.classes[.product]?.accumulation = Accumulation(
      .fp16, .productThenSum, .chunked(terms: 4, sums: .fp32))
    policy.classes[.attention]?.attentionTile = 4
    policy.classes[.elementwise] = OperationRule(output: .bf16, rounding: .towardZero)
    policy.layers = [
      LayerRule(
        pattern: "output",
        rule: OperationRule(operands: .format(.e5m2), output: .fp16, subnormals: .flushResults))
    ]
    let experiment = try Fixture.transformer([policy])
    let (step, _) = step(policy, experiment)
    let found = step.forward(.all, threads: 1).gradients(.all)
    for (own, gradient) in zip(step.own, found) {
      #expect(own.doubles.map(\.bitPattern) == gradient.map(\.bitPattern))
    }
  }

  @Test("All switches off: the reference's gradients, but for the order of FP64's sums")
  func allOff() throws {
    for (policy, experiment) in try Self.policies.map({ ($0, try Fixture.transformer([$0])) })
      + [(Policy.bf16AMP, try Fixture.laterTransformer([.bf16AMP]))]
    {
      let (step, moment) = step(policy, experiment)
      let found = step.forward(.none, threads: 1).gradients(.none)
      for (parameter, gradient) in zip(experiment.task.model.parameters, found) {
        let tag = TensorTag(
          layer: parameter.layer, operation: parameter.name, kind: .weightGradient)
        let expected = try #require(moment.tensors.tensor(tag)).doubles
        let largest = expected.reduce(0) { max($0, $1.magnitude) }
        for (x, y) in zip(expected, gradient) {
          #expect((x - y / 1024).magnitude <= largest * 0x1p-44, "\(policy.name) \(tag)")
        }
      }
      #expect(step.forward(.none, threads: 1).loss == moment.loss)
    }
  }

  @Test(
    "All switches on, the weights move as in the policy's own step; all off, as the reference's")
  func moves() throws {
    var momentum = Optimizer(.sgd, learningRate: 0.1)
    momentum.momentum = 0.9
    momentum.weightDecay = 0.01
    var decaying = Optimizer(.adamw)
    decaying.weightDecay = 0.1
    decaying.clipNorm = 0.5
    var clipped = Policy.fp16AMP
    clipped.clipping = GradientClipping(gradients: .scaled, norm: .fp16)
    var narrow = Policy.fp16Pure
    narrow.optimizer.hyperparameters = .format(.fp16)
    let policies =
      Self.policies + [
        clipped, narrow,
      ]
    for (policy, optimizer) in policies.flatMap({ policy in
      [momentum, decaying, Optimizer(.adam)].map { (policy, $0) }
    }) {
      let experiment = try Fixture.transformer([policy], optimizer: optimizer)
      let (step, moment) = step(policy, experiment)
      let reference = ReferenceRun(experiment)
      var scaled = policy
      scaled.lossScaling = .fixed(1024)
      let twin = reference.twin(scaled)
      let after = twin.probe(
        moment.batch, step: moment.step, from: moment.state, threads: 1, observer: nil
      ).weights
      let found = step.moves(step.own.map(\.doubles), .all, threads: 1)
      for ((after, before), found) in zip(zip(after, step.state.weights), found) {
        let own = zip(after.doubles, before.doubles).map { ($0 - $1).bitPattern }
        #expect(found.map(\.bitPattern) == own, "\(policy.name) \(optimizer.description)")
      }
      let gradients = zip(experiment.task.model.parameters, step.own).map { parameter, own in
        moment.tensors.tensor(
          TensorTag(layer: parameter.layer, operation: parameter.name, kind: .weightGradient)
        )?.doubles.map { $0 * 1024 } ?? own.doubles.map { _ in 0 }
      }
      let exact = step.moves(gradients, .none, threads: 1)
      let end = reference.twin(.fp64).probe(
        moment.batch, step: moment.step, from: moment.state, threads: 1, observer: nil
      ).weights
      let pairs = zip(zip(end, moment.state.weights), exact)
      for ((end, start), exact) in pairs {
        for ((x, y), move) in zip(zip(end.doubles, start.doubles), exact) {
          #expect((move - (x - y)).magnitude <= 1e-3 * optimizer.learningRate + 1e-12)
        }
      }
    }
  }

  @Test("Sources of the optimizer's part are those that the policy's rule names")
  func optimizerSources() throws {
    func sources(_ policy: Policy) throws -> [RoundingSource] {
      step(policy, try Fixture.transformer([policy])).0.optimizerSources
    }
    #expect(try sources(.fp32) == [.optimizerArithmetic, .optimizerState, .weightUpdates])
    #expect(
      try sources(.fp16Pure) == [.constants, .optimizerArithmetic, .optimizerState, .weightUpdates])
    #expect(
      step(.fp16Pure, try Fixture.mlp([.fp16Pure])).0.optimizerSources
        == [.constants, .optimizerArithmetic, .weightUpdates])
  }

  @Test("Each source of a policy changes bits by itself, and no other does")
  func eachAlone() throws {
    for policy in [Policy.fp16AMP, .bf16Pure, .fp8Hybrid, .fp16Strict, .fp32] {
      let (step, _) = step(policy, try Fixture.transformer([policy]))
      let none = step.forward(.none, threads: 1).gradients(.none)
      for source in RoundingSource.allCases {
        let alone = RoundingSwitches([.init(source)])
        let found = step.forward(alone, threads: 1).gradients(alone)
        // A range changes nothing where no value leaves it.
        if source == .gradientRange, found == none { continue }
        #expect((found != none) == step.sources.contains(source), "\(policy.name) \(source)")
      }
    }
  }

  @Test("Sources of presets are those that their definitions name")
  func sources() throws {
    func sources(_ policy: Policy) throws -> [RoundingSource] {
      step(policy, try Fixture.transformer([policy])).0.sources
    }
    #expect(
      try sources(.fp32) == [
        .weights, .sums, .elementwise, .gradientSums, .gradientElementwise,
      ])
    #expect(
      try sources(.fp16AMP) == [
        .weights, .weightCasts, .activationCasts, .sums, .elementwise, .outputs, .gradientSums,
        .gradientElementwise, .gradientOutputs, .gradientRange,
      ])
    #expect(try sources(.fp8Hybrid).contains(.gradientCasts))
    #expect(
      try sources(.bf16Pure) == [
        .weights, .sums, .elementwise, .outputs, .gradientSums, .gradientElementwise,
        .gradientOutputs,
      ])
  }

  @Test("A source switched on in every layer, one by one, is the source switched on")
  func layers() throws {
    let experiment = try Fixture.transformer([.fp16AMP])
    let (step, _) = step(.fp16AMP, experiment)
    let layers = Set(
      experiment.task.operations.map(\.layer) + experiment.task.model.parameters.map(\.layer))
    let all = RoundingSwitches(
      RoundingSource.allCases.flatMap { source in layers.map { .init(source, layer: $0) } })
    let found = step.forward(all, threads: 1).gradients(all)
    #expect(found == step.own.map(\.doubles))
  }

  @Test("Rounding to odd, then to a format, is one rounding")
  func roundingToOdd() {
    for format in [Format.fp16, .bf16, .e4m3, .tf32] {
      let kernel = Kernel<Float>(rule: OperationRule(), context: StepContext())
      var values: [Double] = []
      let half = Double(sign: .plus, exponent: -format.precision, significand: 1)
      for i in 0..<2000 {
        // Middles of the format's numbers, and FP64's neighbours of them.
        let middle: Double = 1 + Double(2 * i + 1) * half
        let small: Double = middle * 0x1p-14
        values += [middle, middle.nextUp, middle.nextDown, small, small.nextUp]
      }
      let tensor = Kernel<Double>.tensor([values.count], as: .fp64, StepContext()) { values[$0] }
      let rounded = tensor.rounded(to: .format(format), kernel.rule, kernel.context).doubles
      for (x, y) in zip(values, rounded) {
        #expect(format.rounded(x) == y, "\(format) \(x)")
      }
    }
  }
}

extension Format {
  /// x rounded once to nearest even, by the spacing of the format's numbers around it.
  fileprivate func rounded(_ x: Double) -> Double {
    let exponent = max(Int(x.exponent), minExponent) - precision + 1
    let ulp = Double(sign: .plus, exponent: exponent, significand: 1)
    return min((x / ulp).rounded(.toNearestOrEven) * ulp, Double(value(largestFinite)))
  }

  private func value(_ encoding: UInt32) -> Double {
    let fraction = Double(encoding & fractionMask) / Double(fractionMask + 1)
    return Double(sign: .plus, exponent: maxExponent, significand: 1 + fraction)
  }
}
