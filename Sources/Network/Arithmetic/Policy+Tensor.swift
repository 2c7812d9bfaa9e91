// SPDX-License-Identifier: Apache-2.0
import Policies

extension Policy {
  /// Values of FP64 rounded to a format, in the type that holds this policy's tensors.
  package func tensor(
    _ shape: [Int], as precision: Precision, _ context: StepContext, _ value: (Int) -> Double
  ) -> Tensor {
    withoutActuallyEscaping(value) { value in
      held.run(TensorOfValues(shape: shape, precision: precision, context: context, value: value))
    }
  }

  /// The values of a tensor rounded to a format of this policy, in the type that holds its tensors.
  package func rounded(_ tensor: Tensor, to precision: Precision, _ context: StepContext) -> Tensor
  {
    held.run(RoundedTensor(tensor: tensor, precision: precision, context: context))
  }
}

private struct RoundedTensor: ArithmeticTask {
  let tensor: Tensor
  let precision: Precision
  let context: StepContext

  func run<N: Number>(_: N.Type) -> Tensor {
    let kernel = Kernel<N>(rule: OperationRule(), context: context)
    return tensor.doubles.withUnsafeBufferPointer { values in
      kernel.make(tensor.shape, as: precision) { range, target in
        for i in range { target[i] = N(values[i]) }
      }
    }
  }
}

private struct TensorOfValues: ArithmeticTask {
  let shape: [Int]
  let precision: Precision
  let context: StepContext
  let value: (Int) -> Double

  func run<N: Number>(_: N.Type) -> Tensor {
    Kernel<N>.tensor(shape, as: precision, context, value)
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
