// SPDX-License-Identifier: Apache-2.0
import Measurements

/// Gradients that exact arithmetic makes zero, such as those of a bias before batch normalization or
/// of the keys of attention: what a twin computes of them is rounding errors, and another twin's
/// differ from those altogether.
extension Twin {
  /// The relative change of the weights by which they are told: a few units in FP64's last place.
  private static let perturbation = 0x1p-50
  /// The change, in shares of its length, from which on a gradient is its rounding errors. One that is
  /// not changes by the perturbation times its condition number, which would have to be 2^48.
  private static let change = 0.25

  /// The gradients of a batch that are zero, or differ by `change` from those of weights
  /// `perturbation` away.
  func gradientsThatAreZero(_ batch: Batch, step: Int, threads: Int) -> Set<TensorTag> {
    var gradients: [TensorTag: Tensor] = [:]
    observeGradients(batch, step, state, threads) { gradients[$0.tag] = $0.tensor }
    let context = StepContext()
    var near = state
    near.weights = state.weights.map { weight in
      let values = weight.doubles
      return policy.tensor(weight.shape, as: policy.weights, context) { i in
        values[i] * (1 + (i % 2 == 0 ? Self.perturbation : -Self.perturbation))
      }
    }
    var zeros: Set<TensorTag> = []
    observeGradients(batch, step, near, threads) { tensor in
      guard let own = gradients[tensor.tag] else { return }
      let deviation = tensor.tensor.deviation(from: own, scale: 1, threads: threads)
      let bound = Self.change * Self.change * deviation.referenceSquares
      if deviation.nonFinite == 0, deviation.differenceSquares >= bound { zeros.insert(tensor.tag) }
    }
    return zeros
  }

  private func observeGradients(
    _ batch: Batch, _ step: Int, _ state: TwinState, _ threads: Int,
    _ observe: @escaping (ObservedTensor) -> Void
  ) {
    observePasses(batch, step: step, from: state, nil, threads: threads) {
      if $0.tag.kind.direction == .backward { observe($0) }
    }
  }
}
