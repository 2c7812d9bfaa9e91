// SPDX-License-Identifier: Apache-2.0
import Policies

/// Y = the channels of A and then those of B: A: (B, C, H, W), B: (B, D, H, W), Y: (B, C + D, H,
/// W), in the format that A and B promote to.
///
/// Gradients: dA and dB are their channels of dY.
struct Concatenate: Primitive {
  var operation: String { "concatenate" }
  var operationClass: OperationClass { .elementwise }
  var backwardReadsInputs: Bool { false }

  func forward<N: Number>(_ inputs: [Tensor], _ kernel: Kernel<N>) -> ForwardResult {
    let (a, b) = (inputs[0], inputs[1])
    let (left, right) = (ImageSizes(a), ImageSizes(b))
    precondition(
      left.images == right.images && left.height == right.height && left.width == right.width,
      "\(a.shape) and \(b.shape)")
    var sizes = left
    sizes.channels += right.channels
    let (first, second) = (a.values(N.self), b.values(N.self))
    let y = withExtendedLifetime((a, b)) {
      kernel.make(sizes.shape, as: kernel.output(a, b), unit: sizes.area) { planes, target in
        for plane in planes {
          let (image, channel) = plane.quotientAndRemainder(dividingBy: sizes.channels)
          let source =
            channel < left.channels
            ? first + (image * left.channels + channel) * sizes.area
            : second + (image * right.channels + channel - left.channels) * sizes.area
          (target + plane * sizes.area).update(from: source, count: sizes.area)
        }
      }
    }
    return ForwardResult(output: y)
  }

  func backward<N: Number>(
    _ gradient: Tensor, _ pass: ForwardPass, _ kernel: Kernel<N>
  ) -> [Tensor?] {
    let whole = ImageSizes(gradient)
    var first = 0
    return pass.inputs.indices.map { index in
      let x = pass.inputs[index]
      let sizes = ImageSizes(x)
      defer { first += sizes.channels }
      guard pass.needsGradient[index] else { return nil }
      let source = gradient.values(N.self) + first * sizes.area
      return withExtendedLifetime(gradient) {
        kernel.make(x.shape, as: kernel.gradient(x), unit: sizes.imageCount) { images, target in
          for image in images {
            (target + image * sizes.imageCount).update(
              from: source + image * whole.imageCount, count: sizes.imageCount)
          }
        }
      }
    }
  }
}
