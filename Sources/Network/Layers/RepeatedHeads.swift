// SPDX-License-Identifier: Apache-2.0
import Policies

/// Keys and values of K heads repeated for H heads of queries, before an attention: grouped-query
/// attention (Ainslie et al., 2023). X: (B, T, (H + 2K) D), Y: (B, T, 3 H D); a group of H/K
/// consecutive heads has the key and the value of one.
///
/// Gradients: those of queries as they are, those of a key or a value the sum over its group in
/// ascending order.
struct RepeatedHeads: Primitive {
  /// The heads of queries, H.
  let heads: Int
  /// The heads of keys and values, K, a divisor of H.
  let groups: Int
  var operation: String { "repeat" }
  var operationClass: OperationClass { .elementwise }
  var backwardReadsInputs: Bool { false }

  private func size(_ columns: Int) -> Int { columns / (heads + 2 * groups) }

  func forward<N: Number>(_ inputs: [Tensor], _ kernel: Kernel<N>) -> ForwardResult {
    let x = inputs[0]
    let size = size(x.columns)
    precondition(
      x.shape.count == 3 && heads % groups == 0 && x.columns == (heads + 2 * groups) * size,
      "\(x.shape) \(self)")
    let (columns, wide) = (x.columns, 3 * heads * size)
    let x0 = x.values(N.self)
    let y = withExtendedLifetime(x) {
      kernel.make([x.shape[0], x.shape[1], wide], as: kernel.output(x), unit: wide) {
        rows, target in
        for row in rows {
          for head in 0..<3 * heads {
            (target + row * wide + head * size).update(
              from: x0 + row * columns + source(head) * size, count: size)
          }
        }
      }
    }
    return ForwardResult(output: y)
  }

  /// The head of X that a head of Y is.
  private func source(_ head: Int) -> Int {
    guard head >= heads else { return head }
    let (part, number) = (head - heads).quotientAndRemainder(dividingBy: heads)
    return heads + part * groups + number / (heads / groups)
  }

  func backward<N: Number>(
    _ gradient: Tensor, _ pass: ForwardPass, _ kernel: Kernel<N>
  ) -> [Tensor?] {
    let x = pass.inputs[0]
    let (columns, wide, size) = (x.columns, gradient.columns, size(x.columns))
    let dy0 = gradient.values(N.self)
    let dx = withExtendedLifetime(gradient) {
      kernel.make(x.shape, as: kernel.gradient(x), unit: columns, work: heads / groups) {
        rows, target in
        for row in rows {
          let (dx, dy) = (target + row * columns, dy0 + row * wide)
          dx.update(from: dy, count: heads * size)
          for group in 0..<2 * groups {
            let first = heads * size + group * (heads / groups) * size
            for i in 0..<size {
              var sum = dy[first + i]
              for head in 1..<max(heads / groups, 1) {
                sum = kernel.plus(sum, dy[first + head * size + i])
              }
              dx[(heads + group) * size + i] = sum
            }
          }
        }
      }
    }
    return [dx]
  }
}
