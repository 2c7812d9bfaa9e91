// SPDX-License-Identifier: Apache-2.0
import CProcessor

/// Sums in FP32 or FP64 in register tiles of up to twelve rows, or six where there are sixteen
/// registers, by two vectors.
///
/// Every sum is one chain of operations in ascending order of the terms; between blocks of terms it
/// rests in memory, in its own format, so that blocking changes no result.
struct TileKernel<Step: TermStep>: ProductKernel where Step.Vector.Element: ProductElement {
  typealias Element = Step.Vector.Element

  static var sliver: Int { 2 * Step.Vector.width }
  static var panelTerms: Int { 256 }
  static var cost: Int { MemoryLayout<Element>.size / MemoryLayout<Float>.size }

  @inline(__always)
  static func add(_ x: Element, _ y: Element) -> Element { x + y }

  static func accumulate(
    rows: Int, terms: Int, columns: Int, _ x: StridedElements<Element>,
    _ y: UnsafePointer<Element>, yStride: Int, sums: SumPlaces<Element>, begins: Bool
  ) {
    // Tiles as equal as can be: a low one would wait for its own latency.
    let tiles = (rows + Self.highest - 1) / Self.highest
    var row = 0
    for tile in 0..<tiles {
      let end = rows * (tile + 1) / tiles
      accumulate(
        height: end - row, terms: terms, x.at(row: row, term: 0), y, yStride: yStride,
        sums: sums.at(row: row), begins: begins)
      row = end
    }
  }

  /// The rows of the highest tile: its sums take three quarters of the registers, which hides the
  /// latency of two fused multiply-adds a cycle; two vectors of the right operand and an element of
  /// the left one the rest.
  private static var highest: Int {
    Int(HALFWAY_VECTOR_REGISTERS) * 3 / 8 - (Step.roundsProducts ? 2 : 0)
  }
  private typealias Four = Stack<Stack<Row<Step>, Row<Step>>, Stack<Row<Step>, Row<Step>>>
  private typealias Eight = Stack<Four, Four>

  @inline(__always)
  private static func accumulate(
    height: Int, terms: Int, _ x: StridedElements<Element>, _ y: UnsafePointer<Element>,
    yStride: Int, sums: SumPlaces<Element>, begins: Bool
  ) {
    @inline(__always) func run<Rows: TileRows>(_: Rows.Type) where Rows.Step == Step {
      accumulate(
        Rows.self, terms: terms, x, y, yStride: yStride, sums: sums, begins: begins)
    }
    switch height {
    case 1: run(Row<Step>.self)
    case 2: run(Stack<Row<Step>, Row<Step>>.self)
    case 3: run(Stack<Stack<Row<Step>, Row<Step>>, Row<Step>>.self)
    case 4: run(Four.self)
    case 5: run(Stack<Four, Row<Step>>.self)
    case 6: run(Stack<Four, Stack<Row<Step>, Row<Step>>>.self)
    case 7: run(Stack<Four, Stack<Stack<Row<Step>, Row<Step>>, Row<Step>>>.self)
    case 8: run(Eight.self)
    case 9: run(Stack<Eight, Row<Step>>.self)
    case 10: run(Stack<Eight, Stack<Row<Step>, Row<Step>>>.self)
    case 11: run(Stack<Eight, Stack<Stack<Row<Step>, Row<Step>>, Row<Step>>>.self)
    default: run(Stack<Eight, Four>.self)
    }
  }

  // Not inlined: each tile keeps the registers to itself.
  @inline(never)
  private static func accumulate<Rows: TileRows>(
    _: Rows.Type, terms: Int, _ x: StridedElements<Element>, _ y: UnsafePointer<Element>,
    yStride: Int, sums: SumPlaces<Element>, begins: Bool
  ) where Rows.Step == Step {
    var tile = begins ? Rows() : Rows(from: sums.start, stride: sums.startStride)
    var left = x.base
    var right = y
    for _ in 0..<terms {
      tile.add(
        left, stride: x.row, Step.Vector(from: right),
        Step.Vector(from: right + Step.Vector.width))
      left += x.term
      right += yStride
    }
    tile.write(to: sums.end, stride: sums.endStride)
  }
}
