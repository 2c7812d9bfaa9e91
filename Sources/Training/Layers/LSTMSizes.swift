// SPDX-License-Identifier: Apache-2.0
import Measurements
import SoftFloat

/// The sizes of a long short-term memory: T time steps, B examples, H units.
struct LSTMSizes {
  let time: Int
  let batch: Int
  let units: Int

  /// (T, B, 4 H).
  var ofGates: [Int] { [time, batch, 4 * units] }
  /// (T, B, H), the shape of the cells and of the outputs.
  var ofUnits: [Int] { [time, batch, units] }

  /// The primitives of both products and passes for one value of H, at least: a few units and steps are
  /// worth a thread, so that more than the elementary functions need not be counted.
  private static var primitives: Int { 64 }
  /// The primitives of all time steps, at least.
  var primitives: Int { time * batch * units * Self.primitives }
}

/// Some examples of the batch at one time step: neighbouring rows of (T, B, ...).
struct LSTMRows<N: Number> {
  let kernel: Kernel<N>
  /// The threads of a product.
  private let threads: Int
  let units: Int
  /// t B + b of the first example.
  let first: Int
  let count: Int

  init(_ kernel: Kernel<N>, _ sizes: LSTMSizes, _ examples: Range<Int>, time: Int, threads: Int) {
    self.kernel = kernel
    self.threads = threads
    units = sizes.units
    first = time * sizes.batch + examples.lowerBound
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

  /// Rounds the rows, of so many values each; a stochastic rounding knows each value by its place in (T, B, ...).
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
