// SPDX-License-Identifier: Apache-2.0

/// A panel of the right operand in slivers of columns: where it is stored, or a copy.
struct SliverPanel<Element> {
  let base: UnsafePointer<Element>
  /// The distance from term to term.
  let term: Int
  /// The distance from sliver to sliver.
  let sliver: Int
}

/// The memory of one thread's parts of a product: copies of operands and unfinished sums, in one
/// piece.
struct Workspace<Kernel: ProductKernel> {
  typealias Element = Kernel.Element

  let product: BlockedProduct<Kernel>
  /// The first element of a matrix of the batch in each operand and in the result.
  private(set) var offsets = (a: 0, b: 0, result: 0)
  /// The matrix of the batch.
  private(set) var matrix = 0
  /// The result's own memory, where the kernel writes finished sums there.
  let place: UnsafeMutablePointer<Element>?
  /// Unfinished sums: row by row, or sliver by sliver where the kernel writes the result; of a single
  /// panel those have room for one sliver, which may be narrower than the kernel writes.
  let sums: UnsafeMutablePointer<Element>
  /// From row to row of `sums`.
  let sumStride: Int
  /// From one level of a tree of sums to the next.
  let levelSize: Int
  /// The running sums of blocks, where the order has them.
  let totals: BlockSums?

  private let memory: UnsafeMutableRawPointer
  private let leftCopy: UnsafeMutablePointer<Element>
  private let rightCopy: UnsafeMutablePointer<Element>
  private let widened: UnsafeMutablePointer<Element>
  private let staging: UnsafeMutablePointer<UInt16>

  /// Rows that are widened together before they are transposed.
  private static var widenedRows: Int { 16 }
  /// Vectors of this alignment never straddle two cache lines.
  private static var alignment: Int { 64 }

  private static func aligned(_ count: Int) -> Int {
    let line = alignment / MemoryLayout<Element>.stride
    return (count + line - 1) / line * line
  }

  /// Memory for parts of at most so many rows and columns.
  init(_ product: BlockedProduct<Kernel>, rows: Int, columns: Int, writesResult: Bool) {
    self.product = product
    place = writesResult ? Element.elements(product.result.storage) : nil
    let order = product.accumulation.order
    let blockRows = min(rows, BlockedProduct<Kernel>.blockRows)
    let padded = (columns + Kernel.sliver - 1) / Kernel.sliver * Kernel.sliver
    let terms = min(Kernel.panelTerms, product.shape.inner)

    sumStride = writesResult ? Kernel.sliver : padded
    let isOnePanel = product.shape.inner <= terms
    levelSize = writesResult && isOnePanel ? blockRows * Kernel.sliver : rows * padded
    var levels = 1
    if case .pairwise = order {
      let blocks = TermBlocks(order, terms: product.shape.inner).count
      levels = Int.bitWidth - blocks.leadingZeroBitCount + 1
    }
    switch order {
    case .sequential, .pairwise, .matrixUnit: totals = nil
    case .chunked, .splitK:
      totals = BlockSums(product.accumulation.resultFormat, capacity: levelSize)
    }

    let left =
      product.a.isTransposed
      ? Packing.paddedStride(blockRows) * terms : blockRows * Packing.paddedStride(terms)
    let strip =
      product.b.isTransposed && Element.elements(product.b.storage) == nil
      ? Self.widenedRows * Packing.paddedStride(terms) : 0
    let staged =
      product.a.isEncoded || product.b.isEncoded ? max(left, terms * Kernel.sliver, strip) : 0
    let leftStart = Self.aligned(levelSize * levels)
    let rightStart = leftStart + Self.aligned(left)
    let stripStart = rightStart + Self.aligned(terms * padded)
    let stagingStart = stripStart + Self.aligned(strip)
    memory = .allocate(
      byteCount: stagingStart * MemoryLayout<Element>.stride
        + staged * MemoryLayout<UInt16>.stride, alignment: Self.alignment)
    let elements = memory.assumingMemoryBound(to: Element.self)
    sums = elements
    leftCopy = elements + leftStart
    rightCopy = elements + rightStart
    widened = elements + stripStart
    staging = UnsafeMutableRawPointer(elements + stagingStart).assumingMemoryBound(to: UInt16.self)
    staging.initialize(repeating: 0, count: staged)
  }

