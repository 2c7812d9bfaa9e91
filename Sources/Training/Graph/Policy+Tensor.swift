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

extension Tensor {
  /// The tensor of the values rounded to FP64 where they have more bits.
  func inFP64(_ context: StepContext) -> Tensor {
    switch storage {
    case .double: self
    case .float(let buffer):
      Kernel<Double>.tensor(shape, as: .fp64, context) { Double(buffer.elements[$0]) }
    case .real(let buffer):
      Kernel<Double>.tensor(shape, as: .fp64, context) { buffer.elements[$0].double }
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
