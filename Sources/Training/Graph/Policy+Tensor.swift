// SPDX-License-Identifier: Apache-2.0
import MPFROracle

extension Policy {
  /// Values of FP64 rounded to a format, in the type that holds this policy's tensors.
  func tensor(
    _ shape: [Int], as precision: Precision, _ context: StepContext, _ value: (Int) -> Double
  ) -> Tensor {
    switch held {
    case .fp64: Kernel<Double>.tensor(shape, as: precision, context, value)
    case .mpfr: Kernel<Real>.tensor(shape, as: precision, context, value)
    case .fp16, .bf16, .fp32: Kernel<Float>.tensor(shape, as: precision, context, value)
    }
  }
}

extension Kernel {
  /// Values of FP64 rounded to the arithmetic's type and to a format.
  static func tensor(
    _ shape: [Int], as precision: Precision, _ context: StepContext, _ value: (Int) -> Double
  ) -> Tensor {
    Kernel(rule: OperationRule(), context: context).make(shape, as: precision) { range, target in
      for i in range { target[i] = N(value(i)) }
    }
  }
}
