// SPDX-License-Identifier: Apache-2.0

/// The outputs h(1) ... h(T) of a long short-term memory (Hochreiter and Schmidhuber, 1997, with the forget gate
/// of Gers et al., 2000): X: (T, B, I), W: (I, 4 H), U: (H, 4 H), b: (4 H), result: (T, B, H), T time steps, B the
/// batch, I inputs, H units; h(0) = c(0) = 0.
///
///     (i, f, g, o) = (σ, σ, tanh, σ)(x W + b + h U)
///     c ← f c + i g,   h = o tanh c
///
/// x W + b of all time steps is one product, h U one for each; gates, c and h are each rounded to the result's
/// format. Gradients run backward through time; those of W, U and b are one product or sum over time and
/// batch in ascending order. A matrix unit reads h and the gradients of the gates rounded once more, to the
/// formats of the operands and the gradients, where those are others.
struct LSTM: Primitive {
  var operation: String { "lstm" }
  var operationClass: OperationClass { .product }
  var backwardReadsOutput: Bool { true }

  func forward<N: Number>(_ inputs: [Tensor], _ kernel: Kernel<N>) -> ForwardResult {
    let (x, w, u, bias) = (inputs[0], inputs[1], inputs[2], inputs[3])
    let precision = kernel.output(x, w)
    let (time, batch, units) = (x.shape[0], x.shape[1], u.rows)
    let driven = kernel.multiply(
      .matrix(x), .matrix(w), bias: bias, shape: [time, batch, 4 * units], as: precision)
    var h = kernel.zeros([batch, units], as: precision)
    var c = h
    var (outputs, gates, cells): ([Tensor], [Tensor], [Tensor]) = ([], [], [])
    for t in 0..<time {
      let recurrent = kernel.multiply(
        .matrix(kernel.asOperand(h)), .matrix(u), shape: [batch, 4 * units], as: precision)
      let activated = activate(driven, time: t, recurrent, units: units, precision, kernel)
      c = cell(activated, c, units: units, precision, kernel)
      h = output(activated, c, units: units, precision, kernel)
      outputs.append(h)
      gates.append(activated)
      cells.append(c)
    }
    return ForwardResult(output: kernel.stack(outputs, as: precision), saved: gates + cells)
  }

  /// The gates of a time step, shape (B, 4 H).
  private func activate<N: Number>(
    _ driven: Tensor, time: Int, _ recurrent: Tensor, units: Int, _ precision: Precision,
    _ kernel: Kernel<N>
  ) -> Tensor {
    let a = driven.values(N.self) + time * recurrent.count
    let b = recurrent.values(N.self)
    return withExtendedLifetime((driven, recurrent)) {
      kernel.make(recurrent.shape, as: precision, unit: 4 * units, work: 16) { rows, target in
        for row in rows {
          let first = row * 4 * units
          for i in first..<first + 4 * units { target[i] = a[i] + b[i] }
          func part(_ gate: Int, _ count: Int) -> UnsafeMutableBufferPointer<N> {
            UnsafeMutableBufferPointer(start: target + first + gate * units, count: count * units)
          }
          N.apply(.sigmoid, part(0, 2))
          N.apply(.tanh, part(2, 1))
          N.apply(.sigmoid, part(3, 1))
        }
      }
    }
  }

  /// f c + i g.
  private func cell<N: Number>(
    _ gates: Tensor, _ c: Tensor, units: Int, _ precision: Precision, _ kernel: Kernel<N>
  ) -> Tensor {
    let (gate, old) = (gates.values(N.self), c.values(N.self))
    return withExtendedLifetime((gates, c)) {
      kernel.make(c.shape, as: precision, unit: units) { rows, target in
        for row in rows {
          let gate = gate + row * 4 * units
          for i in 0..<units {
            let kept = gate[units + i] * old[row * units + i]
            target[row * units + i] = kept + gate[i] * gate[2 * units + i]
          }
        }
      }
    }
  }

  /// o tanh c.
  private func output<N: Number>(
    _ gates: Tensor, _ c: Tensor, units: Int, _ precision: Precision, _ kernel: Kernel<N>
  ) -> Tensor {
    let (gate, cell) = (gates.values(N.self), c.values(N.self))
    return withExtendedLifetime((gates, c)) {
      kernel.make(c.shape, as: precision, unit: units, work: 8) { rows, target in
        for row in rows {
          let squashed = UnsafeMutableBufferPointer(start: target + row * units, count: units)
          for i in 0..<units { squashed[i] = cell[row * units + i] }
          N.apply(.tanh, squashed)
          let gate = gate + row * 4 * units + 3 * units
          for i in 0..<units { squashed[i] = gate[i] * squashed[i] }
        }
      }
    }
  }

