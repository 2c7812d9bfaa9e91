// SPDX-License-Identifier: Apache-2.0
import Policies
import SoftFloat
import Threads

/// `Attention` a tile of N keys at a time, as FlashAttention computes it (Dao et al., 2022): no row
/// of scores ever stands complete, so that a running maximum m and sum l stand in for softmax's.
///
/// For each query, over the tiles in ascending order, beginning with m = -∞, l = 0, o = 0:
/// - s = Q Kᵀ / √D of the tile. The sums are finished in the accumulation's format and not rounded
///   to the operands' (plain attention stores them rounded); the scaling is a primitive of the
///   elementwise arithmetic, as everything is that follows.
/// - m' = max(m, max s), p = e^(s - m'), a = e^(m - m'), l ← a l + Σ p, the tile's own sum
///   interleaved.
/// - p rounded to the operands' format, o ← a o + p V: p V is a finished sum of the accumulation.
///
/// Then O = o / l, rounded once to the result's format, and L = m + log l, which is kept in the
/// elementwise arithmetic's format.
///
/// Gradients: D = Σ dO O for each query, in the elementwise arithmetic. For each tile the scores
/// are computed again, p = e^(s - L), dS = p (dO Vᵀ - D), the product again unrounded; p is rounded
/// to the operands' format, dS to that of dO. dV = pᵀ dO and dK = dSᵀ Q / √D are one sum over the
/// queries; dQ is the sum of the tiles' dS K, divided by √D. Each is rounded once to the format of
/// the input's gradient.
///
/// Tiles and queries that the mask hides from each other are skipped.
struct TiledAttention: Primitive {
  let heads: Int
  /// The keys of a tile, N.
  let tile: Int
  var operation: String { "attention" }
  var operationClass: OperationClass { .attention }
  var backwardReadsOutput: Bool { true }

  func forward<N: Number>(_ inputs: [Tensor], _ kernel: Kernel<N>) -> ForwardResult {
    let x = inputs[0]
    let layout = HeadLayout(x, heads: heads)
    let tile = min(tile, layout.context)
    let shape = layout.shape(.output)
    let output = TensorBuffer<N.Element>(count: shape.reduce(1, *), pool: kernel.context.pool)
    let rows = [layout.heads, layout.batch, layout.context]
    let logarithms = TensorBuffer<N.Element>(count: rows.reduce(1, *), pool: kernel.context.pool)
    let storing = kernel.storing(x.precision)
    forEachHead(layout, kernel, tile: tile, scratch: tile + 2 * layout.size + 2) { head, scratch in
      let scores = scratch
      let sums = scores + head.context * tile
      let parts = sums + head.context * head.size
      let maxima = parts + head.context * head.size
      let totals = maxima + head.context
      for row in 0..<head.context {
        (maxima[row], totals[row]) = (N(-Double.infinity), .zero)
        for i in 0..<head.size { sums[row * head.size + i] = .zero }
      }
      for keys in head.tiles {
        head.scores(x, keys, into: scores)
        for row in keys.first..<head.context {
          let s = scores + (row - keys.first) * tile
          var largest = maxima[row]
          for i in 0..<keys.visible(row) { largest = largest < s[i] ? s[i] : largest }
          // A row of -∞ alone has the maximum 0, as in `Softmax`.
          let shift = largest == N(-Double.infinity) ? .zero : largest
          for i in 0..<keys.visible(row) { s[i] = s[i] - shift }
          for i in keys.visible(row)..<keys.count { s[i] = N(-Double.infinity) }
          let factor = N.apply(.exp, maxima[row] - shift)
          N.apply(.exp, UnsafeMutableBufferPointer(start: s, count: keys.count))
          let sum = kernel.sum(keys.visible(row)) { s[$0] }
          totals[row] = factor * totals[row] + sum
          for i in 0..<head.size { sums[row * head.size + i] = factor * sums[row * head.size + i] }
          maxima[row] = largest
        }
        head.round(scores, keys, storing)
        head.multiply(
          head.view(scores, x.precision, stride: tile), head.view(x, .value, row: keys.first),
          into: parts,
          stride: head.size,
          ProductShape(rows: keys.queries, inner: keys.count, columns: head.size))
        let behind = sums + keys.first * head.size
        for i in 0..<keys.queries * head.size { behind[i] = behind[i] + parts[i] }
      }
      let target = N.bind(output.elements) + head.output
      let saved = N.bind(logarithms.elements) + head.number * head.context
      for row in 0..<head.context {
        for i in 0..<head.size {
          target[row * head.outputStride + i] = sums[row * head.size + i] / totals[row]
        }
        saved[row] = maxima[row] + N.apply(.log, totals[row])
      }
    }
    return ForwardResult(
      output: kernel.finish(output, shape, as: kernel.output(x)) { _, _ in },
      saved: [kernel.finish(logarithms, rows, as: kernel.rule.compute.precision) { _, _ in }])
  }

