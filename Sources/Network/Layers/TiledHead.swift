// SPDX-License-Identifier: Apache-2.0
import Measurements
import Policies
import SoftFloat

/// One head of one example of an attention that takes its keys a tile at a time.
struct TiledHead<N: Number> {
  private let layout: HeadLayout
  private let kernel: Kernel<N>
  /// The keys of a tile.
  private let tile: Int
  /// h B + b.
  let number: Int

  init(layout: HeadLayout, kernel: Kernel<N>, tile: Int, number: Int) {
    self.layout = layout
    self.kernel = kernel
    self.tile = tile
    self.number = number
  }

  /// Some keys, and the queries that see at least one of them: those from the first key on.
  struct Tile {
    let first: Int
    let count: Int
    let queries: Int

    /// The number of its keys that a query sees.
    func visible(_ query: Int) -> Int { min(count, query - first + 1) }
  }

  var context: Int { layout.context }
  var size: Int { layout.size }
  /// From one position to the next in a tensor of the output's shape.
  var outputStride: Int { layout.heads * size }
  /// From one position to the next in a tensor of the input's shape.
  var inputStride: Int { 3 * outputStride }
  /// The first element in a tensor of the output's shape.
  var output: Int { example * context * outputStride + head * size }
  private var head: Int { number / layout.batch }
  private var example: Int { number % layout.batch }

  /// The tiles in ascending order.
  var tiles: [Tile] {
    stride(from: 0, to: context, by: tile).map {
      Tile(first: $0, count: min(tile, context - $0), queries: context - $0)
    }
  }

  /// The element of the input at which a row of Q, K or V begins.
  func start(_ part: HeadLayout.Part, row: Int) -> Int {
    (example * context + row) * inputStride + (part.rawValue * layout.heads + head) * size
  }

  /// Q, K or V from a row on.
  func view(
    _ x: Tensor, _ part: HeadLayout.Part, row: Int, transposed: Bool = false
  ) -> MatrixView<N.Element> {
    MatrixView(
      elements: x.elements(N.self) + start(part, row: row), stored: x.stored, stride: inputStride,
      isTransposed: transposed)
  }

  /// The head's part of a tensor of the output's shape from a row on.
  func view(_ y: Tensor, row: Int) -> MatrixView<N.Element> {
    MatrixView(
      elements: y.elements(N.self) + output + row * outputStride, stored: y.stored,
      stride: outputStride,
      isTransposed: false)
  }

  /// Numbers of one's own, rounded to a precision, as an operand.
  func view(
    _ numbers: UnsafeMutablePointer<N>, _ precision: Precision, stride: Int,
    transposed: Bool = false
  ) -> MatrixView<N.Element> {
    MatrixView(
      elements: N.elements(numbers), stored: StoredFormat(precision: precision), stride: stride,
      isTransposed: transposed)
  }

  /// op(A) op(B), finished sums as the rule's accumulation says.
  func multiply(
    _ a: MatrixView<N.Element>, _ b: MatrixView<N.Element>, into target: UnsafeMutablePointer<N>,
    stride: Int, _ shape: ProductShape
  ) {
    N.Element.multiply(
      a, b, into: MatrixTarget(elements: N.elements(target), stride: stride),
      ProductSizes(shape: shape), accumulation: kernel.rule.accumulation, threads: 1)
  }

  /// Q Kᵀ / √D of a tile, from its first query on, a row every `tile` numbers.
  func scores(_ x: Tensor, _ keys: Tile, into target: UnsafeMutablePointer<N>) {
    multiply(
      view(x, .query, row: keys.first), view(x, .key, row: keys.first, transposed: true),
      into: target, stride: tile,
      ProductShape(rows: keys.queries, inner: size, columns: keys.count))
    let scale = N(layout.scale)
    for row in 0..<keys.queries {
      let target = target + row * tile
      for i in 0..<keys.count { target[i] = target[i] * scale }
    }
  }

  /// Rounds a tile of numbers; a stochastic rounding knows each by its place in (H, B, T, T).
  func round(_ numbers: UnsafeMutablePointer<N>, _ keys: Tile, _ storing: Storing) {
    var counts: RangeCounts?
    for row in 0..<keys.queries {
      let query = number * context + keys.first + row
      N.Element.store(
        UnsafeMutableBufferPointer(start: N.elements(numbers + row * tile), count: keys.count),
        storing, firstIndex: query * context + keys.first, counts: &counts)
    }
  }
}
