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

  /// Continues the sums in `sums` (begins them at +0 when `begins`) by `terms` terms in ascending
  /// order.
  ///
  /// - Parameters:
  ///   - x: the left operand, from the first row and term on.
  ///   - y: the right operand, `yStride` elements from term to term, `sliver` columns readable.
  ///   - columns: how many columns are wanted; more may be written, up to `sliver`.
  ///   - sums: the sums, `stride` elements from row to row, `sliver` columns writable.
  static func accumulate(
    rows: Int, terms: Int, columns: Int, _ x: StridedElements<Element>,
    _ y: UnsafePointer<Element>, yStride: Int, into sums: UnsafeMutablePointer<Element>,
    stride: Int, begins: Bool)
}