  func backward<N: Number>(
    _ gradient: Tensor, _ pass: ForwardPass, _ kernel: Kernel<N>
  ) -> [Tensor?] {
    let (x, w, u, bias) = (pass.inputs[0], pass.inputs[1], pass.inputs[2], pass.inputs[3])
    let dGates = kernel.stack(
      gateGradients(gradient, pass, kernel), as: rulePrecision(pass, kernel))
    let read = kernel.asGradient(dGates)
    let previous = kernel.asOperand(kernel.shifted(pass.output, as: pass.output.precision))
    let dx =
      pass.needsGradient[0]
      ? kernel.multiply(
        .matrix(read), .matrix(w, transposed: true), shape: x.shape, as: kernel.gradient(x)) : nil
    return [
      dx,
      kernel.multiply(
        .matrix(x, transposed: true), .matrix(read), shape: w.shape, as: kernel.gradient(w)),
      kernel.multiply(
        .matrix(previous, transposed: true), .matrix(read), shape: u.shape,
        as: kernel.gradient(u)),
      kernel.columnSums(dGates, shape: bias.shape, as: kernel.gradient(bias)),
    ]
  }

  /// The gradients of the gates' arguments at each time step, (B, 4 H).
  private func gateGradients<N: Number>(
    _ gradient: Tensor, _ pass: ForwardPass, _ kernel: Kernel<N>
  ) -> [Tensor] {
    let (x, u) = (pass.inputs[0], pass.inputs[2])
    let (time, batch, units) = (x.shape[0], x.shape[1], u.rows)
    let (gates, cells) = (pass.saved[..<time], pass.saved[time...])
    let precision = rulePrecision(pass, kernel)
    let zero = kernel.zeros([batch, units], as: precision)
    let turned = kernel.transposed(u)
    var (dh, dc) = (zero, zero)
    var gradients: [Tensor] = []
    for t in (0..<time).reversed() {
      let c = cells[time + t]
      let before = t == 0 ? zero : cells[time + t - 1]
      dc = cellGradient(gradient, time: t, dh, dc, gates[t], c, units: units, precision, kernel)
      let dGates = gateGradient(
        gradient, time: t, dh, dc, gates[t], c, before, units: units, precision, kernel)
      gradients.append(dGates)
      dc = forgotten(dc, gates[t], units: units, precision, kernel)
      dh = kernel.multiply(
        .matrix(kernel.asGradient(dGates)), .matrix(turned), shape: [batch, units],
        as: precision)
    }
    return gradients.reversed()
  }

  private func rulePrecision<N: Number>(_ pass: ForwardPass, _ kernel: Kernel<N>) -> Precision {
    kernel.rule.gradientOutput ?? pass.output.precision
  }

  /// dc + dh o (1 - tanh² c), dh being the sum of the output's gradient and the recurrence's.
  private func cellGradient<N: Number>(
    _ gradient: Tensor, time: Int, _ dh: Tensor, _ dc: Tensor, _ gates: Tensor, _ c: Tensor,
    units: Int, _ precision: Precision, _ kernel: Kernel<N>
  ) -> Tensor {
    let above = gradient.values(N.self) + time * dh.count
    let (dh0, dc0) = (dh.values(N.self), dc.values(N.self))
    let (gate, cell) = (gates.values(N.self), c.values(N.self))
    return withExtendedLifetime((gradient, dh, dc, gates, c)) {
      kernel.make(c.shape, as: precision, unit: units, work: 8) { rows, target in
        for row in rows {
          let slope = UnsafeMutableBufferPointer(start: target + row * units, count: units)
          for i in 0..<units { slope[i] = cell[row * units + i] }
          N.apply(.tanh, slope)
          let out = gate + row * 4 * units + 3 * units
          for i in 0..<units {
            let position = row * units + i
            let dh = above[position] + dh0[position]
            slope[i] = dc0[position] + dh * out[i] * (.one - slope[i] * slope[i])
          }
        }
      }
    }
  }

