// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements
import Testing

@testable import Datasets
@testable import Models
@testable import Network
@testable import Policies
@testable import Twins

/// An operation's own error is told from that of its operands, and a step's from what came before.
@Suite struct ErrorOriginTests {
  private func run(_ policies: [Policy], steps: Int = 4) throws -> TrainingRun {
    try Fixture.experiment(policies, steps: steps, localEvery: 1).run()
  }

  private func origins(
    _ policy: PolicyRun, _ mode: ComparisonMode = .local
  ) -> [TensorTag: ErrorOrigin] {
    Dictionary(
      policy.tensors.filter { $0.mode == mode }.compactMap { series in
        series.points.first?.origin.map { (series.tag, $0) }
      }
    ) { first, _ in first }
  }

  @Test("A twin of the reference's arithmetic adds nothing, forward and backward")
  func none() throws {
    let run = try run([.fp64])
    let all = origins(run.policies[0])
    #expect(all.count > 10)
    for (tag, origin) in all {
      #expect(origin.addedSquares == 0 && origin.inheritedSquares == 0, "\(tag)")
    }
  }

  @Test("The first operation inherits nothing but its weights' rounding; later ones do")
  func inheritance() throws {
    let run = try run([.bf16AMP])
    let all = origins(run.policies[0])
    func origin(_ layer: String, _ operation: String, _ kind: TensorKind) throws -> ErrorOrigin {
      try #require(all[TensorTag(layer: layer, operation: operation, kind: kind)])
    }
    // FP32 master weights: the embedding is the reference's own.
    #expect(try origin("embedding", "embedding", .activation).inherited == 0)
    #expect(try origin("embedding", "embedding", .activation).added == 0)
    // A cast adds its rounding and inherits nothing new.
    let cast = try origin("hidden1", "input-cast", .activation)
    #expect(cast.inherited == 0)
    let added = try #require(cast.added)
    #expect(added > 0x1p-11 && added < 0x1p-8)
    // A product of narrow operands inherits their roundings and adds that of its result.
    let linear = try origin("output", "linear", .activation)
    #expect(try #require(linear.added) > 0x1p-11 && #require(linear.added) < 0x1p-8)
    #expect(try #require(linear.inherited) > 0x1p-11)
    let gradient = try origin("hidden1", "linear", .activationGradient)
    #expect(try #require(gradient.inherited) > 0x1p-11)
  }

  @Test("Inherited and added errors make up the deviation")
  func sum() throws {
    for policy in try run([.fp32, .fp16AMP, .bf16Pure, .fp8Hybrid]).policies {
      for series in policy.tensors {
        for point in series.points {
          guard let origin = point.origin, origin.nonFinite == 0 else { continue }
          let whole = point.deviation.differenceSquares.squareRoot()
          let parts = (origin.addedSquares.squareRoot(), origin.inheritedSquares.squareRoot())
          #expect(whole <= (parts.0 + parts.1) * (1 + 1e-12), "\(series.tag)")
          #expect(whole >= (parts.0 - parts.1).magnitude * (1 - 1e-9) - 1e-300, "\(series.tag)")
        }
      }
    }
  }

