// SPDX-License-Identifier: Apache-2.0
import Formats
import Foundation
import MPFROracle
import Testing

@testable import Network
@testable import Policies

@Suite("Layers and losses among which a model chooses")
struct ChosenLayerTests {
  @Test("Every FP64 gradient is the central difference of the output")
  func differences() {
    for layer in ChosenLayer.all {
      let error = layer.gradientError()
      #expect(error < 5e-9, "\(layer.name): \(error)")
    }
  }

  /// The largest difference of two results' values, output and gradients, as a share of the largest
  /// magnitude of each tensor.
  private func distance(_ a: PrimitiveCase.Result, _ b: PrimitiveCase.Result) -> Double {
    var pairs: [([Double], [Double])] = [(a.output, b.output)]
    for (x, y) in zip(a.gradients, b.gradients) { pairs.append((x ?? [], y ?? [])) }
    var worst = 0.0
    for (x, y) in pairs {
      guard !x.isEmpty, x.count == y.count else { return .infinity }
      var (error, largest) = (0.0, 0.0)
      for i in x.indices {
        error = max(error, (x[i] - y[i]).magnitude)
        largest = max(largest, y[i].magnitude)
      }
      worst = max(worst, error / largest)
    }
    return worst
  }

  @Test("Outputs and gradients in FP64, FP32 and rounded primitives are MPFR's but for roundings")
  func references() {
    for layer in ChosenLayer.all {
      let exact = layer.evaluate(
        Real.self, Policy.mpfr(bits: 150).rule, as: .mpfr(bits: 150))
      let short = layer.evaluate(Real.self, Policy.mpfr(bits: 53).rule, as: .mpfr(bits: 53))
      let (own, of53) = (distance(layer.exact(), exact), distance(short, exact))
      #expect(own > 0 && own < 0x1p-49, "\(layer.name) \(own)")
      #expect(of53 > 0 && of53 < 0x1p-49, "\(layer.name) \(of53)")
      let single = layer.evaluate(Float.self, Policy.fp32.rule, as: .fp32)
      // The gradients of losses get 1 or an exact number, all others the same weights.
      #expect(distance(single, exact) < 0x1p-20, "\(layer.name)")
      let half = layer.evaluate(Narrow16.self, Policy.fp16Strict.rule, as: .fp16)
      #expect(distance(half, exact) < 0x1p-7, "\(layer.name) \(distance(half, exact))")
      let brief = layer.evaluate(NarrowB16.self, Policy.bf16Strict.rule, as: .bf16)
      #expect(distance(brief, exact) < 0x1p-4, "\(layer.name) \(distance(brief, exact))")
    }
  }

  /// What PyTorch made of the same operands, as layers.py has written it.
  private struct PeerTable: Decodable {
    struct Row: Decodable {
      let output: [Double]
      let gradients: [[Double]]
    }
    let cases: [String: Row]
  }

