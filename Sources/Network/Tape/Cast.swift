// SPDX-License-Identifier: Apache-2.0
import Formats
import Policies

/// y = x in another precision, as autocast inserts it before an operation on its low-precision
/// list. Gradient: the same values in the precision of x.
///
/// A scaled cast rounds x 2^k to the format and divides by 2^k again, with the greatest k for which
/// the largest finite magnitude of x does not exceed the format's, at most 126: FP32 holds that
/// power and its inverse. FP8's scale for the current tensor: only the format's range moves, so the
/// values stay those of the format times a power of two.
struct Cast: Primitive {
  let operation: String
  let precision: Precision
  var isScaled = false
  var operationClass: OperationClass { .elementwise }
  var backwardReadsInputs: Bool { false }

  func forward<N: Number>(_ inputs: [Tensor], _ kernel: Kernel<N>) -> ForwardResult {
    let scaled = isScaled ? scaled(inputs[0], kernel) : nil
    return ForwardResult(output: scaled?.output ?? converted(inputs[0], kernel), scaled: scaled)
  }

  func backward<N: Number>(
    _ gradient: Tensor, _ pass: ForwardPass, _ kernel: Kernel<N>
  ) -> [Tensor?] {
    let cast = Cast(operation: operation, precision: pass.inputs[0].precision)
    return [cast.converted(gradient, kernel)]
  }

  /// A widening changes no value, so it keeps the counts of the rounding before it: an FP32
  /// gradient that was FP16 a moment ago has FP16's losses.
  private func converted<N: Number>(_ x: Tensor, _ kernel: Kernel<N>) -> Tensor {
    if x.precision.isContained(in: precision) { return x.widened(to: precision) }
    return kernel.each(x, as: precision) { range, x, new in
      for i in range { new[i] = x[i] }
    }
  }

  private func scaled<N: Number>(_ x: Tensor, _ kernel: Kernel<N>) -> ScaledTensor? {
    guard let exponent = scale(x, N.self) else { return nil }
    let up = N(Double(sign: .plus, exponent: exponent, significand: 1))
    let down = N(Double(sign: .plus, exponent: -exponent, significand: 1))
    let stored = kernel.map(x, as: precision) { $0 * up }
    var output = kernel.map(stored, as: .fp32) { $0 * down }.scaled(by: exponent, to: precision)
    output.range = stored.range
    output.rounded = precision
    return ScaledTensor(output: output, stored: stored)
  }

  /// The exponent k, nil where no finite value but zero exists.
  private func scale<N: Number>(_ x: Tensor, _: N.Type) -> Int? {
    guard let format = precision.format else { return nil }
    var largest = 0.0
    x.forEachDoubles { _, values in
      for value in values where value.isFinite { largest = max(largest, value.magnitude) }
    }
    guard largest > 0 else { return nil }
    let exceeds = largest.significand > format.largestSignificand
    let exponent = format.maxExponent - Int(largest.exponent) - (exceeds ? 1 : 0)
    // 2^k and 2^-k are numbers of FP32, in which twins hold their tensors.
    return min(max(exponent, Format.fp32.minExponent), -Format.fp32.minExponent)
  }
}

/// A tensor that was rounded as x 2^k.
struct ScaledTensor {
  /// The rounded values without 2^k.
  let output: Tensor
  /// The values as the format has them, 2^k included.
  let stored: Tensor
  /// k.
  var exponent: Int { output.scale }
}

extension Format {
  /// Ω / 2^emax.
  fileprivate var largestSignificand: Double {
    1 + Double(largestFinite & fractionMask) / Double(fractionMask + 1)
  }
}
