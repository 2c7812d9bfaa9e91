// SPDX-License-Identifier: Apache-2.0
import Policies
import Threads

/// Y = X * W + b, the cross-correlation of neural networks: X: (B, C, H, W), W: (O, C, M, N), b:
/// (O), Y: (B, O, P, Q), O filters of M × N, P = ⌊(H + 2 padding - M) / stride⌋ + 1, Q likewise;
/// the bias is optional.
///
/// Each Y is one sum in ascending order of (c, m, n); places outside the image give terms of 0. The
/// bias is added to the finished sum, and both are rounded together.
///
/// Gradients:
/// - dX is one sum in ascending order of (o, m, n), the transposed convolution; where the stride
///   skips a place, its term is 0.
/// - dW is for each image one sum in ascending order of (p, q); the images' finished sums are
///   added in ascending order, each addition rounded to the sums' format.
/// - db is the sum over a plane in interleaved order, then over the images in ascending order.
///
/// The three products sum as the rule's accumulation says, of which "ascending" is the index order.
struct Convolution2D: Primitive {
  var stride = 1
  var padding = 0
  var operation: String { "convolution" }
  var operationClass: OperationClass { .convolution }
  var addends: Set<Int> { [2] }
  /// Filters times the places of a window.
  func gradientTerms(weights: Tensor) -> Int? {
    weights.shape[1] == 0 ? nil : weights.count / weights.shape[1]
  }

  func forward<N: Number>(_ inputs: [Tensor], _ kernel: Kernel<N>) -> ForwardResult {
    let (x, w) = (inputs[0], inputs[1])
    let sizes = ConvolutionSizes(x, w, self)
    let bias = inputs.count > 2 ? inputs[2] : nil
    let columns = sizes.columns(.forward)
    let output = withExtendedLifetime((x, w, bias)) {
      let shift = bias?.values(N.self)
      return kernel.sums(
        sizes.y.shape, as: kernel.output(x, w), isWhole: bias == nil, unit: sizes.y.area
      ) { accumulation, target in
        kernel.convolve(
          x.elements(N.self), sizes.x, columns, with: w.elements(N.self), into: target, sizes.y,
          stored: (w.stored, x.stored), accumulation)
      } epilogue: { planes, target in
        guard let shift else { return }
        for plane in planes {
          let b = shift[plane % sizes.y.channels]
          let target = target + plane * sizes.y.area
          for i in 0..<sizes.y.area { target[i] = target[i] + b }
        }
      }
    }
    return ForwardResult(output: output)
  }

  func backward<N: Number>(
    _ gradient: Tensor, _ pass: ForwardPass, _ kernel: Kernel<N>
  ) -> [Tensor?] {
    let (x, w) = (pass.inputs[0], pass.inputs[1])
    let sizes = ConvolutionSizes(x, w, self)
    var gradients: [Tensor?] = [
      pass.needsGradient[0] ? inputGradient(gradient, x, w, sizes, kernel) : nil,
      pass.needsGradient[1] ? weightGradient(gradient, x, w, sizes, kernel) : nil,
    ]
    guard pass.inputs.count > 2, pass.needsGradient[2] else { return gradients }
    let bias = pass.inputs[2]
    let arrived = pass.arrived ?? gradient
    let dy = arrived.values(N.self)
    gradients.append(
      withExtendedLifetime(arrived) {
        kernel.channelSums(sizes.y, as: kernel.gradient(bias)) { _ in ValueTerm(values: dy) }
      })
    return gradients
  }

  private func inputGradient<N: Number>(
    _ gradient: Tensor, _ x: Tensor, _ w: Tensor, _ sizes: ConvolutionSizes, _ kernel: Kernel<N>
  ) -> Tensor {
    // (O, C, M N) to (C, O, M N): row c then holds the terms of dX's channel c.
    let turned = TensorBuffer<N.Element>(count: w.count, pool: kernel.context.pool)
    let (filters, channels) = (sizes.y.channels, sizes.x.channels)
    let window = sizes.window.height * sizes.window.width
    let source = w.elements(N.self)
    withExtendedLifetime(w) {
      Parallel.bands(of: channels, kernel.bands(of: channels, primitives: w.count)) { _, some in
        for channel in some {
          for filter in 0..<filters {
            (turned.elements + (channel * filters + filter) * window).update(
              from: source + (filter * channels + channel) * window, count: window)
          }
        }
      }
    }
    let columns = sizes.columns(.transposed)
    return withExtendedLifetime((gradient, turned)) {
      kernel.sums(x.shape, as: kernel.gradient(x), isWhole: true) { accumulation, target in
        kernel.convolve(
          gradient.elements(N.self), sizes.y, columns, with: turned.elements, into: target,
          sizes.x, stored: (w.stored, gradient.stored), accumulation)
      }
    }
  }

  private func weightGradient<N: Number>(
    _ gradient: Tensor, _ x: Tensor, _ w: Tensor, _ sizes: ConvolutionSizes, _ kernel: Kernel<N>
  ) -> Tensor {
    let columns = sizes.columns(.forward)
    return withExtendedLifetime((gradient, x)) {
      kernel.sums(w.shape, as: kernel.gradient(w), isWhole: true) { accumulation, target in
        kernel.correlate(
          x.elements(N.self), sizes.x, columns, with: gradient.elements(N.self), sizes.y,
          into: target, stored: (gradient.stored, x.stored), accumulation)
      }
    }
  }

  /// The sizes of the operands and of the result.
  private struct ConvolutionSizes {
    let x: ImageSizes
    let y: ImageSizes
    let window: (height: Int, width: Int)
    let layer: Convolution2D

    init(_ input: Tensor, _ weight: Tensor, _ layer: Convolution2D) {
      let (x, w) = (ImageSizes(input), ImageSizes(weight))
      precondition(w.channels == x.channels, "\(x.shape) and filters of \(w.shape)")
      func positions(_ size: Int, _ window: Int) -> Int {
        precondition(size + 2 * layer.padding >= window, "\(x.shape) and filters of \(w.shape)")
        return (size + 2 * layer.padding - window) / layer.stride + 1
      }
      y = ImageSizes(
        images: x.images, channels: w.images, height: positions(x.height, w.height),
        width: positions(x.width, w.width))
      self.x = x
      window = (w.height, w.width)
      self.layer = layer
    }

    /// The matrix of a pass.
    func columns(_ direction: WindowColumns.Direction) -> WindowColumns {
      let isForward = direction == .forward
      let (source, target) = isForward ? (x, y) : (y, x)
      return WindowColumns(
        direction: direction, source: (source.height, source.width),
        target: (target.height, target.width), window: window, stride: layer.stride,
        padding: layer.padding)
    }
  }
}
