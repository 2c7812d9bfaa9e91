// SPDX-License-Identifier: Apache-2.0

extension Tensor {
  /// The tensor of the values rounded to FP64 where they have more bits.
  package func inFP64(_ context: StepContext) -> Tensor {
    switch storage {
    case .double: self
    case .float: heldInFP64(context).widened(to: .fp64)
    case .real(let buffer):
      Kernel<Double>.tensor(shape, as: .fp64, context) { buffer.elements[$0].double }
    }
  }
}
