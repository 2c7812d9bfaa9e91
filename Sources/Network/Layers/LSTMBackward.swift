// SPDX-License-Identifier: Apache-2.0
import Policies

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
  /// The gradients of the gates' arguments, and those as products read them, where that is another
  /// rounding.
  private let dGates: TensorBuffer<N.Element>
  private let copies: TensorBuffer<N.Element>?
  private let operands: Precision
  /// The roundings of dc, of the gates' gradients, of those as products read them, of what a cell
  /// hands to the one before, and of dh.
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
    let count = sizes.batch * sizes.units
    withExtendedLifetime((gradient, gates, cells, dGates, copies)) {
      kernel.withScratch(4 * count) { scratch in
        guard let zeros = scratch.baseAddress else { return }
        let memory = (
          zeros: zeros, squashed: zeros + count, dc: zeros + 2 * count, dh: zeros + 3 * count
        )
        _ = sizes.forEachStep(kernel, (0..<sizes.time).reversed(), weights: recurrent) {
          multiply($0, memory.dh)
        } pass: { rows, _ in
          retreat(rows, memory)
        }
      }
    }
    let result = Tensor(shape: sizes.ofGates, dGates, precision: precision, range: nil)
    let read = copies.map {
      Tensor(shape: sizes.ofGates, $0, precision: operands, range: nil)
    }
    return (result, read ?? result.widened(to: operands))
  }

  /// What the time step after this one hands back to h: its gates' gradients times Uᵀ; zeros at the
  /// last one.
  private func multiply(_ rows: LSTMRows<N>, _ dh: UnsafeMutablePointer<N>) {
    guard rows.time < sizes.time - 1 else { return }
    let after = (rows.first + sizes.batch) * 4 * rows.units
    let dh = dh + rows.example * rows.units
    rows.multiply(N.bind((copies ?? dGates).elements) + after, operands, by: recurrent, into: dh)
    rows.round(dh, width: rows.units, storing.output)
  }

  /// Makes the gates' gradients of dh and dc, and the dc of the time step before.
  private func retreat(
    _ rows: LSTMRows<N>,
    _ memory: (
      zeros: UnsafeMutablePointer<N>, squashed: UnsafeMutablePointer<N>,
      dc: UnsafeMutablePointer<N>, dh: UnsafeMutablePointer<N>
    )
  ) {
    let units = rows.units
    let count = rows.count * units
    let (own, first) = (rows.example * units, rows.first * units)
    let (squashed, dc, dh) = (memory.squashed + own, memory.dc + own, memory.dh + own)
    let (gates, cells) = (gates.values(N.self) + 4 * first, cells.values(N.self) + first)
    let (above, dGates) = (gradient.values(N.self) + first, N.bind(dGates.elements) + 4 * first)
    let before = rows.time == 0 ? UnsafePointer(memory.zeros) : cells - sizes.batch * units
    for i in 0..<count { squashed[i] = cells[i] }
    N.apply(.tanh, UnsafeMutableBufferPointer(start: squashed, count: count))
    for i in 0..<count { dh[i] = above[i] + dh[i] }
    cellGradient(dc, dh, squashed, gates, rows)
    rows.round(dc, width: units, storing.cell)
    gateGradient(dGates, dh, dc, squashed, gates, before, rows)
    rows.round(dGates, width: 4 * units, storing.gates)
    forget(dc, gates, rows)
    rows.round(dc, width: units, storing.before)
    guard let copies else { return }
    let copy = N.bind(copies.elements) + 4 * first
    for i in 0..<4 * count { copy[i] = dGates[i] }
    rows.round(copy, width: 4 * units, storing.operand)
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

  /// The gradients of the gates' arguments: dc g i (1 - i), dc c₋₁ f (1 - f), dc i (1 - g²), dh
  /// tanh c o (1 - o).
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
