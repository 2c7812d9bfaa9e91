// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat

@testable import Datasets
@testable import Models
@testable import Network
@testable import Policies
@testable import Randomness
@testable import Twins

/// An operation on random inputs, evaluated on its own.
struct PrimitiveCase {
  let name: String
  let primitive: any Primitive
  let inputs: [[Double]]
  let shapes: [[Int]]

  /// The operation with uniform inputs in [-1, 1), one seed for all.
  init(_ name: String, _ primitive: any Primitive, _ shapes: [[Int]], seed: UInt64 = 3) {
    self.name = name
    self.primitive = primitive
    self.shapes = shapes
    let random = RandomStream(seed: seed, purpose: .weights)
    inputs = shapes.enumerated().map { index, shape in
      let stream = random.stream(UInt64(index))
      return (0..<shape.reduce(1, *)).map { Double(Float(stream.symmetric(UInt64($0)))) }
    }
  }

  /// The output, and the gradients of Σ c y for c = 1, -1/2, 1/4, ... in turn.
  struct Result {
    var output: [Double]
    var shape: [Int]
    var gradients: [[Double]?]
  }

  /// The weight of an output in the scalar loss; no two neighbours have the same.
  static func weight(_ index: Int) -> Double { [1, -0.5, 0.25, -0.75, 0.375][index % 5] }

  func evaluate<N: Number>(
    _: N.Type, _ rule: OperationRule, as precision: Precision, inputs: [[Double]]? = nil,
    threads: Int = 1, gradients wanted: Bool = true
  ) -> Result {
    let context = StepContext(threads: threads)
    let kernel = Kernel<N>(rule: rule, context: context)
    let tensors = zip(inputs ?? self.inputs, shapes).map { values, shape in
      Kernel<N>.tensor(shape, as: precision, context) { values[$0] }
    }
    let forward = primitive.forward(tensors, kernel)
    let output = forward.output
    guard wanted else {
      return Result(output: output.doubles, shape: output.shape, gradients: [])
    }
    let gradient = Kernel<N>.tensor(
      output.shape, as: output.precision, context, Self.weight)
    let pass = ForwardPass(
      inputs: tensors, output: output, saved: forward.saved,
      needsGradient: tensors.map { _ in true })
    let gradients = primitive.backward(gradient, pass, kernel)
    return Result(
      output: output.doubles, shape: output.shape, gradients: gradients.map { $0?.doubles })
  }

  /// In FP64.
  func exact(_ inputs: [[Double]]? = nil, gradients: Bool = true) -> Result {
    evaluate(
      Double.self, Policy.fp64.rule, as: .fp64, inputs: inputs, gradients: gradients)
  }

  /// The largest difference between a gradient and the central difference of Σ c y.
  func gradientError() -> Double {
    let h = 0x1p-17
    let result = exact()
    var worst = 0.0
    for (position, gradient) in result.gradients.enumerated() {
      guard let gradient, gradient.count == inputs[position].count else { return .infinity }
      for i in gradient.indices {
        func loss(_ shift: Double) -> Double {
          var moved = inputs
          moved[position][i] += shift
          return exact(moved, gradients: false).output.enumerated()
            .reduce(0) { $0 + $1.element * Self.weight($1.offset) }
        }
        worst = max(worst, ((loss(h) - loss(-h)) / (2 * h) - gradient[i]).magnitude)
      }
    }
    return worst
  }
}

extension PrimitiveCase {
  /// Every operation of image models with small odd sizes.
  static let small: [PrimitiveCase] = [
    PrimitiveCase("3 x 3", Convolution2D(padding: 1), [[2, 3, 5, 4], [2, 3, 3, 3], [2]]),
    PrimitiveCase(
      "stride 2", Convolution2D(stride: 2, padding: 1), [[2, 2, 6, 5], [3, 2, 3, 3], [3]]),
    PrimitiveCase("1 x 1", Convolution2D(), [[2, 3, 3, 4], [2, 3, 1, 1]]),
    PrimitiveCase("1 x 1 by 2", Convolution2D(stride: 2), [[2, 2, 5, 4], [2, 2, 1, 1]]),
    PrimitiveCase("no padding", Convolution2D(), [[1, 2, 5, 6], [2, 2, 2, 3], [2]]),
    PrimitiveCase(
      "more padding than window", Convolution2D(stride: 3, padding: 3),
      [[1, 1, 4, 5], [2, 1, 2, 2]]),
    PrimitiveCase("batch norm", BatchNormalization(), [[3, 2, 3, 3], [2], [2]]),
    PrimitiveCase("max", MaxPool2D(size: 2), [[2, 2, 5, 4]]),
    PrimitiveCase("average", AveragePool2D(size: 2), [[2, 2, 5, 4]]),
    PrimitiveCase("global", GlobalAveragePool(), [[2, 3, 5, 4]]),
    PrimitiveCase("upsample", Upsample2D(), [[2, 2, 3, 5]]),
    PrimitiveCase("concatenate", Concatenate(), [[2, 2, 3, 2], [2, 1, 3, 2]]),
    PrimitiveCase("add", Add(), [[2, 7], [2, 7]]),
    PrimitiveCase("channels last", ChannelsLast(), [[2, 3, 2, 2]]),
    PrimitiveCase("selection", Selection(rows: [3, 0], columns: 1..<4), [[2, 2, 5]]),
    PrimitiveCase(
      "squared error", MeanSquaredError(targets: [1, 0.5, -2, 0, 3], weight: 5), [[5]]),
    PrimitiveCase("binary", BinaryCrossEntropy(targets: [1, 0, 0.25, 0, 1]), [[5]]),
  ]

  /// The same with sizes that engage several threads.
  static let large: [PrimitiveCase] = [
    PrimitiveCase("3 x 3", Convolution2D(padding: 1), [[16, 8, 16, 16], [32, 8, 3, 3], [32]]),
    PrimitiveCase(
      "stride 2", Convolution2D(stride: 2, padding: 1), [[16, 8, 32, 32], [32, 8, 3, 3]]),
    PrimitiveCase("many filters", Convolution2D(padding: 1), [[8, 32, 4, 4], [256, 32, 3, 3]]),
    PrimitiveCase("batch norm", BatchNormalization(), [[16, 8, 32, 32], [8], [8]]),
    PrimitiveCase("max", MaxPool2D(size: 2), [[16, 8, 64, 64]]),
    PrimitiveCase("average", AveragePool2D(size: 2), [[16, 8, 64, 64]]),
    PrimitiveCase("global", GlobalAveragePool(), [[16, 32, 32, 32]]),
    PrimitiveCase("upsample", Upsample2D(), [[16, 8, 32, 32]]),
    PrimitiveCase("concatenate", Concatenate(), [[8, 16, 32, 32], [8, 16, 32, 32]]),
    PrimitiveCase("channels last", ChannelsLast(), [[8, 32, 32, 32]]),
    PrimitiveCase(
      "squared error", MeanSquaredError(targets: [Double](repeating: 0.3, count: 1 << 17)),
      [[1 << 17]]),
    PrimitiveCase(
      "binary", BinaryCrossEntropy(targets: [Double](repeating: 1, count: 1 << 16)), [[1 << 16]]),
  ]
}
