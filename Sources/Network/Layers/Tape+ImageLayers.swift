// SPDX-License-Identifier: Apache-2.0

/// The layers of image models.
extension Tape {
  /// A convolution with as many values of padding on each side as keep the size at stride 1.
  package mutating func convolution(
    _ x: Index, _ layer: String, size: Int = 3, stride: Int = 1, bias: Bool = false
  ) -> Index {
    let weight = parameter(layer, "weight")
    let inputs = bias ? [x, weight, parameter(layer, "bias")] : [x, weight]
    return apply(Convolution2D(stride: stride, padding: size / 2), to: inputs, layer: layer)
  }

  /// Y of a batch normalized by its own statistics in training, by the running averages otherwise.
  package mutating func batchNormalization(
    _ x: Index, _ layer: String, epsilon: Double
  ) -> Index {
    let inputs = [x, parameter(layer, "weight"), parameter(layer, "bias")]
    guard isTraining else {
      return apply(
        RunningNormalization(statistics: statistics[layer], epsilon: epsilon), to: inputs,
        layer: layer)
    }
    let y = apply(BatchNormalization(epsilon: epsilon), to: inputs, layer: layer)
    let saved = saved(y)
    keep(
      BatchStatistics(
        mean: saved[0], variance: saved[2], count: ImageSizes(value(x)).channelCount), of: layer)
    return y
  }

  package mutating func maxPool(_ x: Index, size: Int, _ layer: String) -> Index {
    apply(MaxPool2D(size: size), to: [x], layer: layer)
  }

  package mutating func globalAverage(_ x: Index, _ layer: String) -> Index {
    apply(GlobalAveragePool(), to: [x], layer: layer)
  }

  package mutating func upsample(_ x: Index, _ layer: String) -> Index {
    apply(Upsample2D(), to: [x], layer: layer)
  }

  package mutating func concatenate(_ a: Index, _ b: Index, _ layer: String) -> Index {
    apply(Concatenate(), to: [a, b], layer: layer)
  }

  package mutating func channelsLast(_ x: Index, _ layer: String) -> Index {
    apply(ChannelsLast(), to: [x], layer: layer)
  }

  /// Convolution `name`, batch normalization and ReLU `name.norm`.
  package mutating func normalizedConvolution(
    _ x: Index, _ layer: String, stride: Int = 1, epsilon: Double
  ) -> Index {
    let y = convolution(x, layer, stride: stride)
    return activation(
      .relu, batchNormalization(y, "\(layer).norm", epsilon: epsilon), "\(layer).norm")
  }
}

extension Parameter {
  /// Weight (O, I, size, size) of a convolution, normal with the variance that keeps that of values
  /// through a ReLU (He et al., 2015), and a bias (O) of zeros.
  package static func convolution(
    _ layer: String, _ inputs: Int, _ outputs: Int, size: Int = 3, bias: Bool = false
  ) -> [Parameter] {
    let deviation = (2 / Double(inputs * size * size)).squareRoot()
    let weight = Parameter(
      layer: layer, name: "weight", shape: [outputs, inputs, size, size],
      initial: .normal(deviation: deviation))
    let shift = Parameter(layer: layer, name: "bias", shape: [outputs], initial: .constant(0))
    return bias ? [weight, shift] : [weight]
  }

  /// The parameters of `Tape.normalizedConvolution`.
  package static func normalizedConvolution(
    _ layer: String, _ inputs: Int, _ outputs: Int
  ) -> [Parameter] {
    convolution(layer, inputs, outputs) + normalization("\(layer).norm", outputs)
  }
}
