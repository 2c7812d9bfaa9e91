// SPDX-License-Identifier: Apache-2.0
import Policies
import Threads

/// The outputs h(1) ... h(T) of a long short-term memory (Hochreiter and Schmidhuber, 1997, with
/// the forget gate of Gers et al., 2000): X: (T, B, I), W: (I, 4 H), U: (H, 4 H), b: (4 H), result:
/// (T, B, H), T time steps, B the batch, I inputs, H units; h(0) = c(0) = 0.
///
///     (i, f, g, o) = (σ, σ, tanh, σ)(x W + b + h U)
///     c ← f c + i g,   h = o tanh c
///
/// x W + b of all time steps is one product, h U one for each; gates, c and h are each rounded to
/// the result's format. An example needs nothing of the others, so that threads share the batch and
/// not the time steps. Gradients run backward through time; those of W, U and b are one product or
/// sum over time and batch in ascending order. A matrix unit reads h and the gradients of the gates
/// rounded once more, to the formats of the operands and the gradients, where those are others.
struct LSTM: Primitive {
  var operation: String { "lstm" }
  var operationClass: OperationClass { .product }
  var addends: Set<Int> { [3] }
  var backwardReadsOutput: Bool { true }

  func forward<N: Number>(_ inputs: [Tensor], _ kernel: Kernel<N>) -> ForwardResult {
    let (x, w, u, bias) = (inputs[0], inputs[1], inputs[2], inputs[3])
    let precision = kernel.output(x, w)
    let sizes = LSTMSizes(time: x.shape[0], batch: x.shape[1], units: u.rows)
    let driven = kernel.multiply(
      .matrix(x), .matrix(w), bias: bias, shape: sizes.ofGates, as: precision)
    return LSTMForward(sizes, kernel, driven: driven, recurrent: u, as: precision).result()
  }

  func backward<N: Number>(
    _ gradient: Tensor, _ pass: ForwardPass, _ kernel: Kernel<N>
  ) -> [Tensor?] {
    let (x, w, u, bias) = (pass.inputs[0], pass.inputs[1], pass.inputs[2], pass.inputs[3])
    let sizes = LSTMSizes(time: x.shape[0], batch: x.shape[1], units: u.rows)
    let precision = kernel.rule.gradientOutput ?? pass.output.precision
    let (dGates, read) = LSTMBackward(
      sizes, kernel, gradient: gradient, gates: pass.saved[0], cells: pass.saved[1],
      recurrent: kernel.transposed(u), as: precision
    ).result()
    let previous = kernel.asOperand(kernel.shifted(pass.output, as: pass.output.precision))
    let dx =
      pass.needsGradient[0]
      ? kernel.multiply(
        .matrix(read), .matrix(w, transposed: true), shape: x.shape, as: kernel.gradient(x)) : nil
    return [
      dx,
      kernel.multiply(
        .matrix(x, transposed: true), .matrix(read), shape: w.shape, as: kernel.gradient(w)),
      kernel.multiply(
        .matrix(previous, transposed: true), .matrix(read), shape: u.shape,
        as: kernel.gradient(u)),
      kernel.columnSums(dGates, shape: bias.shape, as: kernel.gradient(bias)),
    ]
  }
}

extension Kernel {
  /// A matrix with rows and columns exchanged: many products read it faster so.
  fileprivate func transposed(_ x: Tensor) -> Tensor {
    let source = x.elements(N.self)
    let (rows, columns) = (x.rows, x.columns)
    let buffer = TensorBuffer<N.Element>(count: x.count, pool: context.pool)
    let bands = bands(of: columns, primitives: x.count)
    withExtendedLifetime(x) {
      Parallel.bands(of: columns, bands) { _, some in
        for row in 0..<rows {
          for column in some {
            buffer.elements[column * rows + row] = source[row * columns + column]
          }
        }
      }
    }
    return Tensor(
      shape: [columns, rows], buffer, precision: x.precision, rounded: x.rounded, range: nil
    ).scaled(by: x.scale, to: x.precision)
  }

  /// The tensor of one time step earlier, zeros at the first.
  fileprivate func shifted(_ x: Tensor, as precision: Precision) -> Tensor {
    let source = x.values(N.self)
    let step = x.count / x.shape[0]
    return withExtendedLifetime(x) {
      make(x.shape, as: precision) { range, target in
        let first = min(max(step, range.lowerBound), range.upperBound)
        for i in range.lowerBound..<first { target[i] = .zero }
        for i in first..<range.upperBound { target[i] = source[i - step] }
      }
    }
  }
}
