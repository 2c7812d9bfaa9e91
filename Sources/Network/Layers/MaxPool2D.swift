// SPDX-License-Identifier: Apache-2.0
import Policies

/// Y = the largest value of each window of `size` × `size` pixels, windows side by side: X: (B, C,
/// H, W), Y: (B, C, ⌊H / size⌋, ⌊W / size⌋). Rows and columns that fill no window are left out. A
/// NaN is larger than any number.
///
/// Gradient: dY where the window's first largest value stands, in ascending order of row and
/// column, and 0 elsewhere.
struct MaxPool2D: Primitive {
  let size: Int
  var operation: String { "max-pool" }
  var operationClass: OperationClass { .pooling }

  func forward<N: Number>(_ inputs: [Tensor], _ kernel: Kernel<N>) -> ForwardResult {
    let x = inputs[0]
    let sizes = ImageSizes(x)
    let (height, width) = (sizes.height / size, sizes.width / size)
    let values = x.values(N.self)
    let shape = [sizes.images, sizes.channels, height, width]
    let y = withExtendedLifetime(x) {
      kernel.make(shape, as: kernel.output(x), unit: height * width, work: size * size) {
        planes, target in
        for plane in planes {
          let source = values + plane * sizes.area
          var result = target + plane * height * width
          for row in 0..<height {
            for column in 0..<width {
              let corner = source + row * size * sizes.width + column * size
              result[column] = corner[largest(corner, stride: sizes.width)]
            }
            result += width
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
    let (values, dy) = (x.values(N.self), gradient.values(N.self))
    let dx = withExtendedLifetime((x, gradient)) {
      kernel.make(x.shape, as: kernel.gradient(x), unit: sizes.area, work: 2) { planes, target in
        for plane in planes {
          let target = target + plane * sizes.area
          for i in 0..<sizes.area { target[i] = .zero }
          var gradient = dy + plane * height * width
          for row in 0..<height {
            for column in 0..<width {
              let corner = row * size * sizes.width + column * size
              let source = values + plane * sizes.area + corner
              target[corner + largest(source, stride: sizes.width)] = gradient[column]
            }
            gradient += width
          }
        }
      }
    }
    return [dx]
  }

  /// The offset of a window's first largest value.
  @inline(__always)
  private func largest<N: Number>(_ corner: UnsafePointer<N>, stride: Int) -> Int {
    var best = 0
    for row in 0..<size {
      for column in 0..<size {
        let offset = row * stride + column
        let (x, y) = (corner[offset], corner[best])
        if x > y || (x != x && y == y) { best = offset }
      }
    }
    return best
  }
}
