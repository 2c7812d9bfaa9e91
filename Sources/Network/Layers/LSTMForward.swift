// SPDX-License-Identifier: Apache-2.0
import Measurements
import Policies

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
    let range = withExtendedLifetime((driven, gates, cells, outputs)) {
      kernel.withScratch(2 * sizes.batch * sizes.units) { scratch -> RangeCounts? in
        guard let zeros = scratch.baseAddress else { return nil }
        return sizes.forEachStep(kernel, 0..<sizes.time, weights: recurrent) {
          multiply($0, zeros, copies: zeros + sizes.batch * sizes.units)
        } pass: {
          advance($0, zeros, counts: &$1)
        }
      }
    }
    return ForwardResult(
      output: Tensor(shape: sizes.ofUnits, outputs, precision: precision, range: range),
      saved: [
        Tensor(shape: sizes.ofGates, gates, precision: precision, range: nil),
        Tensor(shape: sizes.ofUnits, cells, precision: precision, range: nil),
      ])
  }

  /// Writes h U where the gates will be.
  private func multiply(
    _ rows: LSTMRows<N>, _ zeros: UnsafeMutablePointer<N>, copies: UnsafeMutablePointer<N>
  ) {
    let units = rows.units
    var h =
      rows.time == 0
      ? zeros + rows.example * units
      : N.bind(outputs.elements) + (rows.first - sizes.batch) * units
    if !precision.isContained(in: operands) {
      let copy = copies + rows.example * units
      for i in 0..<rows.count * units { copy[i] = h[i] }
      rows.round(copy, width: units, storing.operand)
      h = copy
    }
    let gates = N.bind(gates.elements) + rows.first * 4 * units
    rows.multiply(h, operands, by: recurrent, into: gates)
    rows.round(gates, width: 4 * units, storing.product)
  }

  /// Makes gates, c and h of h U; what the rounding of h did is added to `counts`.
  private func advance(
    _ rows: LSTMRows<N>, _ zeros: UnsafePointer<N>, counts: inout RangeCounts?
  ) {
    let units = rows.units
    let gates = N.bind(gates.elements) + rows.first * 4 * units
    activate(gates, driven.values(N.self) + rows.first * 4 * units, rows)
    rows.round(gates, width: 4 * units, storing.gates)
    let cells = N.bind(cells.elements) + rows.first * units
    remember(
      cells, gates, rows.time == 0 ? zeros : UnsafePointer(cells - sizes.batch * units), rows)
    rows.round(cells, width: units, storing.cell)
    let outputs = N.bind(outputs.elements) + rows.first * units
    emit(outputs, gates, cells, rows)
    rows.round(outputs, width: units, storing.output, counts: &counts)
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
