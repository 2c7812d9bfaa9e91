// SPDX-License-Identifier: Apache-2.0
import Policies

/// Y = X with every pixel twice in each direction, the nearest neighbour: X: (B, C, H, W),
/// Y: (B, C, 2H, 2W).
///
/// Gradient: dX = the sum of the four copies' dY in ascending order of row and column.
struct Upsample2D: Primitive {
  var operation: String { "upsample" }
  var operationClass: OperationClass { .upsampling }
  var backwardReadsInputs: Bool { false }

  func forward<N: Number>(_ inputs: [Tensor], _ kernel: Kernel<N>) -> ForwardResult {
    let x = inputs[0]
    let sizes = ImageSizes(x)
    let values = x.values(N.self)
    let shape = [sizes.images, sizes.channels, 2 * sizes.height, 2 * sizes.width]
    let y = withExtendedLifetime(x) {
      // A unit is a row of X with its two copies.
      kernel.make(shape, as: kernel.output(x), unit: 4 * sizes.width) { lines, target in
        for line in lines {
          let source = values + line * sizes.width
          let upper = target + 4 * line * sizes.width
          let lower = upper + 2 * sizes.width
          for i in 0..<sizes.width {
            upper[2 * i] = source[i]
            upper[2 * i + 1] = source[i]
            lower[2 * i] = source[i]
            lower[2 * i + 1] = source[i]
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
    let width = x.columns
    let dy = gradient.values(N.self)
    let dx = withExtendedLifetime(gradient) {
      kernel.make(x.shape, as: kernel.gradient(x), unit: width, work: 4) { lines, target in
        for line in lines {
          let upper = dy + 4 * line * width
          let lower = upper + 2 * width
          let target = target + line * width
          for i in 0..<width {
            target[i] = ((upper[2 * i] + upper[2 * i + 1]) + lower[2 * i]) + lower[2 * i + 1]
          }
        }
      }
    }
    return [dx]
  }
}
