// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat
import Testing

@testable import Datasets
@testable import Models
@testable import Network
@testable import Policies
@testable import Randomness
@testable import Twins

/// Layers whose products a matrix unit takes, against sums that the unit's definition makes.
@Suite struct MatrixUnitLayersTests {
  private let random = RandomStream(seed: 23, purpose: .weights)

  private func tensor(
    _ shape: [Int], as precision: Precision, _ seed: Int, times factor: Double = 1
  ) -> Tensor {
    Kernel<Float>.tensor(shape, as: precision, StepContext()) {
      random.normal(UInt64($0 + seed << 32)) * factor
    }
  }

  private func floats(_ x: Tensor) -> [Float] { x.doubles.map { Float($0) } }

  /// The walk over terms of two formats.
  private func walk(
    _ a: [Float], _ b: [Float], _ row: MatrixUnitRow, _ formats: (Format, Format)
  ) -> Float {
    stride(from: 0, to: a.count, by: row.terms).reduce(Float(0)) { sum, first in
      func block(_ values: [Float]) -> [Float] {
        let some = Array(values[first..<min(first + row.terms, values.count)])
        return some + [Float](repeating: 0, count: row.terms - some.count)
      }
      return block(a).withUnsafeBufferPointer { a in
        block(b).withUnsafeBufferPointer { b in row.dotAdd(a, b, sum, formats: formats) }
      }
    }
  }

  private func rule(
    _ unit: MatrixUnit, _ operands: Precision, gradients: Precision? = nil,
    sums: Accumulation.SumFormat = .fp32
  ) -> OperationRule {
    OperationRule(
      operands: operands, gradients: gradients ?? operands,
      accumulation: Accumulation(sums, .fused, .matrixUnit(unit)), output: .fp32,
      gradientOutput: .fp32)
  }

