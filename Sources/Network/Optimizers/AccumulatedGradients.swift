// SPDX-License-Identifier: Apache-2.0
import Policies

/// The gradients of micro-batches as they add up, parameter by parameter.
package struct AccumulatedGradients {
  private let policy: Policy
  private let format: Precision
  private let reference: Policy?
  private var sums: [Tensor] = []
  private var exact: [[Double]] = []

  /// No gradients yet.
  ///
  /// - Parameter reference: in whose arithmetic the same gradients are added beside; nil for none.
  package init(_ policy: Policy, in format: Precision, beside reference: Policy?) {
    self.policy = policy
    self.format = format
    self.reference = reference
  }

  /// Adds a micro-batch's gradients: s = R(g) at first, then s ← R(s + R(g)), R the rounding to the
  /// sums' format, nearest even.
  package mutating func add(_ gradients: [Tensor], _ context: StepContext) {
    sums = policy.held.run(
      AddedGradients(sums: sums, gradients: gradients, format: format, context: context))
    guard reference != nil else { return }
    if exact.isEmpty { exact = gradients.map { [Double](repeating: 0, count: $0.count) } }
    for (index, gradient) in gradients.enumerated() {
      gradient.forEachDoubles { range, values in
        for (i, x) in zip(range, values) { exact[index][i] += x }
      }
    }
  }

  /// The sum of a parameter's gradients, in the gradients' own format.
  package func sum(of parameter: Int, as precision: Precision, _ context: StepContext) -> Tensor {
    policy.held.run(
      StoredSum(sum: sums[parameter], precision: precision, context: context))
  }

  /// The sum in the reference's arithmetic; nil without one.
  package func exactSum(of parameter: Int, _ context: StepContext) -> Tensor? {
    reference.map { reference in
      reference.tensor(sums[parameter].shape, as: reference.weights, context) {
        exact[parameter][$0]
      }
    }
  }
}

private struct AddedGradients: ArithmeticTask {
  let sums: [Tensor]
  let gradients: [Tensor]
  let format: Precision
  let context: StepContext

  func run<N: Number>(_: N.Type) -> [Tensor] {
    let kernel = Kernel<N>(rule: OperationRule(), context: context)
    return gradients.enumerated().map { index, gradient in
      let added =
        gradient.precision == format
        ? gradient
        : kernel.each(gradient, as: format) { range, g, new in
          for i in range { new[i] = g[i] }
        }
      guard !sums.isEmpty else { return added }
      return kernel.each(sums[index], added, as: format) { range, s, g, new in
        for i in range { new[i] = s[i] + g[i] }
      }
    }
  }
}

private struct StoredSum: ArithmeticTask {
  let sum: Tensor
  let precision: Precision
  let context: StepContext

  func run<N: Number>(_: N.Type) -> Tensor {
    guard !sum.precision.isContained(in: precision) else { return sum.widened(to: precision) }
    return Kernel<N>(rule: OperationRule(), context: context)
      .each(sum, as: precision) { range, s, new in
        for i in range { new[i] = s[i] }
      }
  }
}
