// SPDX-License-Identifier: Apache-2.0
import Formats
import Testing

@testable import Datasets
@testable import Measurements
@testable import Models
@testable import Network
@testable import Policies
@testable import Twins

/// Adaptive loss scaling (arXiv 1910.12385) on the tape.
@Suite("A loss scale for each layer")
struct LayerScaleTests {
  private let context = StepContext()

  /// A rule that scales wherever a gradient is not enormous.
  private static let eager: LayerScaling = {
    var rule = LayerScaling()
    rule.leastMagnitude = 1
    rule.greatestMagnitude = 0x1p60
    return rule
  }()

  private static func policy(_ base: Policy, _ layers: LayerScaling?) -> Policy {
    var policy = base
    policy.lossScaling = .fixed(1)
    policy.lossScaling?.layers = layers
    return policy
  }

  private func range(_ values: [Double]) -> LayerScaling.ValueRange {
    .init(
      meanSquare: values.reduce(0) { $0 + $1 * $1 } / Double(values.count),
      largest: values.map(\.magnitude).max() ?? 0)
  }

  @Test("A layer's scale is that of the authors' get_loss_scale_by_approx_range, floored")
  func authorsScales() {
    // Their lines in NumPy: g (n, o) of ((7 k) mod 11 - 5) a, W (o, i) of ((5 k) mod 13 - 6) b;
    // 51.17, 52398, 3069.1, 1, 0.00952, 1.
    let rows: [(n: Int, o: Int, i: Int, a: Double, b: Double, exponent: Int)] = [
      (4, 3, 5, 0x1p-20, 0x1p-4, 5), (4, 3, 5, 0x1p-30, 0x1p-4, 15),
      (8, 64, 16, 0x1p-24, 0x1p-8, 11), (2, 7, 3, 1, 1, 0), (2, 7, 3, 512, 64, -7),
      (3, 2, 2, 0x1p-12, 0x1p-3, 0),
    ]
    for row in rows {
      let g = (0..<row.n * row.o).map { Double((7 * $0) % 11 - 5) * row.a }
      let w = (0..<row.o * row.i).map { Double((5 * $0) % 13 - 6) * row.b }
      let found = LayerScaling().exponent(gradient: range(g), weights: range(w), terms: row.o)
      #expect(found == row.exponent, "\(row)")
    }
    // A gradient without a value that is not zero, and one that has overflowed, are left alone.
    for g in [[0, 0], [.infinity, 1], [.nan, 1]] {
      #expect(LayerScaling().exponent(gradient: range(g), weights: range([1]), terms: 1) == 0)
    }
  }

