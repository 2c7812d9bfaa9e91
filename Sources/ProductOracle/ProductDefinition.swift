// SPDX-License-Identifier: Apache-2.0
import Formats

/// The matrix product op(A) op(B), or C + op(A) op(B), as `Accumulation` defines it, one element
/// and one term at a time: sums in FP16, BF16 and FP32 by MPFR's results rounded, those in FP64 by
/// the processor.
package struct ProductDefinition: Sendable {
  package var rows: Int
  package var inner: Int
  package var columns: Int
  /// op(A), row-major.
  package var a: [Double]
  /// op(B), row-major.
  package var b: [Double]
  /// C, with which the sums begin; nil for +0.
  package var addend: [Double]?

  /// The product of op(A), rows × inner, and op(B), inner × columns.
  ///
  /// - Precondition: the arrays have the elements of their sizes; each is a number of the sums'
  ///   format.
  package init(
    rows: Int, inner: Int, columns: Int, a: [Double], b: [Double], addend: [Double]? = nil
  ) {
    precondition(a.count == rows * inner && b.count == inner * columns)
    precondition(addend.map { $0.count == rows * columns } ?? true)
    self.rows = rows
    self.inner = inner
    self.columns = columns
    self.a = a
    self.b = b
    self.addend = addend
  }

  /// The finished sums, row-major, before they meet what stands in a result.
  ///
  /// - Precondition: the order is not a matrix unit's, whose walk `UnitOracle` knows.
  package func sums(_ accumulation: Accumulation) -> [Double] {
    precondition(!accumulation.order.isOfUnit)
    let own = SumArithmetic(accumulation.format)
    let total = SumArithmetic(accumulation.resultFormat)
    let x = a.map(own.encoding)
    let y = b.map(own.encoding)
    return (0..<rows * columns).map { element in
      let (i, j) = (element / columns, element % columns)
      func sequential(_ terms: Range<Int>, from start: UInt64) -> UInt64 {
        terms.reduce(start) { sum, k in
          let (left, right) = (x[i * inner + k], y[k * columns + j])
          return accumulation.step == .fused
            ? own.fused(left, right, sum) : own.sum(sum, own.product(left, right))
        }
      }
      let zero = own.encoding(0)
      let start = addend?[element]
      switch accumulation.order {
      case .sequential, .matrixUnit:
        return own.value(sequential(0..<inner, from: start.map(own.encoding) ?? zero))
      case .pairwise(let leaf):
        let blocks = Self.blocks(of: inner, leaf).map { sequential($0, from: zero) }
        let sum = Self.tree(blocks[...], own)
        return own.value(start.map { own.sum(own.encoding($0), sum) } ?? sum)
      case .chunked(let terms, _):
        return total.value(
          Self.blocks(of: inner, terms).reduce(total.encoding(start ?? 0)) { sum, block in
            total.sum(sum, total.encoding(own.value(sequential(block, from: zero))))
          })
      case .splitK(let parts, _):
        return total.value(
          (0..<parts).reduce(total.encoding(start ?? 0)) { sum, part in
            let block = part * inner / parts..<(part + 1) * inner / parts
            return total.sum(sum, total.encoding(own.value(sequential(block, from: zero))))
          })
      }
    }
  }

  /// Blocks of so many consecutive terms, fewer in the last.
  private static func blocks(of count: Int, _ size: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
  }

  /// P(0, m) of the blocks' sums.
  private static func tree(_ blocks: ArraySlice<UInt64>, _ arithmetic: SumArithmetic) -> UInt64 {
    guard blocks.count > 1 else { return blocks.first ?? arithmetic.encoding(0) }
    var left = 1
    while 2 * left < blocks.count { left *= 2 }
    return arithmetic.sum(
      tree(blocks.prefix(left), arithmetic), tree(blocks.dropFirst(left), arithmetic))
  }
}
