// SPDX-License-Identifier: Apache-2.0
import Measurements
import Policies
import SoftFloat

/// Some examples of the batch at one time step: neighbouring rows of (T, B, ...).
struct LSTMRows<N: Number> {
  private let kernel: Kernel<N>
  /// The threads of a product.
  private let threads: Int
  let units: Int
  let time: Int
  /// The first example, b.
  let example: Int
  /// t B + b.
  let first: Int
  let count: Int

  init(_ kernel: Kernel<N>, _ sizes: LSTMSizes, _ examples: Range<Int>, time: Int, threads: Int) {
    self.kernel = kernel
    self.threads = threads
    units = sizes.units
    self.time = time
    example = examples.lowerBound
    first = time * sizes.batch + example
    count = examples.count
  }

  /// A B for the rows A, finished sums as the rule's accumulation says.
  func multiply(
    _ a: UnsafeMutablePointer<N>, _ precision: Precision, by b: Tensor,
    into target: UnsafeMutablePointer<N>
  ) {
    let a = MatrixView(
      elements: N.elements(a), stored: StoredFormat(precision: precision), stride: b.rows,
      isTransposed: false)
    let right = MatrixView(
      elements: b.elements(N.self), stored: b.stored, stride: b.columns, isTransposed: false)
    let shape = ProductShape(rows: count, inner: b.rows, columns: b.columns)
    withExtendedLifetime(b) {
      N.Element.multiply(
        a, right, into: MatrixTarget(elements: N.elements(target), stride: b.columns),
        ProductSizes(shape: shape), accumulation: kernel.rule.accumulation, threads: threads)
    }
  }

  /// Rounds the rows, of so many values each; a stochastic rounding knows each value by its place
  /// in (T, B, ...).
  func round(
    _ values: UnsafeMutablePointer<N>, width: Int, _ storing: Storing,
    counts: inout RangeCounts?
  ) {
    N.Element.store(
      UnsafeMutableBufferPointer(start: N.elements(values), count: count * width), storing,
      firstIndex: first * width, counts: &counts)
  }

  /// The same where nobody counts.
  func round(_ values: UnsafeMutablePointer<N>, width: Int, _ storing: Storing) {
    var counts: RangeCounts?
    round(values, width: width, storing, counts: &counts)
  }
}
