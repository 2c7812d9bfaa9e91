// SPDX-License-Identifier: Apache-2.0

/// What one operation of a training step asks of a machine, by shapes and formats.
package struct OperationCost: Sendable, Hashable {
  /// The layer.
  package var layer: String
  /// Multiplications, each with an addition to a sum.
  package var multiplyAdds: Double
  /// The kind of arithmetic that multiplies; nil where no table has one for the format.
  package var operands: ArithmeticKind?
  /// The kind that sums.
  package var sums: ArithmeticKind?
  /// The bytes that are read and written, each value in its format.
  package var bytes: Double
  /// Whether it is a matrix product, which matrix units compute; all else is bound by the memory on
  /// every machine whose arithmetic is not far slower.
  package var isProduct: Bool

  /// An operation.
  package init(
    layer: String, multiplyAdds: Double, operands: ArithmeticKind?, sums: ArithmeticKind?,
    bytes: Double, isProduct: Bool
  ) {
    self.layer = layer
    self.multiplyAdds = multiplyAdds
    self.operands = operands
    self.sums = sums
    self.bytes = bytes
    self.isProduct = isProduct
  }
}
