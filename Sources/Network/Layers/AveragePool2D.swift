// SPDX-License-Identifier: Apache-2.0
import Policies

/// Y = the mean of each window of `size` × `size` pixels, windows side by side: X: (B, C, H, W),
/// Y: (B, C, ⌊H / size⌋, ⌊W / size⌋). Rows and columns that fill no window are left out. The sum is
/// ascending in row and column, and the division is rounded for itself.
///
/// Gradient: dX = dY / size², 0 where no window reaches.
struct AveragePool2D: Primitive {
  let size: Int
  var operation: String { "average-pool" }
  var operationClass: OperationClass { .pooling }
  var backwardReadsInputs: Bool { false }

  func forward<N: Number>(_ inputs: [Tensor], _ kernel: Kernel<N>) -> ForwardResult {
    let x = inputs[0]
    let sizes = ImageSizes(x)
    let (height, width) = (sizes.height / size, sizes.width / size)
    let values = x.values(N.self)
    let count = N(Double(size * size))
    let shape = [sizes.images, sizes.channels, height, width]
    let y = withExtendedLifetime(x) {
      kernel.make(shape, as: kernel.output(x), unit: width, work: size * size) { lines, target in
        for line in lines {
          let (plane, row) = line.quotientAndRemainder(dividingBy: height)
          let source = values + plane * sizes.area + row * size * sizes.width
          let target = target + line * width
          for column in 0..<width {
            var sum = N.zero
            for i in 0..<size {
              for j in 0..<size {
                sum = sum + source[i * sizes.width + column * size + j]
              }
            }
            target[column] = sum / count
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
    let (height, width) = (sizes.height / size, sizes.width / size)
    let dy = gradient.values(N.self)
    let count = N(Double(size * size))
    let dx = withExtendedLifetime(gradient) {
      kernel.make(x.shape, as: kernel.gradient(x), unit: sizes.width) { lines, target in
        for line in lines {
          let (plane, row) = line.quotientAndRemainder(dividingBy: sizes.height)
          let target = target + line * sizes.width
          for column in 0..<sizes.width { target[column] = .zero }
          guard row < height * size else { continue }
          let source = dy + plane * height * width + row / size * width
          for column in 0..<width {
            let share = source[column] / count
            for j in 0..<size { target[column * size + j] = share }
          }
        }
      }
    }
    return [dx]
  }
}

/// Y = the mean of each plane: X: (B, C, H, W), Y: (B, C). The sum is interleaved, and the division
/// is rounded for itself.
///
/// Gradient: dX = dY / (H W).
struct GlobalAveragePool: Primitive {
  var operation: String { "average-pool" }
  var operationClass: OperationClass { .pooling }
  var backwardReadsInputs: Bool { false }

  func forward<N: Number>(_ inputs: [Tensor], _ kernel: Kernel<N>) -> ForwardResult {
    let x = inputs[0]
    let sizes = ImageSizes(x)
    let values = x.values(N.self)
    let count = N(Double(sizes.area))
    let y = withExtendedLifetime(x) {
      kernel.make([sizes.images, sizes.channels], as: kernel.output(x), work: sizes.area) {
        planes, target in
        for plane in planes {
          let source = values + plane * sizes.area
          target[plane] = kernel.sum(sizes.area) { source[$0] } / count
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
    let count = N(Double(sizes.area))
    let dx = withExtendedLifetime(gradient) {
      kernel.make(x.shape, as: kernel.gradient(x), unit: sizes.area) { planes, target in
        for plane in planes {
          let share = dy[plane] / count
          for i in plane * sizes.area..<(plane + 1) * sizes.area { target[i] = share }
        }
      }
    }
    return [dx]
  }
}
