// SPDX-License-Identifier: Apache-2.0
import Formats
import Foundation
import MPFROracle
import Measurements
import SoftFloat
import Testing

@testable import Datasets
@testable import Models
@testable import Network
@testable import Policies
@testable import Randomness
@testable import Twins

@Suite struct LSTMTests {
  // Of these sizes every example is worth a thread.
  private let time = 5
  private let batch = 5
  private let inputs = 3
  private var units = 32
  private let random = RandomStream(seed: 29, purpose: .weights)

  private func tensor<N: Number>(
    _ shape: [Int], as precision: Precision, _ seed: Int, times factor: Double = 1, _: N.Type
  ) -> Tensor {
    Kernel<N>.tensor(shape, as: precision, StepContext()) {
      random.normal(UInt64($0 + seed << 32)) * factor
    }
  }

  private func operands<N: Number>(
    _ precision: Precision, times factor: Double = 0.5, _: N.Type
  ) -> [Tensor] {
    [[time, batch, inputs], [inputs, 4 * units], [units, 4 * units], [4 * units]].enumerated().map {
      tensor($1, as: precision, $0, times: factor, N.self)
    }
  }

  /// The tensors of both passes, the output first.
  private func passes<N: Number>(
    _ operands: [Tensor], _ rule: OperationRule, threads: Int, as gradients: Precision, _: N.Type
  ) -> [Tensor?] {
    let context = StepContext(threads: threads, isMeasuring: true)
    let kernel = Kernel<N>(rule: rule, context: context)
    let result = LSTM().forward(operands, kernel)
    let pass = ForwardPass(
      inputs: operands, output: result.output, saved: result.saved,
      needsGradient: operands.map { _ in true })
    let dy = tensor(result.output.shape, as: gradients, 9, N.self)
    return [result.output] + result.saved + LSTM().backward(dy, pass, kernel)
  }

  @Test("The recurrence and its gradients are those of the definition, one example at a time")
  func definition() {
    let rule = Policy.fp64.rule
    let operands = operands(.fp64, Double.self)
    let ours = passes(operands, rule, threads: 1, as: .fp64, Double.self).map { $0?.doubles ?? [] }
    let (x, w, u, b) = (
      operands[0].doubles, operands[1].doubles, operands[2].doubles, operands[3].doubles
    )
    /// The outputs of one example.
    func outputs(_ example: Int, _ x: [Double]) -> [Double] {
      var (h, c) = ([Double](repeating: 0, count: units), [Double](repeating: 0, count: units))
      return (0..<time).flatMap { t -> [Double] in
        let gates = (0..<4 * units).map { j -> Double in
          var sum = b[j]
          for i in 0..<inputs {
            sum += x[(t * batch + example) * inputs + i] * w[i * 4 * units + j]
          }
          for k in 0..<units { sum += h[k] * u[k * 4 * units + j] }
          return j / units == 2 ? tanh(sum) : 1 / (1 + exp(-sum))
        }
        for k in 0..<units {
          c[k] = gates[units + k] * c[k] + gates[k] * gates[2 * units + k]
          h[k] = gates[3 * units + k] * tanh(c[k])
        }
        return h
      }
    }
    for example in 0..<batch {
      let expected = outputs(example, x)
      for t in 0..<time {
        for k in 0..<units {
          let value = ours[0][(t * batch + example) * units + k]
          #expect((value - expected[t * units + k]).magnitude < 1e-14)
        }
      }
    }
    // dX by central differences of the sum of h dy, for the last example.
    let dy = tensor([time, batch, units], as: .fp64, 9, Double.self).doubles
    func weighted(_ x: [Double]) -> Double {
      outputs(batch - 1, x).enumerated().reduce(0) { sum, value in
        let (t, k) = value.offset.quotientAndRemainder(dividingBy: units)
        return sum + value.element * dy[(t * batch + batch - 1) * units + k]
      }
    }
    for t in 0..<time {
      for i in 0..<inputs {
        let position = (t * batch + batch - 1) * inputs + i
        func moved(_ by: Double) -> [Double] {
          var x = x
          x[position] += by
          return x
        }
        let slope = (weighted(moved(1e-5)) - weighted(moved(-1e-5))) / 2e-5
        #expect((ours[3][position] - slope).magnitude < 1e-7)
      }
    }
  }

