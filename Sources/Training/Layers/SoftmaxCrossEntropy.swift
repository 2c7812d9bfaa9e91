// SPDX-License-Identifier: Apache-2.0

/// L = the mean over the batch of -ln softmax(X)[target], X: (B, V), L: (1, 1), in the policy's
/// loss format.
///
/// Gradient: dX = (softmax(X) - onehot(target)) dL/B, where dL carries the loss scale. The maximum
/// is subtracted first; sums run in ascending order.
struct SoftmaxCrossEntropy<A: TrainingArithmetic>: Primitive {
  let targets: [Int]
  var operation: String { "cross-entropy" }

  func forward(_ inputs: [Tensor<A.Scalar>], _ engine: Engine<A>) -> Tensor<A.Scalar> {
    let x = inputs[0]
    var sum: A.Scalar = 0
    for (row, target) in targets.enumerated() {
      let (shifted, total) = exponents(of: x, row: row)
      let loss = A.round(A.apply(.log, total.sum) - shifted[target])
      sum = A.round(sum + loss)
    }
    let mean = sum / A.scalar(Double(targets.count))
    return engine.store([mean], rows: 1, columns: 1, as: engine.policy.loss)
  }

  func backward(
    _ gradient: Tensor<A.Scalar>, inputs: [Tensor<A.Scalar>], output: Tensor<A.Scalar>,
    _ engine: Engine<A>
  ) -> [Tensor<A.Scalar>?] {
    let x = inputs[0]
    let factor = A.round(gradient.values[0] / A.scalar(Double(targets.count)))
    var dx: [A.Scalar] = []
    dx.reserveCapacity(x.values.count)
    for (row, target) in targets.enumerated() {
      let (_, total) = exponents(of: x, row: row)
      for column in 0..<x.columns {
        let probability = A.round(total.terms[column] / total.sum)
        let error = A.round(probability - (column == target ? 1 : 0))
        dx.append(error * factor)
      }
    }
    return [engine.store(dx, rows: x.rows, columns: x.columns, as: x.precision)]
  }

  /// One row minus its maximum, the exponentials of that, and their sum.
  private func exponents(
    of x: Tensor<A.Scalar>, row: Int
  ) -> (shifted: [A.Scalar], total: (terms: [A.Scalar], sum: A.Scalar)) {
    let logits = x.values[row * x.columns..<(row + 1) * x.columns]
    let largest = logits.reduce(-A.Scalar.infinity) { $0 > $1 ? $0 : $1 }
    let shifted = logits.map { A.round($0 - largest) }
    let terms = A.apply(.exp, shifted)
    return (shifted, (terms, terms.reduce(0) { A.round($0 + $1) }))
  }
}
