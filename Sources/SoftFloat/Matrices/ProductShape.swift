// SPDX-License-Identifier: Apache-2.0

/// The sizes of a matrix product: op(A) of rows × inner times op(B) of inner × columns.
public struct ProductShape: Hashable, Sendable {
  /// The rows of the left operand and of the result.
  public var rows: Int
  /// The columns of the left operand, the rows of the right one: the terms of each sum.
  public var inner: Int
  /// The columns of the right operand and of the result.
  public var columns: Int

  /// The sizes.
  @inlinable public init(rows: Int, inner: Int, columns: Int) {
    self.rows = rows
    self.inner = inner
    self.columns = columns
  }
}
