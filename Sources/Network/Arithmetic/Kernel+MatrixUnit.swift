// SPDX-License-Identifier: Apache-2.0
import Policies

extension Kernel {
  /// A value of the operation's own as an operand of a product: rounded to the operands' format
  /// where a matrix unit reads it.
  func asOperand(_ x: Tensor) -> Tensor { read(x, as: operandPrecision(x.precision)) }

  /// A gradient of the operation's own as an operand of a product, likewise.
  func asGradient(_ x: Tensor) -> Tensor { read(x, as: gradientPrecision(x.precision)) }

  /// The format in which a product reads a value of the operation's own.
  func operandPrecision(_ precision: Precision) -> Precision {
    rule.accumulation.order.isOfUnit ? rule.operands ?? precision : precision
  }

  /// The format in which a product reads a gradient of the operation's own.
  func gradientPrecision(_ precision: Precision) -> Precision {
    rule.accumulation.order.isOfUnit ? rule.gradients ?? precision : precision
  }

  private func read(_ x: Tensor, as precision: Precision) -> Tensor {
    if x.precision.isContained(in: precision) { return x.widened(to: precision) }
    return each(x, as: precision) { range, x, new in
      for i in range { new[i] = x[i] }
    }
  }
}
