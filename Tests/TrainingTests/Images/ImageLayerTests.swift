// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat
import Testing

@testable import Datasets
@testable import Models
@testable import Network
@testable import Policies
@testable import Twins

@Suite struct ImageLayerTests {
  @Test("Every FP64 gradient of an image layer is the central difference of its output")
  func gradients() {
    for layer in PrimitiveCase.small {
      // The third derivatives of these functions are below 10^2: h²/6 of them, and 2^-53/h.
      let error = layer.gradientError()
      #expect(error < 5e-9, "\(layer.name): \(error)")
    }
  }

  @Test("Equal bytes on one, two and seven threads, whatever the arithmetic and its sums")
  func threads() {
    func check<N: Number>(
      _ layer: PrimitiveCase, _: N.Type, _ rule: OperationRule, _ precision: Precision
    ) {
      let alone = layer.evaluate(N.self, rule, as: precision)
      for threads in [2, 7] {
        let several = layer.evaluate(N.self, rule, as: precision, threads: threads)
        // A comparison inside the expectation would print the difference of long arrays.
        let isEqual = several.output == alone.output && several.gradients == alone.gradients
        #expect(isEqual, "\(layer.name), \(threads) threads, \(precision)")
      }
    }
    for layer in PrimitiveCase.large {
      check(layer, Float.self, Policy.fp32.rule, .fp32)
      check(layer, Narrow16.self, Policy.fp16Strict.rule, .fp16)
    }
    // Sums that FP32 elements do not hold, that are rounded when images are added, and another
    // arithmetic.
    for convolution in PrimitiveCase.large.prefix(3) {
      var rule = Policy.fp32.rule
      rule.accumulation = Accumulation(.fp32, .fused, .chunked(terms: 32, sums: .fp64))
      check(convolution, Float.self, rule, .fp32)
      rule.accumulation = Accumulation(.fp32, .fused, .chunked(terms: 32, sums: .bf16))
      check(convolution, Float.self, rule, .fp32)
      check(convolution, Double.self, Policy.fp64.rule, .fp64)
    }
  }

  @Test("Batch normalization gives each channel mean 0 and variance 1, and then scales and shifts")
  func normalization() {
    let layer = PrimitiveCase("norm", BatchNormalization(), [[4, 2, 3, 3], [2], [2]])
    var inputs = layer.inputs
    inputs[1] = [1, 3]
    inputs[2] = [0, -2]
    let result = layer.exact(inputs)
    /// Mean and variance of a channel.
    func moments(_ values: [Double], _ channel: Int) -> (mean: Double, variance: Double) {
      let some: [Double] = (0..<4).flatMap { (image: Int) -> ArraySlice<Double> in
        let first = (image * 2 + channel) * 9
        return values[first..<first + 9]
      }
      let mean: Double = some.reduce(0, +) / 36
      let squares: [Double] = some.map { ($0 - mean) * ($0 - mean) }
      return (mean, squares.reduce(0, +) / 36)
    }
    for channel in 0..<2 {
      let (before, after) = (moments(inputs[0], channel), moments(result.output, channel))
      #expect((after.mean - inputs[2][channel]).magnitude < 1e-13)
      let share: Double = before.variance / (before.variance + 1e-5)
      let expected: Double = inputs[1][channel] * inputs[1][channel] * share
      #expect((after.variance - expected).magnitude < 1e-12)
    }
  }

  @Test("Pooling, upsampling and joining on four by four numbers written out")
  func byHand() {
    let x = (0..<16).map(Double.init)
    func result(_ primitive: any Primitive, _ shapes: [[Int]] = [[1, 1, 4, 4]]) -> [Double] {
      PrimitiveCase("", primitive, shapes).exact(shapes.map { Array(x[..<$0.reduce(1, *)]) })
        .output
    }
    #expect(result(MaxPool2D(size: 2)) == [5, 7, 13, 15])
    #expect(result(AveragePool2D(size: 2)) == [2.5, 4.5, 10.5, 12.5])
    #expect(result(GlobalAveragePool()) == [7.5])
    #expect(
      result(Upsample2D(), [[1, 1, 2, 2]]) == [0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 3, 3])
    #expect(
      result(Concatenate(), [[2, 1, 1, 2], [2, 2, 1, 2]]) == [0, 1, 0, 1, 2, 3, 2, 3, 4, 5, 6, 7])
    #expect(result(ChannelsLast(), [[1, 2, 2, 2]]) == [0, 4, 1, 5, 2, 6, 3, 7])
    #expect(result(Selection(rows: [2, 0], columns: 1..<3), [[3, 4]]) == [9, 10, 1, 2])
    #expect(result(Add(), [[4], [4]]) == [0, 2, 4, 6])
  }

  @Test("A maximum's gradient goes to the first of equals, and a NaN is the largest")
  func maximumOfEquals() {
    let layer = PrimitiveCase("", MaxPool2D(size: 2), [[1, 1, 2, 4]])
    let result = layer.exact([[2, 2, 1, .nan, 2, 0, 3, .nan]])
    #expect(result.output[0] == 2 && result.output[1].isNaN)
    #expect(result.gradients[0] == [1, 0, 0, -0.5, 0, 0, 0, 0])
  }

  @Test("Losses of a few numbers written out; a large logit overflows nowhere")
  func losses() {
    let squares = PrimitiveCase("", MeanSquaredError(targets: [1, -1], weight: 3), [[2]])
    #expect(squares.exact([[3, 0]]).output == [7.5])
    let binary = PrimitiveCase("", BinaryCrossEntropy(targets: [1, 0]), [[2]])
    let loss = binary.exact([[Elementary.log(3), 0]]).output[0]
    #expect((loss - Elementary.log(8.0 / 3) / 2).magnitude < 1e-15)
    #expect(binary.exact([[-1000, 1000]]).output == [1000])
    #expect(binary.exact([[1000, -1000]]).output == [0])
  }
}