  func deallocate() {
    totals?.deallocate()
    memory.deallocate()
  }

  /// Turns to a matrix of the batch.
  mutating func select(matrix: Int) {
    self.matrix = matrix
    offsets = (
      matrix * product.a.batchStride, matrix * product.b.batchStride,
      matrix * product.result.batchStride
    )
  }

  /// The left operand's rows and terms.
  func left(rows: Range<Int>, terms: Range<Int>, columns: Int) -> StridedElements<Element> {
    let a = product.a
    let (outer, inner) = a.isTransposed ? (terms, rows) : (rows, terms)
    let offset = offsets.a + outer.lowerBound * a.stride + inner.lowerBound
    // A copy pays once its elements are used in several slivers.
    if columns <= 2 * Kernel.sliver, let elements = Element.elements(a.storage) {
      let base = elements + offset
      return a.isTransposed
        ? StridedElements(base: base, row: 1, term: a.stride)
        : StridedElements(base: base, row: a.stride, term: 1)
    }
    let stride = Packing.paddedStride(inner.count)
    Packing.copy(
      a, offset: offset, rows: outer.count, columns: inner.count, to: leftCopy, stride: stride,
      staging: staging)
    return a.isTransposed
      ? StridedElements(base: leftCopy, row: 1, term: stride)
      : StridedElements(base: leftCopy, row: stride, term: 1)
  }

  /// The right operand's terms and columns.
  func right(terms: Range<Int>, columns: Range<Int>, rows: Int) -> SliverPanel<Element> {
    let b = product.b
    let sliver = Kernel.sliver
    // A copy pays once its elements are used by several tiles of rows.
    if !b.isTransposed, rows <= 24, columns.count % sliver == 0,
      let elements = Element.elements(b.storage)
    {
      let offset = offsets.b + terms.lowerBound * b.stride + columns.lowerBound
      return SliverPanel(base: elements + offset, term: b.stride, sliver: sliver)
    }
    let size = terms.count * sliver
    // Whole slivers together, the last one by itself.
    var copied = 0
    if !b.isTransposed, let elements = Element.elements(b.storage) {
      copied = columns.count / sliver
      Packing.copySlivers(
        elements + offsets.b + terms.lowerBound * b.stride + columns.lowerBound, stride: b.stride,
        rows: terms.count, slivers: copied, width: sliver, to: rightCopy)
    }
    for index in copied..<(columns.count + sliver - 1) / sliver {
      let first = columns.lowerBound + index * sliver
      copy(
        terms: terms, columns: first..<min(first + sliver, columns.upperBound),
        to: rightCopy + index * size)
    }
    return SliverPanel(base: rightCopy, term: sliver, sliver: size)
  }

  /// Copies one sliver, each term's columns side by side, zeros behind those that are missing.
  private func copy(
    terms: Range<Int>, columns: Range<Int>, to target: UnsafeMutablePointer<Element>
  ) {
    let b = product.b
    let sliver = Kernel.sliver
    if columns.count < sliver { target.update(repeating: 0, count: terms.count * sliver) }
    let (outer, inner) = b.isTransposed ? (columns, terms) : (terms, columns)
    let offset = offsets.b + outer.lowerBound * b.stride + inner.lowerBound
    if !b.isTransposed {
      Packing.copy(
        b, offset: offset, rows: terms.count, columns: columns.count, to: target, stride: sliver,
        staging: staging)
    } else if let elements = Element.elements(b.storage) {
      Packing.transpose(
        elements + offset, stride: b.stride, rows: columns.count, columns: terms.count,
        to: target, stride: sliver)
    } else {
      let stride = Packing.paddedStride(terms.count)
      for column in Swift.stride(from: 0, to: columns.count, by: Self.widenedRows) {
        let count = min(Self.widenedRows, columns.count - column)
        Packing.copy(
          b, offset: offset + column * b.stride, rows: count, columns: terms.count, to: widened,
          stride: stride, staging: staging)
        Packing.transpose(
          widened, stride: stride, rows: count, columns: terms.count, to: target + column,
          stride: sliver)
      }
    }
  }
}
