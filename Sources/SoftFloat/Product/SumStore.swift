// SPDX-License-Identifier: Apache-2.0
import Formats

/// The unfinished sums of one part of a result, and what becomes of a block's sums when it is
/// complete.
struct SumStore<Kernel: ProductKernel> {
  typealias Element = Kernel.Element

  private let workspace: Workspace<Kernel>
  private let rows: Range<Int>
  private let columns: Range<Int>

  init(_ workspace: Workspace<Kernel>, rows: Range<Int>, columns: Range<Int>) {
    self.workspace = workspace
    self.rows = rows
    self.columns = columns
  }

  private var accumulation: Accumulation { workspace.product.accumulation }
  private var isPairwise: Bool {
    if case .pairwise = accumulation.order { true } else { false }
  }

  /// Whether the first block continues sums that the addend began; running sums of blocks and trees
  /// take it themselves.
  var beginsWithAddend: Bool {
    workspace.product.addend != nil && workspace.totals == nil && !isPairwise
  }

  /// Prepares the first block.
  func begin(blocks: Int) {
    let count = rows.count * workspace.sumStride
    if let totals = workspace.totals {
      totals.clear(count: count)
      forEachAddendRow { totals.begin(with: $1, at: $0, count: columns.count) }
    } else if blocks == 0 || beginsWithAddend {
      workspace.sums.update(repeating: 0, count: count)
      if beginsWithAddend {
        forEachAddendRow { offset, row in
          for i in 0..<columns.count { workspace.sums[offset + i] = Element(widening: row[i]) }
        }
      }
    }
  }

  /// Each row of the addend, where there is one, and where the row's sums begin.
  private func forEachAddendRow(_ body: (_ offset: Int, UnsafePointer<Float>) -> Void) {
    guard let addend = workspace.product.addend else { return }
    for (i, row) in rows.enumerated() {
      body(
        i * workspace.sumStride,
        addend.row(row, from: columns.lowerBound, matrix: workspace.matrix))
    }
  }

  /// Lets the kernel work on the sums of some rows and one sliver of columns.
  @inline(__always)
  func update(
    rows some: Range<Int>, column: Int, block: Int, begins: Bool, ends: Bool,
    _ body: (SumPlaces<Element>) -> Void
  ) {
    let row = some.lowerBound - rows.lowerBound
    guard let place = workspace.place else {
      let sums =
        workspace.sums + level(before: block) * workspace.levelSize
        + row * workspace.sumStride + column
      body(SumPlaces(in: sums, stride: workspace.sumStride))
      return
    }
    // Unfinished sums stand sliver by sliver, each tile's rows side by side: in the result, a
    // tile's rows are far apart, and often so far that one set of a cache has them all.
    let sliver = Kernel.sliver
    let unfinished =
      begins && ends ? workspace.sums : workspace.sums + column * rows.count + row * sliver
    guard ends else {
      body(SumPlaces(in: unfinished, stride: sliver))
      return
    }
    let stride = workspace.product.result.stride
    let target =
      place + workspace.offsets.result + some.lowerBound * stride + columns.lowerBound + column
    let width = columns.count - column
    if width >= sliver {
      body(SumPlaces(from: unfinished, stride: sliver, to: target, stride: stride))
      return
    }
    // The kernel writes whole slivers: the last one passes through memory that has room for it.
    body(SumPlaces(in: unfinished, stride: sliver))
    Packing.copyRows(
      unfinished, stride: sliver, rows: some.count, columns: width, to: target, stride: stride)
  }

  /// In a tree of block sums: how many finished subtrees stand before a block, the ones of its
  /// index in binary.
  private func level(before block: Int) -> Int { isPairwise ? block.nonzeroBitCount : 0 }

  /// Adds a finished block's sums to those before it, as the order says.
  func finish(block: Int, rows some: Range<Int>) {
    let offset = (some.lowerBound - rows.lowerBound) * workspace.sumStride
    let count = some.count * workspace.sumStride
    if let totals = workspace.totals {
      totals.add(UnsafePointer(workspace.sums + offset), at: offset, count: count)
    } else if isPairwise {
      // As a binary counter carries: two subtrees of equal size become one.
      var level = level(before: block)
      for _ in 0..<(block + 1).trailingZeroBitCount {
        merge(level, offset, count)
        level -= 1
      }
    }
  }

  private func merge(_ level: Int, _ offset: Int, _ count: Int) {
    let upper = workspace.sums + level * workspace.levelSize + offset
    let lower = upper - workspace.levelSize
    for i in 0..<count { lower[i] = Kernel.add(lower[i], upper[i]) }
  }

  /// Stores the finished sums.
  func end(blocks: Int) {
    guard workspace.place == nil else { return }
    let stride = workspace.sumStride
    if isPairwise, blocks > 0 {
      for level in (1..<blocks.nonzeroBitCount).reversed() {
        merge(level, 0, rows.count * stride)
      }
    }
    if isPairwise {
      forEachAddendRow { offset, row in
        for i in 0..<columns.count {
          workspace.sums[offset + i] = Kernel.add(
            Element(widening: row[i]), workspace.sums[offset + i])
        }
      }
    }
    let result = workspace.product.result
    for row in 0..<rows.count {
      let element =
        workspace.offsets.result + (rows.lowerBound + row) * result.stride + columns.lowerBound
      if let totals = workspace.totals {
        totals.store(from: row * stride, count: columns.count, to: result, at: element)
      } else {
        SumRounding.store(
          UnsafePointer(workspace.sums + row * stride), count: columns.count,
          accumulation.resultFormat, to: result, at: element)
      }
    }
  }
}
