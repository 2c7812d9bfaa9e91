// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat
import Testing

@testable import Datasets
@testable import Models
@testable import Network
@testable import Policies
@testable import Twins

/// The order of every sum of a convolution, bit for bit against loops that write it down.
@Suite struct ConvolutionTests {
  private let layers: [(Convolution2D, [[Int]])] = [
    (Convolution2D(padding: 1), [[3, 4, 9, 7], [5, 4, 3, 3], [5]]),
    (Convolution2D(stride: 2, padding: 1), [[2, 3, 8, 9], [4, 3, 3, 3], [4]]),
    (Convolution2D(), [[3, 20, 5, 5], [17, 20, 1, 1], [17]]),
    (Convolution2D(padding: 2), [[2, 2, 6, 6], [3, 2, 5, 4], [3]]),
  ]

  @Test("A 3 x 3 window of ones sums its neighbourhood")
  func byHand() {
    let layer = PrimitiveCase("", Convolution2D(padding: 1), [[1, 1, 3, 3], [1, 1, 3, 3], [1]])
    let x = (1...9).map(Double.init)
    let ones = [Double](repeating: 1, count: 9)
    let result = layer.exact([x, ones, [100]])
    #expect(result.shape == [1, 1, 3, 3])
    #expect(result.output == [112, 121, 116, 127, 145, 133, 124, 139, 128])
    let corner = layer.exact([x, [1] + [Double](repeating: 0, count: 8), [0]])
    #expect(corner.output == [0, 0, 0, 0, 1, 2, 0, 4, 5])
  }

  @Test("In FP32 output and gradients are the declared sums, in the declared order")
  func orderInFP32() {
    for (layer, shapes) in layers {
      let result = PrimitiveCase("", layer, shapes).evaluate(
        Float.self, Policy.fp32.rule, as: .fp32)
      let expected = DeclaredConvolution(layer, shapes).evaluate { $0.addingProduct($1, $2) }
      #expect(result.output == expected.output, "\(layer)")
      #expect(result.gradients[0] == expected.inputs, "\(layer)")
      #expect(result.gradients[1] == expected.weights, "\(layer)")
    }
  }

  @Test("In FP16 at every primitive each product and partial sum is rounded, in the same order")
  func orderInFP16() {
    for (layer, shapes) in layers {
      let result = PrimitiveCase("", layer, shapes).evaluate(
        Narrow16.self, Policy.fp16Strict.rule, as: .fp16)
      func rounded(_ x: Float) -> Float { Float(Float16(x)) }
      let expected = DeclaredConvolution(layer, shapes, rounded: rounded).evaluate {
        rounded($0 + rounded($1 * $2))
      }
      #expect(result.output == expected.output, "\(layer)")
      #expect(result.gradients[0] == expected.inputs, "\(layer)")
      #expect(result.gradients[1] == expected.weights, "\(layer)")
    }
  }

  @Test("Counts of narrow sums come from FP32 sums of the same operands, for all three products")
  func counts() {
    let shapes = [[2, 2, 4, 4], [2, 2, 3, 3]]
    let context = StepContext(isMeasuring: true)
    let kernel = Kernel<Narrow16>(rule: Policy.fp16Strict.rule, context: context)
    func tensor(_ shape: [Int], _ value: Double) -> Tensor {
      Kernel<Narrow16>.tensor(shape, as: .fp16, context) { _ in value }
    }
    // 2^-13 squared is 2^-26: each product of two vanishes, its FP32 sum does not.
    let (x, w) = (tensor(shapes[0], 0x1p-13), tensor(shapes[1], 0x1p-13))
    let layer = Convolution2D(padding: 1)
    let forward = layer.forward([x, w], kernel)
    #expect(forward.output.range?.zeroed == 64 && forward.output.range?.nonzero == 64)
    let pass = ForwardPass(
      inputs: [x, w], output: forward.output, saved: [], needsGradient: [true, true])
    let gradients = layer.backward(tensor(forward.output.shape, 0x1p-13), pass, kernel)
    #expect(gradients[0]?.range?.zeroed == 64)
    #expect(gradients[1]?.range?.zeroed == 36)
  }
}