  /// The gradients of the gates' arguments: dc g i (1 - i), dc c₋₁ f (1 - f), dc i (1 - g²), dh tanh c o (1 - o).
  private func gateGradient<N: Number>(
    _ gradient: Tensor, time: Int, _ dh: Tensor, _ dc: Tensor, _ gates: Tensor, _ c: Tensor,
    _ before: Tensor, units: Int, _ precision: Precision, _ kernel: Kernel<N>
  ) -> Tensor {
    let above = gradient.values(N.self) + time * dh.count
    let (dh0, dc0) = (dh.values(N.self), dc.values(N.self))
    let (gate0, cell, old) = (gates.values(N.self), c.values(N.self), before.values(N.self))
    return withExtendedLifetime((gradient, dh, dc, gates, c, before)) {
      kernel.make(gates.shape, as: precision, unit: 4 * units, work: 8) { rows, target in
        for row in rows {
          let (gate, target) = (gate0 + row * 4 * units, target + row * 4 * units)
          let squashed = UnsafeMutableBufferPointer(start: target + 3 * units, count: units)
          for i in 0..<units { squashed[i] = cell[row * units + i] }
          N.apply(.tanh, squashed)
          let (i, f, g, o) = (gate, gate + units, gate + 2 * units, gate + 3 * units)
          let (dc, old) = (dc0 + row * units, old + row * units)
          let (above, dh) = (above + row * units, dh0 + row * units)
          // Loops of few pointers each, which the compiler turns into vectors.
          for k in 0..<units { target[k] = dc[k] * g[k] * (i[k] * (.one - i[k])) }
          let forget = target + units
          for k in 0..<units { forget[k] = dc[k] * old[k] * (f[k] * (.one - f[k])) }
          let candidate = target + 2 * units
          for k in 0..<units { candidate[k] = dc[k] * i[k] * (.one - g[k] * g[k]) }
          for k in 0..<units {
            squashed[k] = (above[k] + dh[k]) * squashed[k] * (o[k] * (.one - o[k]))
          }
        }
      }
    }
  }

  /// dc f: what the cell before receives.
  private func forgotten<N: Number>(
    _ dc: Tensor, _ gates: Tensor, units: Int, _ precision: Precision, _ kernel: Kernel<N>
  ) -> Tensor {
    let (dc0, gate) = (dc.values(N.self), gates.values(N.self))
    return withExtendedLifetime((dc, gates)) {
      kernel.make(dc.shape, as: precision, unit: units) { rows, target in
        for row in rows {
          let forget = gate + row * 4 * units + units
          for i in 0..<units { target[row * units + i] = dc0[row * units + i] * forget[i] }
        }
      }
    }
  }
}

extension Kernel {
  /// Zeros.
  fileprivate func zeros(_ shape: [Int], as precision: Precision) -> Tensor {
    make(shape, as: precision) { range, target in for i in range { target[i] = .zero } }
  }

  /// A matrix with rows and columns exchanged: many products read it faster so.
  fileprivate func transposed(_ x: Tensor) -> Tensor {
    let source = x.elements(N.self)
    let (rows, columns) = (x.rows, x.columns)
    let buffer = TensorBuffer<N.Element>(count: x.count, pool: context.pool)
    withExtendedLifetime(x) {
      for row in 0..<rows {
        for column in 0..<columns {
          buffer.elements[column * rows + row] = source[row * columns + column]
        }
      }
    }
    return Tensor(
      shape: [columns, rows], buffer, precision: x.precision, rounded: x.rounded, range: nil
    ).scaled(by: x.scale, to: x.precision)
  }

  /// Tensors of one shape one after the other.
  fileprivate func stack(_ tensors: [Tensor], as precision: Precision) -> Tensor {
    let sources = tensors.map { $0.values(N.self) }
    let count = tensors[0].count
    return withExtendedLifetime(tensors) {
      make([tensors.count] + tensors[0].shape, as: precision, unit: count) { some, target in
        for t in some { for i in 0..<count { target[t * count + i] = sources[t][i] } }
      }
    }
  }

  /// The tensor of one time step earlier, zeros at the first.
  fileprivate func shifted(_ x: Tensor, as precision: Precision) -> Tensor {
    let source = x.values(N.self)
    let count = x.count / x.shape[0]
    return withExtendedLifetime(x) {
      make(x.shape, as: precision) { range, target in
        for i in range { target[i] = i < count ? .zero : source[i - count] }
      }
    }
  }
}
