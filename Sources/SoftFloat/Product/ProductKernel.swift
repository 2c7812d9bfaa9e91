// SPDX-License-Identifier: Apache-2.0

/// Elements of an operand with any distance between rows and between terms.
struct StridedElements<Element> {
  var base: UnsafePointer<Element>
  /// The distance from row to row of the left operand.
  var row: Int
  /// The distance from term to term.
  var term: Int

  @inline(__always) func at(row r: Int, term t: Int) -> StridedElements {
    StridedElements(base: base + r * row + t * term, row: row, term: term)
  }
}

/// Where the sums of some rows and one sliver of columns stand before a block of terms, and where
/// they go after it.
struct SumPlaces<Element> {
  let start: UnsafePointer<Element>
  /// From row to row of `start`.
  let startStride: Int
  let end: UnsafeMutablePointer<Element>
  /// From row to row of `end`.
  let endStride: Int

  init(
    from start: UnsafePointer<Element>, stride startStride: Int,
    to end: UnsafeMutablePointer<Element>, stride endStride: Int
  ) {
    self.start = start
    self.startStride = startStride
    self.end = end
    self.endStride = endStride
  }

  /// Sums that stay where they are.
  init(in place: UnsafeMutablePointer<Element>, stride: Int) {
    self.init(from: place, stride: stride, to: place, stride: stride)
  }

  @inline(__always) func at(row: Int) -> SumPlaces {
    SumPlaces(
      from: start + row * startStride, stride: startStride, to: end + row * endStride,
      stride: endStride)
  }
}

/// The sequential sums of a block of terms, for some rows and one sliver of columns: the innermost
/// loops of a matrix product in one format.
protocol ProductKernel: SendableMetatype {
  associatedtype Element: ProductElement
  /// The columns of a sliver, a multiple of every vector's width.
  static var sliver: Int { get }
  /// The terms of a panel: a sliver of so many fits the first cache level beside the left operand.
  static var panelTerms: Int { get }
  /// The cost of one term in that of a fused multiply-add in FP32.
  static var cost: Int { get }
  /// R(x + y).
  static func add(_ x: Element, _ y: Element) -> Element

  /// Continues the sums (begins them at +0 when `begins`) by `terms` terms in ascending order.
  ///
  /// - Parameters:
  ///   - x: the left operand, from the first row and term on.
  ///   - y: the right operand, `yStride` elements from term to term, `sliver` columns readable.
  ///   - columns: how many columns are wanted; more may be written, up to `sliver`.
  ///   - sums: the sums, `sliver` columns readable (unless they begin) and writable.
  static func accumulate(
    rows: Int, terms: Int, columns: Int, _ x: StridedElements<Element>,
    _ y: UnsafePointer<Element>, yStride: Int, sums: SumPlaces<Element>, begins: Bool)
}
