// SPDX-License-Identifier: Apache-2.0
import MPFROracle
import SoftFloat
import Testing

@testable import Datasets
@testable import Models
@testable import Network
@testable import Policies
@testable import Randomness
@testable import Twins

/// Attention a tile of keys at a time.
@Suite struct TiledAttentionTests {
  private let random = RandomStream(seed: 17, purpose: .weights)

  /// The output and the input's gradient of an attention of heads of 16 over normal inputs.
  private func attend<N: Number>(
    _: N.Type, _ rule: OperationRule, _ precision: Precision, tile: Int?, context: Int,
    batch: Int = 1, heads: Int = 2, size: Int = 16, threads: Int = 1
  ) -> (output: [Double], gradient: [Double]) {
    let step = StepContext(threads: threads)
    let kernel = Kernel<N>(rule: rule, context: step)
    let x = Kernel<N>.tensor([batch, context, 3 * heads * size], as: precision, step) {
      random.normal(UInt64($0))
    }
    let dO = Kernel<N>.tensor([batch, context, heads * size], as: precision, step) {
      random.normal(UInt64($0) + 1 << 40)
    }
    func pass(_ primitive: some Primitive) -> ([Double], [Double]) {
      let result = primitive.forward([x], kernel)
      let pass = ForwardPass(
        inputs: [x], output: result.output, saved: result.saved, needsGradient: [true])
      let gradient = primitive.backward(dO, pass, kernel)[0]
      return (result.output.doubles, gradient?.doubles ?? [])
    }
    return tile.map { pass(TiledAttention(heads: heads, tile: $0)) }
      ?? pass(Attention(heads: heads))
  }

  private func relative(_ x: [Double], _ y: [Double]) -> Double {
    let error = zip(x, y).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    return (error / y.reduce(0) { $0 + $1 * $1 }).squareRoot()
  }

  @Test("In FP64 every tile gives plain attention's output and gradients, to 10^-15")
  func equalsPlain() {
    let plain = attend(Double.self, Policy.fp64.rule, .fp64, tile: nil, context: 37, batch: 2)
    for tile in [1, 2, 5, 16, 36, 37, 65_536] {
      let tiled = attend(Double.self, Policy.fp64.rule, .fp64, tile: tile, context: 37, batch: 2)
      #expect(relative(tiled.output, plain.output) < 1e-15, "\(tile)")
      #expect(relative(tiled.gradient, plain.gradient) < 1e-15, "\(tile)")
    }
  }

  @Test("At 150 bits they are the same numbers once they are rounded to FP64")
  func equalsPlainInMPFR() {
    let rule = Policy.mpfr(bits: 150).rule
    func values(_ tile: Int?) -> [[Double]] {
      let (output, gradient) = attend(
        Real.self, rule, .mpfr(bits: 150), tile: tile, context: 7, size: 3)
      return [output, gradient]
    }
    let plain = values(nil)
    for tile in [1, 3, 7] { #expect(values(tile) == plain, "\(tile)") }
  }

  @Test("The same bytes on any number of threads, stochastic roundings included")
  func threads() {
    var rule = Policy.bf16Pure.rule
    rule.rounding = .stochastic(bits: 16, seed: 5)
    for tile in [3, 16] {
      func values(_ threads: Int) -> [[Double]] {
        let (output, gradient) = attend(
          Float.self, rule, .bf16, tile: tile, context: 96, batch: 2, heads: 3, threads: threads)
        return [output, gradient]
      }
      let alone = values(1)
      for threads in [2, 5] { #expect(values(threads) == alone) }
    }
  }

  /// The relative L2 distance of a BF16 attention's output from plain attention's and from FP64's.
  private func deviation(
    _ rule: OperationRule, tile: Int, context: Int
  ) -> (fromPlain: Double, error: Double, errorOfPlain: Double) {
    func output(_ tile: Int?) -> [Double] {
      rule.compute == .bf16
        ? attend(NarrowB16.self, rule, .bf16, tile: tile, context: context).output
        : attend(Float.self, rule, .bf16, tile: tile, context: context).output
    }
    let exact = attend(Double.self, Policy.fp64.rule, .fp64, tile: nil, context: context).output
    let (plain, tiled) = (output(nil), output(tile))
    return (relative(tiled, plain), relative(tiled, exact), relative(plain, exact))
  }

  @Test("12. With every primitive in BF16 it deviates with the context, and less with larger tiles")
  func deviationOfStrictBF16() {
    // arXiv 2405.02803 rounds every primitive: the error grows with the number of rescalings.
    let rule = Policy.bf16Strict.rule
    let contexts = [32, 128, 512].map { deviation(rule, tile: 16, context: $0).fromPlain }
    #expect(contexts[1] > 1.3 * contexts[0] && contexts[2] > 1.4 * contexts[1], "\(contexts)")
    let tiles = [1, 4, 16].map { deviation(rule, tile: $0, context: 512) }
    #expect(tiles[0].fromPlain > tiles[1].fromPlain, "\(tiles)")
    #expect(tiles[1].fromPlain > tiles[2].fromPlain, "\(tiles)")
    #expect(tiles[0].error > tiles[1].error && tiles[1].error > tiles[2].error, "\(tiles)")
  }

  @Test("With FP32 inside, tiles make no difference, and whole rows of BF16 scores are less exact")
  func deviationOfBF16() {
    let rule = Policy.bf16AMP.rule(.attention, layer: "")
    let contexts = [32, 128, 512].map { deviation(rule, tile: 16, context: $0).fromPlain }
    #expect(contexts[1] > 1.1 * contexts[0] && contexts[2] > 1.1 * contexts[1], "\(contexts)")
    let tiles = [1, 4, 16, 64, 256].map { deviation(rule, tile: $0, context: 512) }
    for tile in tiles {
      #expect((tile.fromPlain / tiles[0].fromPlain - 1).magnitude < 0.05, "\(tiles)")
      #expect(tile.error < 0.85 * tile.errorOfPlain, "\(tiles)")
    }
  }
}