  @Test("The pushes of all values add up to the error of the step's loss, at first order")
  func pushes() throws {
    let run = try run([.bf16AMP, .fp16AMP, .fp8Hybrid], steps: 1)
    for policy in run.policies {
      let values = origins(policy)
      let pushes = values.compactMapValues(\.push)
      #expect(pushes.keys.contains { $0.kind == .weight })
      #expect(!pushes.keys.contains { $0.kind.direction == .backward })
      let loss = try #require(policy.steps.first?.loss)
      let exact = try #require(run.reference.steps.first?.loss)
      if policy.policy.name != "fp16-amp" {
        #expect((loss - exact).magnitude > exact * 0x1p-18, "no error to compare with")
      }
      let sum = pushes.values.reduce(0, +)
      // The second order: the square of an error of 2^-8, or of 2^-4, beside the first.
      let share = policy.policy.name == "fp8-hybrid" ? 0.5 : 0.05
      // The loss itself is a number of FP32.
      let allowed = share * (loss - exact).magnitude + exact * 0x1p-23
      #expect(
        (sum - (loss - exact)).magnitude <= allowed,
        "\(policy.policy.name): \(sum) of \(loss - exact)")
    }
  }

  @Test("FP8's tensors are recorded as they are stored, casts of gradients among them")
  func scaledCasts() throws {
    let policy = try run([.fp8Hybrid]).policies[0]
    func series(_ layer: String, _ operation: String, _ kind: TensorKind) throws -> TensorSeries {
      try #require(
        policy.tensors.first {
          $0.tag == TensorTag(layer: layer, operation: operation, kind: kind) && $0.mode == .local
        })
    }
    for (series, format) in [
      (try series("hidden1", "input-cast", .activation), Format.e4m3),
      (try series("hidden1", "weight-cast", .weight), .e4m3),
      (try series("hidden1", "linear", .activationGradient), .e5m2),
    ] {
      #expect(series.format == format.id)
      // The scale brings the largest magnitude into the last binade.
      #expect(series.exponents.bins.last?.exponent == format.maxExponent, "\(series.tag)")
      let origin = try #require(series.points.first?.origin)
      let unit = Double(sign: .plus, exponent: -format.fractionBits - 1, significand: 1)
      #expect(try #require(origin.added) > unit / 8 && #require(origin.added) < 2 * unit)
      #expect(try #require(origin.bias.signed.mean).magnitude < 0.25, "\(series.tag)")
      #expect(series.totalRange.overflow == 0 && series.totalRange.elements > 0)
    }
  }

  @Test("Stochastic rounding leaves no bias where rounding to nearest has one")
  func bias() {
    // Every y* lies a quarter of an ulp above a number of FP16: to nearest all errors are -1/4 ulp.
    let exact = (0..<4096).map { 1 + (Double($0 % 1000) + 0.25) * 0x1p-10 }
    let rounded = exact.map { Double(Float16($0)) }
    var bias = RoundingBias()
    exact.withUnsafeBufferPointer { exact in
      rounded.withUnsafeBufferPointer { bias.add(result: $0, exact: exact, format: .fp16) }
    }
    #expect(bias.signed.count == 4096 && bias.signed.mean == -0.25)
    #expect(bias.signed.zScore == nil, "errors without variance")
    // -4.703990459442139 becomes -4.71875 in BF16: an error of -0.014759540557861328, or -0.47 ulp.
    var step = RoundingBias()
    [-4.703990459442139].withUnsafeBufferPointer { exact in
      [-4.71875].withUnsafeBufferPointer { step.add(result: $0, exact: exact, format: .bf16) }
    }
    #expect(step.signed.mean == -0.014759540557861328 * 0x1p5)
  }

  @Test("Truncation of values of both signs has no signed bias, and half an ulp in magnitude")
  func truncation() throws {
    var bias = RoundingBias()
    let exact = (0..<4096).map { i -> Double in
      let (sign, step) = (i % 2 == 0 ? 1.0 : -1, i / 2)
      let units = Double(step % 500) + Double(step % 16) / 16
      return sign * (1 + units * 0x1p-10)
    }
    // What underflows is in the signed mean alone: 2^-25 becomes zero, half an ulp below.
    let values = exact + [0x1p-25]
    let results = exact.map { ($0 * 0x1p10).rounded(.towardZero) * 0x1p-10 } + [0]
    values.withUnsafeBufferPointer { exact in
      results.withUnsafeBufferPointer { bias.add(result: $0, exact: exact, format: .fp16) }
    }
    #expect(bias.signed.count == 3841 && bias.signed.mean == -0.5 / 3841)
    #expect(bias.magnitude.count == 3840 && bias.magnitude.mean == -0.5)
    #expect(try #require(bias.magnitude.zScore) < -90)
  }

  @Test("What a step does to the weights' distance is its direct part and its feedback")
  func driftChange() throws {
    let run = try run([.fp64, .fp16AMP, .bf16Pure, .bf16Kahan], steps: 6)
    for policy in run.policies {
      for record in policy.steps {
        let change = try #require(record.driftChange)
        let sum =
          change.directSquares + change.feedbackSquares + 2 * change.products
        let scale = max(change.directSquares, change.feedbackSquares)
        #expect((sum - change.totalSquares).magnitude <= 1e-9 * scale, "\(policy.policy.name)")
        #expect(change.stepSquares > 0)
        if policy.policy.name == "fp64" { #expect(scale == 0) }
      }
    }
    // Where the twin's state is the reference's, there is nothing to feed back.
    let first = try #require(run.policies[1].steps.first { !$0.skipped }?.driftChange)
    #expect(run.policies[1].steps[0].driftChange?.feedbackSquares == 0)
    #expect(first.directSquares > 0)
  }
}
