// SPDX-License-Identifier: Apache-2.0
import Formats
import Policies

/// The nonlinearity of a layer.
package enum ActivationFunction: String, Codable, Sendable, Hashable, CaseIterable {
  /// max(x, 0).
  case relu
  /// x Φ(x), Φ the distribution function of the standard normal (Hendrycks and Gimpel, 2016), not
  /// its tanh approximation.
  case gelu
  /// tanh x.
  case tanh
  /// 1 / (1 + e^-x).
  case sigmoid
  /// x / (1 + e^-x), which is x σ(x), σ the sigmoid (Elfwing, Uchibe and Doya, 2017).
  case silu
}

/// Y = f(X) elementwise, one rounding to X's format after the primitives of the arithmetic;
/// gradient: dX = dY f'(X).
struct Activation: Primitive {
  let function: ActivationFunction
  var operation: String { function.rawValue }
  var operationClass: OperationClass { .elementwise }
  var backwardReadsInputs: Bool { !backwardReadsOutput }
  var backwardReadsOutput: Bool { function == .tanh || function == .sigmoid }

  func forward<N: Number>(_ inputs: [Tensor], _ kernel: Kernel<N>) -> ForwardResult {
    let x = inputs[0]
    let precision = kernel.output(x)
    let y =
      switch function {
      case .relu:
        kernel.each(x, as: precision) { range, x, new in
          for i in range { new[i] = x[i].rectified }
        }
      case .gelu: kernel.apply(.gelu, x, as: precision)
      case .tanh: kernel.apply(.tanh, x, as: precision)
      case .sigmoid: kernel.apply(.sigmoid, x, as: precision)
      case .silu: silu(x, as: precision, kernel)
      }
    return ForwardResult(output: y)
  }

  func backward<N: Number>(
    _ gradient: Tensor, _ pass: ForwardPass, _ kernel: Kernel<N>
  ) -> [Tensor?] {
    let (x, y) = (pass.inputs[0], pass.output)
    let precision = kernel.gradient(x)
    let dx =
      switch function {
      case .relu:
        kernel.each(x, gradient, as: precision) { range, x, dy, new in
          for i in range { new[i] = x[i].passes ? dy[i] : .zero }
        }
      case .gelu: geluGradient(pass, gradient, kernel)
      case .tanh:
        kernel.each(y, gradient, as: precision) { range, y, dy, new in
          for i in range { new[i] = dy[i] * (.one - y[i] * y[i]) }
        }
      case .sigmoid:
        kernel.each(y, gradient, as: precision) { range, y, dy, new in
          for i in range { new[i] = dy[i] * (y[i] * (.one - y[i])) }
        }
      case .silu: siluGradient(x, gradient, kernel)
      }
    return [dx]
  }

  /// x / (1 + e^-x), a primitive after the other, as torch has it.
  private func silu<N: Number>(
    _ x: Tensor, as precision: Precision, _ kernel: Kernel<N>
  ) -> Tensor {
    kernel.each(x, as: precision, work: 12) { range, x, new in
      for i in range { new[i] = -x[i] }
      N.apply(
        .exp, UnsafeMutableBufferPointer(start: new + range.lowerBound, count: range.count))
      for i in range { new[i] = x[i] / (.one + new[i]) }
    }
  }

  /// dY σ (1 + x (1 - σ)), σ = 1 / (1 + e^-x), as torch has it.
  private func siluGradient<N: Number>(
    _ x: Tensor, _ gradient: Tensor, _ kernel: Kernel<N>
  ) -> Tensor {
    kernel.each(x, gradient, as: kernel.gradient(x), work: 16) { range, x, dy, new in
      for i in range { new[i] = -x[i] }
      N.apply(
        .exp, UnsafeMutableBufferPointer(start: new + range.lowerBound, count: range.count))
      for i in range {
        let share: N = .one / (.one + new[i])
        new[i] = dy[i] * share * (.one + x[i] * (.one - share))
      }
    }
  }

  func prepared<N: Number>(_ pass: ForwardPass, _ kernel: Kernel<N>) -> [Tensor] {
    guard function == .gelu else { return [] }
    let x = pass.inputs[0]
    let values = x.values(N.self)
    return withExtendedLifetime(x) {
      [
        kernel.unrounded(x.shape, work: 24) { range, target in
          geluSlopes(
            values, range, kernel,
            into: UnsafeMutableBufferPointer(
              start: target + range.lowerBound, count: range.count))
        }
      ]
    }
  }

  /// dY (Φ(x) + x φ(x)), φ(x) = e^(-x²/2) / √(2π).
  private func geluGradient<N: Number>(
    _ pass: ForwardPass, _ gradient: Tensor, _ kernel: Kernel<N>
  ) -> Tensor {
    let x = pass.inputs[0]
    let precision = kernel.gradient(x)
    if let slopes = pass.prepared.first {
      return kernel.each(slopes, gradient, as: precision) { range, slope, dy, new in
        for i in range { new[i] = dy[i] * slope[i] }
      }
    }
    return kernel.each(x, gradient, as: precision, work: 24) { range, x, dy, new in
      kernel.withScratch(range.count) { slopes in
        geluSlopes(x, range, kernel, into: slopes)
        for (i, position) in range.enumerated() { new[position] = dy[position] * slopes[i] }
      }
    }
  }

  /// Φ(x) + x φ(x) of a range of values.
  @inline(__always)
  private func geluSlopes<N: Number>(
    _ x: UnsafePointer<N>, _ range: Range<Int>, _ kernel: Kernel<N>,
    into slopes: UnsafeMutableBufferPointer<N>
  ) {
    let minusHalf = N(-0.5)
    let reciprocalRootOf2Pi = N(0x1.9884533d43651p-2)
    kernel.withScratch(range.count) { density in
      for (i, position) in range.enumerated() {
        slopes[i] = x[position]
        density[i] = minusHalf * (x[position] * x[position])
      }
      N.apply(.normal, slopes)
      N.apply(.exp, density)
      for (i, position) in range.enumerated() {
        slopes[i] = slopes[i] + x[position] * (reciprocalRootOf2Pi * density[i])
      }
    }
  }
}