  func backward<N: Number>(
    _ gradient: Tensor, _ pass: ForwardPass, _ kernel: Kernel<N>
  ) -> [Tensor?] {
    let x = pass.inputs[0]
    let layout = HeadLayout(x, heads: heads)
    let tile = min(tile, layout.context)
    let buffer = TensorBuffer<N.Element>(count: x.count, pool: kernel.context.pool)
    let storingP = kernel.storing(x.precision)
    let storingS = kernel.storing(gradient.precision)
    let scale = N(layout.scale)
    let (dO0, o0) = (gradient.values(N.self), pass.output.values(N.self))
    let logarithms = pass.saved[0].values(N.self)
    withExtendedLifetime((gradient, pass.output, pass.saved[0])) {
      let numbers = 2 * tile + layout.size + 1
      forEachHead(layout, kernel, tile: tile, scratch: numbers) { head, scratch in
        let scores = scratch
        let slopes = scores + head.context * tile
        let parts = slopes + head.context * tile
        let dots = parts + head.context * head.size
        let (dO, o) = (dO0 + head.output, o0 + head.output)
        let dX = N.bind(buffer.elements)
        for row in 0..<head.context {
          let start = row * head.outputStride
          dots[row] = kernel.sum(head.size) { dO[start + $0] * o[start + $0] }
          let dQ = dX + head.start(.query, row: row)
          for i in 0..<head.size { dQ[i] = .zero }
        }
        for keys in head.tiles {
          head.scores(x, keys, into: scores)
          let queries = head.view(gradient, row: keys.first)
          head.multiply(
            queries, head.view(x, .value, row: keys.first, transposed: true), into: slopes,
            stride: tile, ProductShape(rows: keys.queries, inner: head.size, columns: keys.count))
          for row in keys.first..<head.context {
            let (p, dS) = (scores + (row - keys.first) * tile, slopes + (row - keys.first) * tile)
            let log = logarithms[head.number * head.context + row]
            for i in 0..<keys.visible(row) { p[i] = p[i] - log }
            for i in keys.visible(row)..<keys.count { p[i] = N(-Double.infinity) }
            N.apply(.exp, UnsafeMutableBufferPointer(start: p, count: keys.count))
            for i in 0..<keys.visible(row) { dS[i] = p[i] * (dS[i] - dots[row]) }
            for i in keys.visible(row)..<keys.count { dS[i] = .zero }
          }
          head.round(scores, keys, storingP)
          head.round(slopes, keys, storingS)
          let ofKeys = ProductShape(rows: keys.count, inner: keys.queries, columns: head.size)
          head.multiply(
            head.view(scores, x.precision, stride: tile, transposed: true), queries,
            into: dX + head.start(.value, row: keys.first), stride: head.inputStride, ofKeys)
          let dK = dX + head.start(.key, row: keys.first)
          head.multiply(
            head.view(slopes, gradient.precision, stride: tile, transposed: true),
            head.view(x, .query, row: keys.first), into: dK, stride: head.inputStride, ofKeys)
          for row in 0..<keys.count {
            for i in 0..<head.size {
              dK[row * head.inputStride + i] = dK[row * head.inputStride + i] * scale
            }
          }
          head.multiply(
            head.view(slopes, gradient.precision, stride: tile),
            head.view(x, .key, row: keys.first), into: parts,
            stride: head.size,
            ProductShape(rows: keys.queries, inner: keys.count, columns: head.size))
          for row in 0..<keys.queries {
            let dQ = dX + head.start(.query, row: keys.first + row)
            for i in 0..<head.size { dQ[i] = dQ[i] + parts[row * head.size + i] }
          }
        }
        for row in 0..<head.context {
          let dQ = dX + head.start(.query, row: row)
          for i in 0..<head.size { dQ[i] = dQ[i] * scale }
        }
      }
    }
    return [kernel.finish(buffer, x.shape, as: kernel.gradient(x)) { _, _ in }]
  }

  /// Calls `body` for each head of each example with memory for `scratch` numbers a position; heads
  /// are shared among threads.
  private func forEachHead<N: Number>(
    _ layout: HeadLayout, _ kernel: Kernel<N>, tile: Int, scratch: Int,
    _ body: (TiledHead<N>, UnsafeMutablePointer<N>) -> Void
  ) {
    let count = layout.heads * layout.batch
    let work = count * layout.context * layout.context * layout.size
    Parallel.bands(of: count, kernel.bands(of: count, work: work)) { _, some in
      kernel.withScratch(layout.context * scratch) { memory in
        guard let memory = memory.baseAddress else { return }
        for number in some {
          body(TiledHead(layout: layout, kernel: kernel, tile: tile, number: number), memory)
        }
      }
    }
  }
}
