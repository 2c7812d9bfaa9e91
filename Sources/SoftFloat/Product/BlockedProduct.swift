// SPDX-License-Identifier: Apache-2.0
import Formats

/// The loops around a kernel: which part of the result, which panel of terms and which sliver of
/// columns comes when, so that each stays in a cache level while it is used (Goto and van de Geijn,
/// "Anatomy of high-performance matrix multiplication", ACM TOMS 2008).
///
/// Whatever the part, each sum takes its terms in the order that the accumulation says.
struct BlockedProduct<Kernel: ProductKernel>: Sendable {
  typealias Element = Kernel.Element

  let a: MatrixOperand
  let b: MatrixOperand
  let addend: MatrixAddend?
  let result: MatrixResult
  let shape: ProductShape
  let accumulation: Accumulation

  /// Rows of the left operand that stay in the second cache level: twenty tiles of twelve, forty of
  /// six.
  static var blockRows: Int { 240 }

  /// Whether the kernel writes finished sums into the result's own memory.
  private var writesResult: Bool {
    guard case .sequential = accumulation.order, case .overwrite = result.mode, addend == nil else {
      return false
    }
    return shape.inner > 0 && Element.elements(result.storage) != nil
  }

  /// The largest part of a result whose unfinished sums are kept at once.
  private var largestPart: (rows: Int, columns: Int) {
    if writesResult { return (8 * Self.blockRows, 1024) }
    if case .pairwise = accumulation.order { return (48, max(128, Kernel.sliver)) }
    return (2 * Self.blockRows, 256)
  }

  /// Memory to compute at most so many rows and columns at a time.
  func workspace(rows: Int, columns: Int) -> Workspace<Kernel> {
    Workspace(
      self, rows: min(rows, largestPart.rows), columns: min(columns, largestPart.columns),
      writesResult: writesResult)
  }

  /// Computes some rows and columns of the matrix that the workspace has selected.
  func compute(_ workspace: Workspace<Kernel>, allRows: Range<Int>, allColumns: Range<Int>) {
    let part = largestPart
    for column in stride(from: allColumns.lowerBound, to: allColumns.upperBound, by: part.columns) {
      for row in stride(from: allRows.lowerBound, to: allRows.upperBound, by: max(part.rows, 1)) {
        compute(
          workspace, rows: row..<min(row + part.rows, allRows.upperBound),
          columns: column..<min(column + part.columns, allColumns.upperBound))
      }
    }
  }

  private func compute(_ workspace: Workspace<Kernel>, rows: Range<Int>, columns: Range<Int>) {
    let blocks = TermBlocks(accumulation.order, terms: shape.inner)
    let sums = SumStore(workspace, rows: rows, columns: columns)
    let beginsAtZero = !sums.beginsWithAddend
    sums.begin(blocks: blocks.count)
    let panels = (shape.inner + Kernel.panelTerms - 1) / Kernel.panelTerms
    var firstBlock = 0
    for panel in 0..<panels {
      let terms = shape.inner * panel / panels..<shape.inner * (panel + 1) / panels
      let right = workspace.right(terms: terms, columns: columns, rows: rows.count)
      var block = firstBlock
      for row in stride(from: rows.lowerBound, to: rows.upperBound, by: Self.blockRows) {
        let some = row..<min(row + Self.blockRows, rows.upperBound)
        let left = workspace.left(rows: some, terms: terms, columns: columns.count)
        block = firstBlock
        while block < blocks.count {
          let whole = blocks[block]
          let piece = whole.clamped(to: terms)
          guard !piece.isEmpty else { break }
          accumulate(
            left, right, firstTerm: piece.lowerBound - terms.lowerBound, terms: piece.count,
            rows: some, columns: columns.count, into: sums, block: block,
            begins: piece.lowerBound == whole.lowerBound && beginsAtZero,
            ends: piece.upperBound == whole.upperBound)
          guard piece.upperBound == whole.upperBound else { break }
          sums.finish(block: block, rows: some)
          block += 1
        }
      }
      firstBlock = block
    }
    sums.end(blocks: blocks.count)
  }

  private func accumulate(
    _ left: StridedElements<Element>, _ right: SliverPanel<Element>, firstTerm: Int, terms: Int,
    rows: Range<Int>, columns: Int, into sums: SumStore<Kernel>, block: Int, begins: Bool,
    ends: Bool
  ) {
    var sliver = right.base + firstTerm * right.term
    for column in stride(from: 0, to: columns, by: Kernel.sliver) {
      sums.update(rows: rows, column: column, block: block, begins: begins, ends: ends) {
        Kernel.accumulate(
          rows: rows.count, terms: terms, columns: min(Kernel.sliver, columns - column),
          left.at(row: 0, term: firstTerm), sliver, yStride: right.term, sums: $0, begins: begins)
      }
      sliver += right.sliver
    }
  }
}
