// SPDX-License-Identifier: Apache-2.0

extension Kernel {
  /// A value of the operation's own as an operand of a product: rounded to the operands' format where a
  /// matrix unit reads it.
  func asOperand(_ x: Tensor) -> Tensor { read(x, as: rule.operands) }

  /// A gradient of the operation's own as an operand of a product, likewise.
  func asGradient(_ x: Tensor) -> Tensor { read(x, as: rule.gradients) }

  private func read(_ x: Tensor, as precision: Precision?) -> Tensor {
    guard rule.accumulation.order.isOfUnit, let precision, x.precision != precision else {
      return x
    }
    if x.precision.isContained(in: precision) { return x.widened(to: precision) }
    return each(x, as: precision) { range, x, new in
      for i in range { new[i] = x[i] }
    }
  }
}