  /// y = (x W₁) W₂ with a gradient of 2^-24, FP16 products of FP32 parameters: the gradients of x, W₁
  /// and W₂, and k of each gradient on the way by its layer.
  private func twoLayers(
    _ layers: LayerScaling?
  ) throws -> (gradients: [[Double]], exponents: [String: Int]) {
    var exponents: [String: Int] = [:]
    let gradients = try withoutActuallyEscaping({ (event: Tape.Event) in
      if event.kind.direction == .backward { exponents[event.layer] = event.exponent }
    }) { observe in
      var tape = Tape(.fp16Unscaled, context, observe: observe)
      func tensor(_ shape: [Int], _ values: [Double], _ precision: Precision = .fp32) -> Tensor {
        Kernel<Float>.tensor(shape, as: precision, context) { values[$0] }
      }
      let x = tape.parameter(tensor([1, 2], [1, 2]), layer: "x", name: "value")
      let w1 = tape.parameter(
        tensor([2, 2], [0x1p-4, 0x1p-5, 0x1p-6, 0x1p-3]), layer: "first", name: "weight")
      let w2 = tape.parameter(tensor([2, 1], [0.5, 0.25]), layer: "second", name: "weight")
      let y = tape.linear(tape.linear(x, "first", bias: false), "second", bias: false)
      tape.backward(from: y, seed: tensor([1, 1], [0x1p-24], .fp16), layers: layers)
      return try [x, w1, w2].map { try #require(tape.gradient($0)).doubles }
    }
    return (gradients, exponents)
  }

  @Test("Two layers by hand: their scales multiply, and recover what FP16 would make zero")
  func twoLayersByHand() throws {
    // Second layer: σ = 2^-24 sqrt((1/4 + 1/16) / 2) sqrt(1 / 2) = 1.666e-8,
    // 6e-8 / (0.0012533 σ) = 2874: 2^11, which arrives at the first layer.
    // First: g = [2^-14, 2^-15], σ = 2^-14 sqrt(5 / 8) sqrt(1.328125) / 16 = 3.4755e-6: 13.8, 2^3.
    let (gradients, exponents) = try twoLayers(LayerScaling())
    #expect(exponents["second"] == 0 && exponents["first"] == 11 && exponents["x"] == 14)
    // dW₁ = xᵀ (dy W₂ᵀ), dx = dy W₂ᵀ W₁ᵀ: exact.
    // The second layer's own gradient, at most 2^-25.8, has no scale.
    #expect(gradients[2] == [0, 0])
    #expect(gradients[1] == [0x1p-25, 0x1p-26, 0x1p-24, 0x1p-25])
    #expect(gradients[0] == [0x1p-29 + 0x1p-31, 0x1p-31 + 0x1p-29])
    // 2^-25 and less are zero in FP16.
    let unscaled = try twoLayers(nil)
    #expect(unscaled.gradients[1] == [0, 0, 0, 0] && unscaled.gradients[0] == [0, 0])
    #expect(Set(unscaled.exponents.values) == [0])
  }

  /// The models: layers in a row, residual branches, convolutions.
  private func tasks() throws -> [TrainingTask] {
    let digits = NamedImages(generated: .digits, count: 4, seed: 1, threads: 1)
    return [
      .mlp(try Fixture.text(), batch: 5, context: 4, embedding: 3, hidden: [8, 6]),
      .transformer(
        try Fixture.text(context: 5), batch: 2, context: 5, width: 8, blocks: 1, heads: 2),
      try .cnn(digits, batch: 2, widths: [2, 2], blocks: 1),
    ]
  }

  /// The gradients of a policy's first step, and how many tensors carried a scale of layers.
  private func step(
    _ policy: Policy, _ task: TrainingTask
  ) -> (gradients: [[Double]], scaled: Int) {
    let model = task.model
    var scaled = 0
    let twin = Fixture.twin(policy, model)
    let passes = twin.differentiate(
      task.batches(11).batch(step: 1), from: twin.state, twin.scaler,
      twin.context(step: 1, threads: 1, isMeasuring: true),
      StepObserver(
        tensor: {
          if $0.tag.kind.direction == .backward, $0.exponent != 0 { scaled += 1 }
        }, update: { _ in }))
    return (passes.gradients.map(\.doubles), scaled)
  }

  private func bits(_ gradients: [[Double]]) -> [[UInt64]] {
    gradients.map { $0.map(\.bitPattern) }
  }

  @Test("Powers of two change no bit where nothing is subnormal and nothing overflows")
  func sameBits() throws {
    for task in try tasks() {
      let plain = step(Self.policy(.fp32, nil), task)
      let scaled = step(Self.policy(.fp32, Self.eager), task)
      #expect(plain.scaled == 0 && scaled.scaled > 3)
      #expect(bits(plain.gradients) == bits(scaled.gradients))
    }
  }

  @Test("With all scales 1 a step has the bits of one without scaling")
  func allOne() throws {
    var rule = LayerScaling()
    rule.leastMagnitude = 0
    for base in [Policy.fp16AMP, .fp16Pure, .bf16AMP, .fp8Hybrid] {
      for task in try tasks() {
        let one = step(Self.policy(base, rule), task).gradients
        #expect(bits(one) == bits(step(Self.policy(base, nil), task).gradients), "\(base.name)")
      }
    }
  }

  @Test("A policy with ada-loss keeps gradients that FP16 without scaling makes zero")
  func recovery() throws {
    // A loss of 2^-16 of its size, as the mean over many more examples would be.
    let task = try tasks()[0]
    func error(_ policy: Policy, scale: Float) throws -> Double {
      var policy = policy
      policy.lossScaling?.initial = scale
      // All layers but the last, whose gradients come before any layer's scale.
      let exact = step(Self.policy(.fp64, nil), task).gradients.dropLast(2).joined()
      let found = step(policy, task).gradients.dropLast(2).joined()
      let difference = zip(found, exact).reduce(0) { sum, pair in
        let d = pair.0 / Double(scale) - pair.1
        return sum + d * d
      }
      return (difference / exact.reduce(0) { $0 + $1 * $1 }).squareRoot()
    }
    let plain = try error(Self.policy(.fp16AMP, nil), scale: 0x1p-16)
    var adaptive = Policy.fp16AMP
    adaptive.lossScaling = .adaLoss
    let recovered = try error(adaptive, scale: 0x1p-16)
    #expect(plain > 0.05)
    #expect(recovered < plain / 4, "\(recovered) beside \(plain)")
  }

  @Test("Errors are measured without the layers' scales: FP64 under them adds and inherits nothing")
  func measured() throws {
    let run = try Fixture.experiment(
      [Self.policy(.fp64, Self.eager)], steps: 2, localEvery: 1
    ).run()
    let series = run.policies[0].tensors
    #expect(series.count > 10)
    for one in series {
      for point in one.points {
        #expect(point.deviation.differenceSquares == 0, "\(one.tag)")
        #expect(point.origin.map { $0.addedSquares == 0 && $0.inheritedSquares == 0 } ?? true)
      }
    }
  }
}
