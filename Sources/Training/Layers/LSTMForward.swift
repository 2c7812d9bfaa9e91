// SPDX-License-Identifier: Apache-2.0
import Measurements

/// The forward pass of a long short-term memory through time.
struct LSTMForward<N: Number> {
  private let sizes: LSTMSizes
  private let kernel: Kernel<N>
  /// x W + b, shape (T, B, 4 H).
  private let driven: Tensor
  /// U.
  private let recurrent: Tensor
  private let precision: Precision
  private let gates: TensorBuffer<N.Element>
  private let cells: TensorBuffer<N.Element>
  private let outputs: TensorBuffer<N.Element>
  /// The format in which the product with U reads h.
  private let operands: Precision
  /// The roundings of h U, of the gates, of c, of h, and of h as the product reads it.
  private let storing:
    (product: Storing, gates: Storing, cell: Storing, output: Storing, operand: Storing)

  init(
    _ sizes: LSTMSizes, _ kernel: Kernel<N>, driven: Tensor, recurrent: Tensor,
    as precision: Precision
  ) {
    self.sizes = sizes
    self.kernel = kernel
    self.driven = driven
    self.recurrent = recurrent
    self.precision = precision
    let (rows, pool) = (sizes.time * sizes.batch, kernel.context.pool)
    gates = TensorBuffer(count: rows * 4 * sizes.units, pool: pool)
    cells = TensorBuffer(count: rows * sizes.units, pool: pool)
    outputs = TensorBuffer(count: rows * sizes.units, pool: pool)
    operands = kernel.operandPrecision(precision)
    storing = (
      kernel.storing(precision), kernel.storing(precision), kernel.storing(precision),
      kernel.storing(precision), kernel.storing(operands)
    )
  }

  /// The outputs (T, B, H); saved are the gates and the cells.
  func result() -> ForwardResult {
    let bands = kernel.bands(of: sizes.batch, primitives: sizes.primitives)
    let threads = kernel.threads(within: bands)
    let range = kernel.inBands(of: sizes.batch, bands) { run($0, threads: threads, counts: &$1) }
    return ForwardResult(
      output: Tensor(shape: sizes.ofUnits, outputs, precision: precision, range: range),
      saved: [
        Tensor(shape: sizes.ofGates, gates, precision: precision, range: nil),
        Tensor(shape: sizes.ofUnits, cells, precision: precision, range: nil),
      ])
  }

  /// All time steps of some examples; what the rounding of h did is added to `counts`.
  private func run(_ examples: Range<Int>, threads: Int, counts: inout RangeCounts?) {
    let units = sizes.units
    let needsCopy = !precision.isContained(in: operands)
    withExtendedLifetime((driven, gates, cells, outputs)) {
      kernel.withScratch(examples.count * units * (needsCopy ? 2 : 1)) { scratch in
        guard let zeros = scratch.baseAddress else { return }
        let driven = driven.values(N.self)
        let (gates, cells) = (N.bind(gates.elements), N.bind(cells.elements))
        let outputs = N.bind(outputs.elements)
        for time in 0..<sizes.time {
          let rows = LSTMRows(kernel, sizes, examples, time: time, threads: threads)
          let before = (rows.first - sizes.batch) * units
          var h = time == 0 ? zeros : outputs + before
          if needsCopy {
            let copy = zeros + examples.count * units
            for i in 0..<examples.count * units { copy[i] = h[i] }
            rows.round(copy, width: units, storing.operand)
            h = copy
          }
          let gate = gates + rows.first * 4 * units
          rows.multiply(h, operands, by: recurrent, into: gate)
          rows.round(gate, width: 4 * units, storing.product)
          activate(gate, driven + rows.first * 4 * units, rows)
          rows.round(gate, width: 4 * units, storing.gates)
          let c = cells + rows.first * units
          remember(c, gate, time == 0 ? zeros : cells + before, rows)
          rows.round(c, width: units, storing.cell)
          let output = outputs + rows.first * units
          emit(output, gate, c, rows)
          rows.round(output, width: units, storing.output, counts: &counts)
        }
      }
    }
  }

  /// The gates of h U.
  @inline(__always)
  private func activate(
    _ gates: UnsafeMutablePointer<N>, _ driven: UnsafePointer<N>, _ rows: LSTMRows<N>
  ) {
    let units = rows.units
    for i in 0..<rows.count * 4 * units { gates[i] = driven[i] + gates[i] }
    for row in 0..<rows.count {
      func part(_ gate: Int, _ count: Int) -> UnsafeMutableBufferPointer<N> {
        UnsafeMutableBufferPointer(
          start: gates + (row * 4 + gate) * units, count: count * units)
      }
      N.apply(.sigmoid, part(0, 2))
      N.apply(.tanh, part(2, 1))
      N.apply(.sigmoid, part(3, 1))
    }
  }

  /// f c + i g.
  @inline(__always)
  private func remember(
    _ cells: UnsafeMutablePointer<N>, _ gates: UnsafePointer<N>, _ old: UnsafePointer<N>,
    _ rows: LSTMRows<N>
  ) {
    let units = rows.units
    for row in 0..<rows.count {
      let gate = gates + row * 4 * units
      let (new, old) = (cells + row * units, old + row * units)
      for i in 0..<units {
        let kept = gate[units + i] * old[i]
        new[i] = kept + gate[i] * gate[2 * units + i]
      }
    }
  }

  /// o tanh c.
  @inline(__always)
  private func emit(
    _ outputs: UnsafeMutablePointer<N>, _ gates: UnsafePointer<N>, _ cells: UnsafePointer<N>,
    _ rows: LSTMRows<N>
  ) {
    let units = rows.units
    let squashed = UnsafeMutableBufferPointer(start: outputs, count: rows.count * units)
    for i in squashed.indices { squashed[i] = cells[i] }
    N.apply(.tanh, squashed)
    for row in 0..<rows.count {
      let gate = gates + (row * 4 + 3) * units
      let output = outputs + row * units
      for i in 0..<units { output[i] = gate[i] * output[i] }
    }
  }
}
