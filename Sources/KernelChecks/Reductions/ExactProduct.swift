// SPDX-License-Identifier: Apache-2.0
import Formats

/// The exact values of C = alpha A B + beta C', of dots and of sums, with the sums of their terms'
/// magnitudes.
///
/// Shapes: A is m x k, B k x n, C and C' m x n. As in the BLAS, A and B are not read where alpha is
/// 0, nor is C' where beta is.
package struct ExactProduct: Sendable {
  private let a: EncodedMatrix
  private let b: EncodedMatrix
  private let alpha: Decoded
  private let beta: Decoded
  private let added: EncodedMatrix?
  private let columns: SharedRows

  /// The rows of B's transpose, which nobody changes.
  private struct SharedRows: @unchecked Sendable { let rows: AlignedRows }

  /// The rows of A that go together past each column of B, which then stays in the cache.
  private static let rowBlock = 8

  /// The product; throws a `ReductionFailure` where the shapes do not fit or a factor is not
  /// finite.
  package init(
    _ a: EncodedMatrix, _ b: EncodedMatrix, alpha: Float = 1, beta: Float = 0,
    added: EncodedMatrix? = nil
  ) throws(ReductionFailure) {
    guard a.columns == b.rows else {
      throw ReductionFailure(
        "A is \(a.rows) x \(a.columns) and B \(b.rows) x \(b.columns): A needs as many columns as "
          + "B has rows")
    }
    guard a.columns <= AlignedRows.longest else {
      throw ReductionFailure(
        "a sum has \(a.columns) terms; at most \(AlignedRows.longest) are added exactly")
    }
    guard alpha.isFinite, beta.isFinite else {
      throw ReductionFailure("alpha is \(alpha) and beta \(beta); both have to be finite")
    }
    if beta != 0, added?.rows != a.rows || added?.columns != b.columns {
      let shape = added.map { "\($0.rows) x \($0.columns)" } ?? "missing"
      throw ReductionFailure(
        "beta is \(beta) and the matrix that it scales is \(shape); it has to be \(a.rows) x "
          + "\(b.columns)")
    }
    (self.a, self.b) = (a, b)
    self.alpha = Format.fp32.decode(alpha.bitPattern)
    self.beta = Format.fp32.decode(beta.bitPattern)
    self.added = beta == 0 ? nil : added
    columns = SharedRows(
      rows: AlignedRows(count: alpha == 0 ? 0 : b.columns, length: a.columns) { b.decoded($1, $0) })
  }

  /// The number of terms of an element of C.
  package var terms: Int { a.columns + (added == nil ? 0 : 1) }

  /// The elements of some rows of C, row by row: threads share the rows out.
  ///
  /// - Precondition: C has the rows.
  package func values(ofRows range: Range<Int>) -> [ExactReduction] {
    precondition(range.lowerBound >= 0 && range.upperBound <= a.rows, "rows \(range) of \(a.rows)")
    let n = b.columns
    return [ExactReduction](unsafeUninitializedCapacity: range.count * n) { values, initialized in
      initialized = range.count * n
      guard let values = values.baseAddress else { return }
      withUnsafeTemporaryAllocation(of: Int128.self, capacity: AlignedRows.sumCount) { sums in
        sums.initialize(repeating: 0)
        guard let base = sums.baseAddress else { return }
        for first in stride(from: range.lowerBound, to: range.upperBound, by: Self.rowBlock) {
          let block = first..<min(first + Self.rowBlock, range.upperBound)
          fill(values + (first - range.lowerBound) * n, rows: block, AlignedProducts(base))
        }
      }
    }
  }

  private func fill(
    _ values: UnsafeMutablePointer<ExactReduction>, rows: Range<Int>, _ products: AlignedProducts
  ) {
    let n = b.columns
    let count = alpha.isZero ? 0 : rows.count
    let aligned = AlignedRows(count: count, length: a.columns) {
      a.decoded(rows.lowerBound + $0, $1)
    }
    for column in 0..<n {
      for row in 0..<rows.count {
        (values + row * n + column).initialize(
          to: value(rows.lowerBound + row, column, aligned, row, products))
      }
    }
  }

  /// The element of C in a row and a column, the row standing at `place` among the aligned ones.
  private func value(
    _ row: Int, _ column: Int, _ aligned: AlignedRows, _ place: Int, _ products: AlignedProducts
  ) -> ExactReduction {
    var total: ExactAccumulator
    if alpha.isZero {
      total = ExactAccumulator()
    } else {
      let (x, y) = (aligned.rows[place], columns.rows.rows[column])
      let count = a.columns
      let magnitudes = AlignedProducts.magnitudeSum(
        aligned.magnitudes(place), columns.rows.magnitudes(column), count: count)
      let exponent = x.exponent + y.exponent
      let hasSpecials = x.hasSpecials || y.hasSpecials
      if x.isUniform && y.isUniform {
        let sum = AlignedProducts.uniformSum(
          aligned.integers(place), columns.rows.integers(column), count: count)
        if sum != 0, !hasSpecials, isPlain {
          return ExactReduction(sum, exponent: exponent, magnitudes: magnitudes)
        }
        total = ExactAccumulator()
        total.add(sum, exponent: exponent)
      } else {
        total = ExactAccumulator()
        products.add(
          aligned.integers(place), aligned.bins(place), columns.rows.integers(column),
          columns.rows.bins(column), count: count, exponent: exponent, to: &total)
      }
      total.add(
        hasSpecials || total.isZero ? specials(row, column) : .nonzero, magnitudes: magnitudes)
      if !isOne(alpha) { total = total.multiplied(by: alpha) }
    }
    if let added { total.addProduct(beta, added.decoded(row, column)) }
    return total.sum
  }

  /// Whether C is A B.
  private var isPlain: Bool { isOne(alpha) && added == nil }

  private func isOne(_ x: Decoded) -> Bool { x == Format.fp32.decode(Format.fp32.one) }

  /// The classes of the terms of an element of A B.
  private func specials(_ row: Int, _ column: Int) -> TermSpecials {
    (0..<a.columns).reduce(into: []) {
      $0.formUnion(TermSpecials(a.decoded(row, $1), b.decoded($1, column)))
    }
  }
}

/// Why there is no exact value.
package struct ReductionFailure: Error, CustomStringConvertible {
  package let description: String
  init(_ description: String) { self.description = description }
}