  @Test("Both passes are the same bytes on one thread and on more, whatever rounds")
  func threads() {
    let unit = OperationRule(
      operands: .fp16, gradients: .fp16,
      accumulation: Accumulation(.fp32, .fused, .matrixUnit(.hopper)), output: .fp32,
      gradientOutput: .fp32)
    var stochastic = OperationRule(output: .bf16, gradientOutput: .bf16)
    stochastic.rounding = .stochastic(bits: Rounding.defaultStochasticBits, seed: 3)
    func check<N: Number>(
      _ name: String, _ rule: OperationRule, _ precision: Precision, _: N.Type,
      of sizes: LSTMTests? = nil
    ) {
      let sizes = sizes ?? self
      let operands = sizes.operands(precision, N.self)
      let alone = sizes.passes(operands, rule, threads: 1, as: precision, N.self)
      for threads in [2, 3, batch, batch + 2] {
        let others = sizes.passes(operands, rule, threads: threads, as: precision, N.self)
        for (index, (a, b)) in zip(alone, others).enumerated() {
          #expect(a?.doubles == b?.doubles && a?.range == b?.range, "\(name) \(index) \(threads)")
        }
      }
    }
    check("fp64", Policy.fp64.rule, .fp64, Double.self)
    check("fp32", OperationRule(), .fp32, Float.self)
    check("strict", OperationRule(compute: .fp16), .fp16, Narrow16.self)
    check("unit", unit, .fp16, Float.self)
    check("stochastic", stochastic, .bf16, Float.self)
    // Weights that no thread keeps in its cache: threads meet at every time step.
    var wide = self
    wide.units = 184
    check("wide", stochastic, .bf16, Float.self, of: wide)
    check("wide unit", unit, .fp16, Float.self, of: wide)
    check("mpfr", Policy.mpfr(bits: 80).rule, .mpfr(bits: 80), Real.self)
    for order in [
      Accumulation.Order.pairwise(leaf: 4), .chunked(terms: 4, sums: .fp32),
      .splitK(parts: 3, sums: .fp32),
    ] {
      let rule = OperationRule(accumulation: Accumulation(.fp32, .fused, order), output: .fp16)
      check("\(order)", rule, .fp16, Float.self)
    }
  }

  @Test("What the format of the output loses is counted where the output is rounded")
  func counts() throws {
    let rule = OperationRule(output: .fp16, gradientOutput: .fp16)
    /// The outputs where inputs and h U are zero and the output gate's argument is the given one.
    func output(_ argument: Double) throws -> Tensor {
      var operands = operands(.fp16, times: 0, Float.self)
      operands[3] = Kernel<Float>.tensor([4 * units], as: .fp16, StepContext()) {
        $0 / units == 2 ? 0x3p-24 : $0 / units == 3 ? argument : 0
      }
      return try #require(passes(operands, rule, threads: 2, as: .fp16, Float.self)[0])
    }
    // Cells of 1.5 and then 2.5 2^-24 are ties and become 2^-23, half of which FP16 has and less
    // than a quarter not.
    let kept = try output(0)
    #expect(kept.range?.nonzero == kept.count && kept.range?.zeroed == 0)
    #expect(kept.doubles.allSatisfy { $0 == 0x1p-24 })
    let lost = try output(-4)
    #expect(lost.range?.nonzero == lost.count && lost.range?.zeroed == lost.count)
    #expect(lost.doubles.allSatisfy { $0 == 0 })
  }
}
