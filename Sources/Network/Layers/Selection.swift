// SPDX-License-Identifier: Apache-2.0
import Policies

/// Y = some rows and consecutive columns of X: X: (..., V), Y: (rows, columns), the rows in the
/// order given and each at most once.
///
/// Gradient: dY in its places of X, 0 elsewhere.
struct Selection: Primitive {
  let rows: [Int]
  let columns: Range<Int>
  var operation: String { "selection" }
  var operationClass: OperationClass { .elementwise }
  var backwardReadsInputs: Bool { false }

  func forward<N: Number>(_ inputs: [Tensor], _ kernel: Kernel<N>) -> ForwardResult {
    let x = inputs[0]
    let width = x.columns
    let values = x.values(N.self)
    let y = withExtendedLifetime(x) {
      kernel.make([rows.count, columns.count], as: kernel.output(x), unit: columns.count) {
        range, target in
        for row in range {
          let source = values + rows[row] * width + columns.lowerBound
          (target + row * columns.count).update(from: source, count: columns.count)
        }
      }
    }
    return ForwardResult(output: y)
  }

  func backward<N: Number>(
    _ gradient: Tensor, _ pass: ForwardPass, _ kernel: Kernel<N>
  ) -> [Tensor?] {
    let x = pass.inputs[0]
    let width = x.columns
    let dy = gradient.values(N.self)
    let buffer = TensorBuffer<N.Element>(count: x.count, pool: kernel.context.pool)
    let target = N.bind(buffer.elements)
    target.update(repeating: .zero, count: x.count)
    withExtendedLifetime(gradient) {
      for (index, row) in rows.enumerated() {
        (target + row * width + columns.lowerBound).update(
          from: dy + index * columns.count, count: columns.count)
      }
    }
    return [kernel.finish(buffer, x.shape, as: kernel.gradient(x)) { _, _ in }]
  }
}