  @Test("Outputs and gradients are PyTorch's in FP64 to 10^-12, as layers.json has them")
  func peers() throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../../Experiments/peers/pytorch/layers.json").standardized
    let table = try JSONDecoder().decode(PeerTable.self, from: Data(contentsOf: file))
    #expect(Set(table.cases.keys) == Set(ChosenLayer.all.map(\.name)))
    for layer in ChosenLayer.all {
      let row = try #require(table.cases[layer.name])
      let inputs = layer.shapes.enumerated().map { (k: Int, shape: [Int]) -> [Double] in
        let count: Int = shape.reduce(1, *)
        return (0..<count).map { (i: Int) -> Double in
          let step: Int = (37 * i + 11 * k) % 101
          return Double(step - 50) / 32
        }
      }
      let expected = PrimitiveCase.Result(
        output: row.output, shape: [], gradients: row.gradients)
      let error = distance(layer.exact(inputs), expected)
      #expect(error < 1e-12, "\(layer.name): \(error)")
    }
  }

  @Test("Equal bytes on one, two and seven threads")
  func threads() {
    for layer in ChosenLayer.large {
      func results(_ threads: Int) -> [PrimitiveCase.Result] {
        [
          layer.evaluate(Float.self, Policy.fp32.rule, as: .fp32, threads: threads),
          layer.evaluate(Narrow16.self, Policy.fp16Strict.rule, as: .fp16, threads: threads),
        ]
      }
      let alone = results(1)
      for threads in [2, 7] {
        for (several, single) in zip(results(threads), alone) {
          // A comparison inside the expectation would print the difference of long arrays.
          let isEqual = several.output == single.output && several.gradients == single.gradients
          #expect(isEqual, "\(layer.name), \(threads) threads")
        }
      }
    }
  }

  @Test("Cosine and sine err by less than an ulp as far as contexts reach")
  func circular() {
    var (worst, word) = (0.0, UInt64(7))
    for i in 0..<40_000 {
      word = word &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      // Angles of positions, and all of 2^-20...2^17.
      let angle =
        i % 2 == 0
        ? Double(word >> 48)
        : Double(sign: i % 4 == 1 ? .plus : .minus, exponent: i % 37 - 20, significand: 1)
          * (1 + Double(word >> 11) * 0x1p-53)
      let (cosine, sine) = CircularFunctions.of(angle)
      let exact = Real(angle).rounded(toPrecision: 120).circular
      worst = max(
        worst, (Real(cosine) - exact.cosine).double.magnitude / cosine.ulp,
        (Real(sine) - exact.sine).double.magnitude / sine.ulp)
    }
    #expect(worst < 1, "\(worst)")
    #expect(CircularFunctions.of(0) == (1, 0))
    #expect(CircularFunctions.of(.infinity).cosine.isNaN)
  }

  @Test("A turned query and key know their distance alone: shifting both changes no product")
  func relative() {
    let layer = PrimitiveCase("rotary", RotaryPositions(heads: 1, size: 8), [[1, 12, 8]])
    // One vector at every position.
    let vector = (0..<8).map { Double($0 * $0 % 7) - 2.5 }
    let turned = layer.exact([(0..<12).flatMap { _ in vector }], gradients: false).output
    func product(_ s: Int, _ t: Int) -> Double {
      (0..<8).reduce(0) { $0 + turned[s * 8 + $1] * turned[t * 8 + $1] }
    }
    for shift in 1..<6 {
      #expect((product(0, 4) - product(shift, 4 + shift)).magnitude < 1e-13)
    }
    #expect((product(0, 4) - product(0, 5)).magnitude > 0.01)
    #expect(Array(turned[..<8]) == vector)
  }

  @Test("Rotary angles in BF16: positions beyond 256 fall together, and far ones turn wrongly")
  func narrowAngles() {
    let layer = PrimitiveCase("rotary", RotaryPositions(heads: 1, size: 16), [[1, 1024, 16]])
    let exact = layer.exact(gradients: false).output
    func error(_ output: [Double], _ t: Int) -> Double {
      var (difference, norm) = (0.0, 0.0)
      for i in t * 16..<(t + 1) * 16 {
        difference += (output[i] - exact[i]) * (output[i] - exact[i])
        norm += exact[i] * exact[i]
      }
      return (difference / norm).squareRoot()
    }
    let strict = layer.evaluate(
      NarrowB16.self, Policy.bf16Strict.rule, as: .bf16, gradients: false
    ).output
    let stored = layer.evaluate(
      Float.self, Policy.bf16Pure.rule, as: .bf16, gradients: false
    ).output
    // Angles in FP32 lose nothing that BF16 results would show.
    #expect((0..<1024).allSatisfy { error(stored, $0) < 0x1p-7 })
    #expect((0..<8).allSatisfy { error(strict, $0) < 0.03 })
    let far: [Double] = (512..<1024).map { error(strict, $0) }
    #expect(far.reduce(0, +) / 512 > 0.3)
  }

  @Test("The squares of 300 leave FP16: a root mean square is infinite where a deviation is not")
  func squares() {
    let rows: [[Double]] = [(0..<16).map { (i: Int) -> Double in Double(300 + i % 2 * 2) }]
    let ones = [Double](repeating: 1, count: 16)
    let rms = PrimitiveCase("rms", RMSNormalization(), [[1, 16], [16]])
    let layer = PrimitiveCase("layer", LayerNormalization(), [[1, 16], [16], [16]])
    let rule = Policy.fp16Strict.rule
    let y = rms.evaluate(
      Narrow16.self, rule, as: .fp16, inputs: rows + [ones], gradients: false
    ).output
    #expect(y.allSatisfy { $0 == 0 })
    let centred = layer.evaluate(
      Narrow16.self, rule, as: .fp16, inputs: rows + [ones, ones.map { _ in 0 }], gradients: false
    ).output
    #expect(centred.allSatisfy { ($0.magnitude - 1).magnitude < 0x1p-9 })
  }

  @Test("An epsilon of 1e-8 is zero in FP16: a row of equal numbers has no finite norm")
  func epsilon() {
    let inputs = [[Double](repeating: 0, count: 8), [Double](repeating: 1, count: 8)]
    func output(_ epsilon: Double) -> [Double] {
      PrimitiveCase("rms", RMSNormalization(epsilon: epsilon), [[1, 8], [8]])
        .evaluate(
          Narrow16.self, Policy.fp16Strict.rule, as: .fp16, inputs: inputs, gradients: false
        ).output
    }
    #expect(output(1e-8).allSatisfy { $0.isNaN })
    #expect(output(1e-7).allSatisfy { $0 == 0 })
  }
}
