// SPDX-License-Identifier: Apache-2.0
import Measurements
import Policies

/// Exponential moving averages of a model's weights, parameter by parameter.
package struct AveragedWeights: Codable, Sendable {
  /// What is left of an average at each step.
  package let decay: Double
  /// The averages.
  package private(set) var tensors: [Tensor]

  /// The averages of the weights after a first step, which are these weights in a format of a
  /// policy.
  package init(
    _ weights: [Tensor], decay: Double, in format: Precision, of policy: Policy,
    _ context: StepContext
  ) {
    self.decay = decay
    tensors = policy.optimizer.compute.run(
      CastWeights(weights: weights, format: format, context: context))
  }

  /// Takes in the weights after a step, and tells which averages stayed as they were.
  ///
  /// With t = 1 - decay and R the rounding to the averages' format, nearest even: a ← R(a + t (R(w)
  /// - a)) where t < 1/2, otherwise a ← R(R(w) - (R(w) - a) (1 - t)), as torch's `lerp`
  /// (`ATen/native/Lerp.h`), in the optimizer's arithmetic, whose FP32 and FP64 fuse the product
  /// with the sum.
  package mutating func add(
    _ weights: [Tensor], _ policy: Policy, _ context: StepContext
  ) -> LostAverages {
    let before = tensors
    tensors = policy.optimizer.compute.run(
      MovedAverages(averages: before, weights: weights, decay: decay, context: context))
    var lost = LostAverages()
    for (weights, (before, after)) in zip(weights, zip(before, tensors)) {
      before.forEachDoubles { range, before in
        after.withDoubles(range) { after in
          weights.withDoubles(range) { lost.add(before: before, after: after, weights: $0) }
        }
      }
    }
    return lost
  }
}

private struct CastWeights: ArithmeticTask {
  let weights: [Tensor]
  let format: Precision
  let context: StepContext

  func run<N: Number>(_: N.Type) -> [Tensor] {
    let kernel = Kernel<N>(rule: OperationRule(), context: context)
    return weights.map { weights in
      weights.precision == format
        ? weights
        : kernel.each(weights, as: format) { range, w, new in
          for i in range { new[i] = w[i] }
        }
    }
  }
}

private struct MovedAverages: ArithmeticTask {
  let averages: [Tensor]
  let weights: [Tensor]
  let decay: Double
  let context: StepContext

  func run<N: Number>(_: N.Type) -> [Tensor] {
    guard let format = averages.first?.precision else { return [] }
    let kernel = Kernel<N>(rule: OperationRule(), context: context)
    let cast = CastWeights(weights: weights, format: format, context: context).run(N.self)
    let share = N(1 - decay)
    let keep = N.one - share
    let isSmall = share < N(0.5)
    return zip(averages, cast).map { average, weights in
      kernel.each(average, weights, as: format) { range, a, w, new in
        if isSmall {
          for i in range { new[i] = a[i].adding(share, times: w[i] - a[i]) }
        } else {
          for i in range { new[i] = w[i].adding(-(w[i] - a[i]), times: keep) }
        }
      }
    }
  }
}
