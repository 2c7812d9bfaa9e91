// SPDX-License-Identifier: Apache-2.0

/// Y = the rows of E that the tokens name, side by side: E: (V, D), tokens: B·T, Y: (B, T·D), V the
/// vocabulary, D the dimension, B the batch, T the context.
///
/// Gradient: dE[v] = the sum of dY at the occurrences of v, in ascending order of batch and
/// position, each partial sum rounded to the precision of E.
struct Embedding<A: TrainingArithmetic>: Primitive {
  let tokens: [Int]
  let batch: Int
  var operation: String { "embedding" }

  func forward(_ inputs: [Tensor<A.Scalar>], _ engine: Engine<A>) -> Tensor<A.Scalar> {
    let table = inputs[0]
    var y: [A.Scalar] = []
    y.reserveCapacity(tokens.count * table.columns)
    for token in tokens {
      y += table.values[token * table.columns..<(token + 1) * table.columns]
    }
    return engine.store(
      y, rows: batch, columns: y.count / batch, as: table.precision)
  }

  func backward(
    _ gradient: Tensor<A.Scalar>, inputs: [Tensor<A.Scalar>], output: Tensor<A.Scalar>,
    _ engine: Engine<A>
  ) -> [Tensor<A.Scalar>?] {
    let table = inputs[0]
    var sums = [A.Scalar](repeating: 0, count: table.rows * table.columns)
    for (position, token) in tokens.enumerated() {
      for column in 0..<table.columns {
        let i = token * table.columns + column
        sums[i] = A.round(sums[i] + gradient.values[position * table.columns + column])
      }
    }
    return [engine.store(sums, rows: table.rows, columns: table.columns, as: table.precision)]
  }
}
