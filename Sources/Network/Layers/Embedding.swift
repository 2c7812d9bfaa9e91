// SPDX-License-Identifier: Apache-2.0
import Policies
import Threads

/// Y = the rows of E that the tokens name: E: (V, D), tokens: B·T, Y: the given shape of B·T·D
/// values, V the vocabulary, D the dimension, B the batch, T the context.
///
/// Gradient: dE[v] = the sum of dY at the occurrences of v, in ascending order of batch and
/// position, each partial sum rounded to the arithmetic.
struct Embedding: Primitive {
  let tokens: [Int]
  let shape: [Int]
  var operation: String { "embedding" }
  var operationClass: OperationClass { .embedding }
  var backwardReadsInputs: Bool { false }

  func forward<N: Number>(_ inputs: [Tensor], _ kernel: Kernel<N>) -> ForwardResult {
    let table = inputs[0]
    let columns = table.columns
    let rows = table.values(N.self)
    return ForwardResult(
      output: withExtendedLifetime(table) {
        kernel.make(shape, as: kernel.output(table), unit: columns, work: 2) { range, target in
          for position in range {
            let (row, target) = (rows + tokens[position] * columns, target + position * columns)
            for i in 0..<columns { target[i] = row[i] }
          }
        }
      })
  }

  func backward<N: Number>(
    _ gradient: Tensor, _ pass: ForwardPass, _ kernel: Kernel<N>
  ) -> [Tensor?] {
    let table = pass.inputs[0]
    let columns = table.columns
    let dy = gradient.values(N.self)
    let sums = TensorBuffer<N.Element>(count: table.count, pool: kernel.context.pool)
    let target = N.bind(sums.elements)
    let bands = kernel.bands(of: columns, primitives: tokens.count * columns)
    withExtendedLifetime(gradient) {
      Parallel.bands(of: columns, bands) { _, some in
        for first in stride(from: 0, to: table.count, by: columns) {
          for i in some { target[first + i] = .zero }
        }
        for (position, token) in tokens.enumerated() {
          let (row, source) = (target + token * columns, dy + position * columns)
          for i in some { row[i] = row[i] + source[i] }
        }
      }
    }
    return [kernel.finish(sums, table.shape, as: kernel.gradient(table)) { _, _ in }]
  }
}
