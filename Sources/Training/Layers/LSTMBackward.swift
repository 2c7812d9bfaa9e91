// SPDX-License-Identifier: Apache-2.0

/// The backward pass of a long short-term memory through time.
struct LSTMBackward<N: Number> {
  private let sizes: LSTMSizes
  private let kernel: Kernel<N>
  /// The gradient of the outputs, shape (T, B, H).
  private let gradient: Tensor
  private let gates: Tensor
  private let cells: Tensor
  /// Uᵀ.
  private let recurrent: Tensor
  private let precision: Precision
  /// The gradients of the gates' arguments, and those as products read them, where that is another rounding.
  private let dGates: TensorBuffer<N.Element>
  private let copies: TensorBuffer<N.Element>?
  private let operands: Precision
  /// The roundings of dc, of the gates' gradients, of those as products read them, of what a cell hands to the
  /// one before, and of dh.
  private let storing:
    (cell: Storing, gates: Storing, operand: Storing, before: Storing, output: Storing)

  init(
    _ sizes: LSTMSizes, _ kernel: Kernel<N>, gradient: Tensor, gates: Tensor, cells: Tensor,
    recurrent: Tensor, as precision: Precision
  ) {
    self.sizes = sizes
    self.kernel = kernel
    self.gradient = gradient
    self.gates = gates
    self.cells = cells
    self.recurrent = recurrent
    self.precision = precision
    func buffer() -> TensorBuffer<N.Element> {
      TensorBuffer(count: gates.count, pool: kernel.context.pool)
    }
    dGates = buffer()
    operands = kernel.gradientPrecision(precision)
    copies = precision.isContained(in: operands) ? nil : buffer()
    storing = (
      kernel.storing(precision), kernel.storing(precision), kernel.storing(operands),
      kernel.storing(precision), kernel.storing(precision)
    )
  }

  /// The gradients of the gates' arguments, (T, B, 4 H), and those as products read them.
  func result() -> (dGates: Tensor, read: Tensor) {
    let bands = kernel.bands(of: sizes.batch, primitives: sizes.primitives)
    let threads = kernel.threads(within: bands)
    Parallel.bands(of: sizes.batch, bands) { run($1, threads: threads) }
    let result = Tensor(shape: sizes.ofGates, dGates, precision: precision, range: nil)
    let read = copies.map {
      Tensor(shape: sizes.ofGates, $0, precision: operands, range: nil)
    }
    return (result, read ?? result.widened(to: operands))
  }

  /// All time steps of some examples.
  private func run(_ examples: Range<Int>, threads: Int) {
    let units = sizes.units
    let count = examples.count * units
    withExtendedLifetime((gradient, gates, cells, dGates, copies)) {
      kernel.withScratch(4 * count) { scratch in
        guard let zeros = scratch.baseAddress else { return }
        let (squashed, dc, dh) = (zeros + count, zeros + 2 * count, zeros + 3 * count)
        let (gates, cells) = (gates.values(N.self), cells.values(N.self))
        let (above, dGates) = (gradient.values(N.self), N.bind(dGates.elements))
        for time in (0..<sizes.time).reversed() {
          let rows = LSTMRows(kernel, sizes, examples, time: time, threads: threads)
          let (first, ofGates) = (rows.first * units, rows.first * 4 * units)
          let (gate, c, dGate) = (gates + ofGates, cells + first, dGates + ofGates)
          let before =
            time == 0 ? UnsafePointer(zeros) : cells + first - sizes.batch * units
          for i in 0..<count { squashed[i] = c[i] }
          N.apply(.tanh, UnsafeMutableBufferPointer(start: squashed, count: count))
          for i in 0..<count { dh[i] = above[first + i] + dh[i] }
          cellGradient(dc, dh, squashed, gate, rows)
          rows.round(dc, width: units, storing.cell)
          gateGradient(dGate, dh, dc, squashed, gate, before, rows)
          rows.round(dGate, width: 4 * units, storing.gates)
          forget(dc, gate, rows)
          rows.round(dc, width: units, storing.before)
          var read = dGate
          if let copies {
            read = N.bind(copies.elements) + ofGates
            for i in 0..<4 * count { read[i] = dGate[i] }
            rows.round(read, width: 4 * units, storing.operand)
          }
          rows.multiply(read, operands, by: recurrent, into: dh)
          rows.round(dh, width: units, storing.output)
        }
      }
    }
  }

  /// dc + dh o (1 - tanh² c), dh being the sum of the output's gradient and the recurrence's.
  @inline(__always)
  private func cellGradient(
    _ dc: UnsafeMutablePointer<N>, _ dh: UnsafePointer<N>, _ squashed: UnsafePointer<N>,
    _ gates: UnsafePointer<N>, _ rows: LSTMRows<N>
  ) {
    let units = rows.units
    for row in 0..<rows.count {
      let o = gates + (row * 4 + 3) * units
      let (dc, dh, squashed) = (dc + row * units, dh + row * units, squashed + row * units)
      for i in 0..<units {
        dc[i] = dc[i] + dh[i] * o[i] * (.one - squashed[i] * squashed[i])
      }
    }
  }

  /// The gradients of the gates' arguments: dc g i (1 - i), dc c₋₁ f (1 - f), dc i (1 - g²), dh tanh c o (1 - o).
  @inline(__always)
  private func gateGradient(
    _ target: UnsafeMutablePointer<N>, _ dh: UnsafePointer<N>, _ dc: UnsafePointer<N>,
    _ squashed: UnsafePointer<N>, _ gates: UnsafePointer<N>, _ before: UnsafePointer<N>,
    _ rows: LSTMRows<N>
  ) {
    let units = rows.units
    for row in 0..<rows.count {
      let (i, target) = (gates + row * 4 * units, target + row * 4 * units)
      let (f, g, o) = (i + units, i + 2 * units, i + 3 * units)
      let (dc, old) = (dc + row * units, before + row * units)
      let (dh, squashed) = (dh + row * units, squashed + row * units)
      // Loops of few pointers each, which the compiler turns into vectors.
      for k in 0..<units { target[k] = dc[k] * g[k] * (i[k] * (.one - i[k])) }
      let forget = target + units
      for k in 0..<units { forget[k] = dc[k] * old[k] * (f[k] * (.one - f[k])) }
      let candidate = target + 2 * units
      for k in 0..<units { candidate[k] = dc[k] * i[k] * (.one - g[k] * g[k]) }
      let out = target + 3 * units
      for k in 0..<units { out[k] = dh[k] * squashed[k] * (o[k] * (.one - o[k])) }
    }
  }

  /// dc f: what the cell before receives.
  @inline(__always)
  private func forget(
    _ dc: UnsafeMutablePointer<N>, _ gates: UnsafePointer<N>, _ rows: LSTMRows<N>
  ) {
    let units = rows.units
    for row in 0..<rows.count {
      let f = gates + (row * 4 + 1) * units
      let dc = dc + row * units
      for i in 0..<units { dc[i] = dc[i] * f[i] }
    }
  }
}
