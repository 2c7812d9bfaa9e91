// SPDX-License-Identifier: Apache-2.0
import Policies

/// Y = X with the channels of a pixel side by side, X: (B, C, H, W), Y: (B, H, W, C): each row of Y
/// is then what a loss reads for one pixel.
///
/// Gradient: dY in the order of X, value for value.
struct ChannelsLast: Primitive {
  var operation: String { "channels-last" }
  var operationClass: OperationClass { .elementwise }
  var backwardReadsInputs: Bool { false }
  var passesGradientOn: Bool { true }

  func forward<N: Number>(_ inputs: [Tensor], _ kernel: Kernel<N>) -> ForwardResult {
    let x = inputs[0]
    let sizes = ImageSizes(x)
    let values = x.values(N.self)
    let shape = [sizes.images, sizes.height, sizes.width, sizes.channels]
    let y = withExtendedLifetime(x) {
      kernel.make(shape, as: kernel.output(x), unit: sizes.imageCount) { images, target in
        for image in images {
          let first = image * sizes.imageCount
          for channel in 0..<sizes.channels {
            let source = values + first + channel * sizes.area
            let target = target + first + channel
            for i in 0..<sizes.area { target[i * sizes.channels] = source[i] }
          }
        }
      }
    }
    return ForwardResult(output: y)
  }

  func backward<N: Number>(
    _ gradient: Tensor, _ pass: ForwardPass, _ kernel: Kernel<N>
  ) -> [Tensor?] {
    let x = pass.inputs[0]
    let sizes = ImageSizes(x)
    let dy = gradient.values(N.self)
    let dx = withExtendedLifetime(gradient) {
      kernel.make(x.shape, as: kernel.gradient(x), unit: sizes.imageCount) { images, target in
        for image in images {
          let first = image * sizes.imageCount
          for channel in 0..<sizes.channels {
            let source = dy + first + channel
            let target = target + first + channel * sizes.area
            for i in 0..<sizes.area { target[i] = source[i * sizes.channels] }
          }
        }
      }
    }
    return [dx]
  }
}