/// The sums of `Convolution2D` as its documentation declares them, one term after the other.
private struct DeclaredConvolution {
  let layer: Convolution2D
  let (x, w, b): ([Float], [Float], [Float])
  let (xs, ws): ([Int], [Int])
  let rounded: (Float) -> Float

  init(
    _ layer: Convolution2D, _ shapes: [[Int]], rounded: @escaping (Float) -> Float = { $0 }
  ) {
    self.layer = layer
    self.rounded = rounded
    let inputs = PrimitiveCase("", layer, shapes).inputs.map { $0.map { rounded(Float($0)) } }
    (x, w, b) = (inputs[0], inputs[1], inputs[2])
    (xs, ws) = (shapes[0], shapes[1])
  }

  /// Output and gradients, with the rounding of one term.
  func evaluate(
    _ add: (Float, Float, Float) -> Float
  ) -> (output: [Double], inputs: [Double], weights: [Double]) {
    let (s, p) = (layer.stride, layer.padding)
    let rows = (xs[2] + 2 * p - ws[2]) / s + 1
    let columns = (xs[3] + 2 * p - ws[3]) / s + 1
    let (images, filters, channels) = (xs[0], ws[0], xs[1])
    func value(_ image: Int, _ c: Int, _ row: Int, _ column: Int) -> Float {
      guard 0..<xs[2] ~= row, 0..<xs[3] ~= column else { return 0 }
      return x[((image * channels + c) * xs[2] + row) * xs[3] + column]
    }
    func weight(_ o: Int, _ c: Int, _ m: Int, _ n: Int) -> Float {
      w[((o * channels + c) * ws[2] + m) * ws[3] + n]
    }
    func gradient(_ image: Int, _ o: Int, _ row: Int, _ column: Int) -> Float {
      Float(PrimitiveCase.weight(((image * filters + o) * rows + row) * columns + column))
    }
    var output: [Double] = []
    for image in 0..<images {
      for o in 0..<filters {
        for row in 0..<rows {
          for column in 0..<columns {
            var sum: Float = 0
            for c in 0..<channels {
              for m in 0..<ws[2] {
                for n in 0..<ws[3] {
                  sum = add(
                    sum, weight(o, c, m, n), value(image, c, row * s + m - p, column * s + n - p))
                }
              }
            }
            output.append(Double(rounded(sum + b[o])))
          }
        }
      }
    }
    var inputs: [Double] = []
    for image in 0..<images {
      for c in 0..<channels {
        for row in 0..<xs[2] {
          for column in 0..<xs[3] {
            var sum: Float = 0
            for o in 0..<filters {
              for m in 0..<ws[2] {
                for n in 0..<ws[3] {
                  let (i, j) = (row + p - m, column + p - n)
                  guard i >= 0, j >= 0, i % s == 0, j % s == 0, i / s < rows, j / s < columns
                  else { continue }
                  sum = add(sum, weight(o, c, m, n), gradient(image, o, i / s, j / s))
                }
              }
            }
            inputs.append(Double(sum))
          }
        }
      }
    }
    var weights: [Double] = []
    for o in 0..<filters {
      for c in 0..<channels {
        for m in 0..<ws[2] {
          for n in 0..<ws[3] {
            var total: Float = 0
            for image in 0..<images {
              var sum: Float = 0
              for row in 0..<rows {
                for column in 0..<columns {
                  sum = add(
                    sum, gradient(image, o, row, column),
                    value(image, c, row * s + m - p, column * s + n - p))
                }
              }
              total = rounded(total + sum)
            }
            weights.append(Double(total))
          }
        }
      }
    }
    return (output, inputs, weights)
  }
}