  @Test("A linear layer and its gradients are the walks of its unit, FP8 of two formats included")
  func linear() throws {
    let cases: [(MatrixUnit, Precision, Precision)] = [
      (.volta, .fp16, .fp16), (.hopper, .bf16, .bf16), (.cdna3, .fp16, .fp16),
      (.hopper, .format(.e4m3), .format(.e5m2)), (.ampere, .fp32, .fp32),
    ]
    for (unit, operands, gradients) in cases {
      let kernel = Kernel<Float>(
        rule: rule(unit, operands, gradients: gradients), context: StepContext())
      let (x, w) = (tensor([6, 37], as: operands, 1), tensor([37, 11], as: operands, 2))
      let dy = tensor([6, 11], as: gradients, 3)
      let (inner, outer) = (try #require(operands.format), try #require(gradients.format))
      let result = Linear().forward([x, w], kernel)
      let pass = ForwardPass(
        inputs: [x, w], output: result.output, saved: [], needsGradient: [true, true])
      let back = Linear().backward(dy, pass, kernel)
      let (xs, ws, gs) = (floats(x), floats(w), floats(dy))
      let row = try #require(unit.row(inner, inner, accumulator: .fp32))
      let y = floats(result.output)
      let dw = floats(try #require(back[1]))
      for i in 0..<6 {
        for j in 0..<11 {
          let expected = walk(
            Array(xs[i * 37..<(i + 1) * 37]), (0..<37).map { ws[$0 * 11 + j] }, row,
            (inner, inner))
          #expect(y[i * 11 + j] == expected, "\(unit) y \(i) \(j)")
        }
      }
      for k in 0..<37 {
        for j in 0..<11 {
          let expected = walk(
            (0..<6).map { xs[$0 * 37 + k] }, (0..<6).map { gs[$0 * 11 + j] }, row,
            (inner, outer))
          #expect(dw[k * 11 + j] == expected, "\(unit) dw \(k) \(j)")
        }
      }
    }
  }

  @Test("A convolution of one pixel is a linear layer; its images' sums are added in FP32")
  func convolution() throws {
    let kernel = Kernel<Float>(rule: rule(.ampere, .fp16), context: StepContext())
    let (x, w) = (tensor([2, 19, 3, 3], as: .fp16, 4), tensor([5, 19, 1, 1], as: .fp16, 5))
    let dy = tensor([2, 5, 3, 3], as: .fp16, 6)
    let result = Convolution2D().forward([x, w], kernel)
    let pass = ForwardPass(
      inputs: [x, w], output: result.output, saved: [], needsGradient: [true, true])
    let dw = floats(try #require(Convolution2D().backward(dy, pass, kernel)[1]))
    let (xs, ws, gs, y) = (floats(x), floats(w), floats(dy), floats(result.output))
    let row = try #require(MatrixUnit.ampere.row(.fp16, .fp16, accumulator: .fp32))
    for filter in 0..<5 {
      for pixel in 0..<9 {
        let expected = walk(
          Array(ws[filter * 19..<(filter + 1) * 19]),
          (0..<19).map { xs[(19 + $0) * 9 + pixel] }, row, (.fp16, .fp16))
        #expect(y[(5 + filter) * 9 + pixel] == expected)
      }
      for channel in 0..<19 {
        let sums = (0..<2).map { image in
          walk(
            Array(gs[(image * 5 + filter) * 9..<(image * 5 + filter + 1) * 9]),
            Array(xs[(image * 19 + channel) * 9..<(image * 19 + channel + 1) * 9]), row,
            (.fp16, .fp16))
        }
        #expect(dw[filter * 19 + channel] == sums[0] + sums[1])
      }
    }
  }

  @Test("Attention and LSTM round what they read of their own to the unit's formats")
  func ownResults() throws {
    // FP32 between the products: a unit that would read it as it is had no row for it, and would
    // trap.
    for unit in [MatrixUnit.volta, .hopper] {
      let kernel = Kernel<Float>(rule: rule(unit, .fp16), context: StepContext())
      let x = tensor([2, 9, 3 * 2 * 5], as: .fp16, 7)
      let dO = tensor([2, 9, 10], as: .fp16, 8)
      for primitive in [Attention(heads: 2) as any Primitive, TiledAttention(heads: 2, tile: 4)] {
        let result = primitive.forward([x], kernel)
        let pass = ForwardPass(
          inputs: [x], output: result.output, saved: result.saved, needsGradient: [true])
        let gradient = try #require(primitive.backward(dO, pass, kernel)[0])
        #expect(gradient.doubles.allSatisfy(\.isFinite) && result.output.precision == .fp32)
      }
      let inputs = [
        tensor([3, 2, 4], as: .fp16, 9), tensor([4, 12], as: .fp16, 10),
        tensor([3, 12], as: .fp16, 11), tensor([12], as: .fp16, 12),
      ]
      let result = LSTM().forward(inputs, kernel)
      let pass = ForwardPass(
        inputs: inputs, output: result.output, saved: result.saved,
        needsGradient: [true, true, true, true])
      let gradients = LSTM().backward(tensor([3, 2, 3], as: .fp16, 13), pass, kernel)
      #expect(gradients.allSatisfy { $0?.doubles.allSatisfy(\.isFinite) == true })
    }
  }

  @Test("Scaled FP8 operands reach the unit as values of FP8")
  func scaled() throws {
    let policy = try #require(Policy.preset(named: "fp8-hybrid"))
    var rule = policy.rule(.product, layer: "")
    rule.accumulation = Accumulation(.fp32, .fused, .matrixUnit(.hopper))
    let kernel = Kernel<Float>(rule: rule, context: StepContext())
    let cast = Cast(operation: "cast", precision: .format(.e4m3), isScaled: true)
    let x = cast.forward([tensor([4, 40], as: .fp32, 14, times: 0x1p-14)], kernel).output
    let w = cast.forward([tensor([40, 3], as: .fp32, 15, times: 0x1p-9)], kernel).output
    // What they are held as would be subnormal in FP8, or zero.
    #expect(x.scale > 20 && w.scale > 14)
    let y = floats(
      kernel.multiply(.matrix(x), .matrix(w), shape: [4, 3], as: .fp32))
    let factor = Float(sign: .plus, exponent: x.scale, significand: 1)
    let other = Float(sign: .plus, exponent: w.scale, significand: 1)
    let (xs, ws) = (floats(x).map { $0 * factor }, floats(w).map { $0 * other })
    let row = try #require(MatrixUnit.hopper.row(.e4m3, .e4m3, accumulator: .fp32))
    for i in 0..<4 {
      for j in 0..<3 {
        let sum = walk(
          Array(xs[i * 40..<(i + 1) * 40]), (0..<40).map { ws[$0 * 3 + j] }, row, (.e4m3, .e4m3))
        #expect(y[i * 3 + j] == sum / factor / other)
      }
    }
  }

  @Test("A tensor of vanishing numbers has a scale that FP32 holds, and keeps them")
  func smallestScale() {
    let kernel = Kernel<Float>(rule: Policy.fp32.rule, context: StepContext())
    let x = Kernel<Float>.tensor([2], as: .fp32, StepContext()) { $0 == 0 ? 0x1p-140 : 0 }
    let cast = Cast(operation: "cast", precision: .format(.e5m2), isScaled: true)
    let y = cast.forward([x], kernel).output
    #expect(y.scale == 126 && y.doubles == [0x1p-140, 0])
  }

  @Test("9. Thirteen fraction bits at K = 4096 err by percents, Hopper's twenty-five do not")
  func thirteenBits() throws {
    let ones = tensor([1, 4096], as: .format(.e4m3), 16)
    let x = floats(ones).map(\.magnitude)
    let exact = x.reduce(0.0) { $0 + Double($1) * Double($1) }
    func error(_ unit: MatrixUnit) throws -> Double {
      let row = try #require(unit.row(.e4m3, .e4m3, accumulator: .fp32))
      return abs(Double(walk(x, x, row, (.e4m3, .e4m3))) - exact) / exact
    }
    let (hopper, blackwell) = (try error(.hopper), try error(.blackwell))
    #expect(hopper > 0.02 && hopper < 0.1, "\(hopper)")
    #expect(blackwell < 1e-5, "\(blackwell)")
  }
}
