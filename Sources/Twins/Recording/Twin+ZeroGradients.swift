// SPDX-License-Identifier: Apache-2.0
import Datasets
import Measurements
import Network

/// Gradients that exact arithmetic makes zero, such as those of a bias before batch normalization
/// or of the keys of attention: what a twin computes of them is rounding errors, and another twin's
/// differ from those altogether.
extension Twin {
  /// The relative change of the weights by which they are told: a few units in FP64's last place.
  private static let perturbation = 0x1p-50
  /// The relative change of an element from which on it is its rounding errors. One that is not
  /// changes by the perturbation times its condition number, which would have to be 2^34: no format
  /// of at most 24 bits has anything of such an element either.
  private static let change = 0x1p-16

  /// What an element of a gradient is.
  enum Element: Sendable { case genuine, rounding, zero }

  /// What the elements of each parameter's gradient are.
  ///
  /// - Parameter own: the gradients of this very step, parameter by parameter, where they are known.
  func classifyGradients(
    _ batch: Minibatch, step: Int, own: [Tensor]? = nil, threads: Int
  ) -> [TensorTag: [Element]] {
    let context = StepContext()
    var near = state
    near.weights = state.weights.map { weight in
      let values = weight.doubles
      return policy.tensor(weight.shape, as: policy.weights, context) { i in
        values[i] * (1 + (i % 2 == 0 ? Self.perturbation : -Self.perturbation))
      }
    }
    let own = own ?? gradients(batch, step: step, from: state, threads: threads)
    let other = gradients(batch, step: step, from: near, threads: threads)
    var elements: [TensorTag: [Element]] = [:]
    for (parameter, (own, other)) in zip(parameters, zip(own, other)) {
      let tag = TensorTag(
        layer: parameter.layer, operation: parameter.name, kind: .weightGradient)
      elements[tag] = zip(own.doubles, other.doubles).map { x, y in
        if x == 0 { return .zero }
        return (y - x).magnitude > Self.change * x.magnitude ? .rounding : .genuine
      }
    }
    return elements
  }
}

extension PolicyRecorder {
  /// Keeps of the elements that were rounding errors at the first check those that are, or happen
  /// to be zero, at one more; of a gradient that was zero everywhere so far this check is the
  /// first.
  func keepZeroGradients(_ elements: [TensorTag: [Twin.Element]]) {
    let known = Dictionary((zeroGradients ?? []).map { ($0.tag, $0) }) { first, _ in first }
    zeroGradients = elements.keys.sorted { $0.description < $1.description }.compactMap { tag in
      guard let elements = elements[tag], elements.contains(where: { $0 != .zero }) else {
        return known[tag]
      }
      var flags = elements.map { $0 == .rounding }
      if let earlier = known[tag] {
        flags = elements.map { $0 != .genuine }
        for range in earlier.others { for i in range { flags[i] = false } }
      }
      return ZeroGradient(tag: tag, flags: flags)
    }
  }
}

extension RangeCounts {
  /// The counts of a tensor without those elements that are zero but for rounding.
  ///
  /// Their values before the rounding are not known: as many of those that are zero count as zeroed
  /// as can.
  func without(_ zeros: ZeroGradient, of tensor: Tensor) -> RangeCounts {
    var part = RangeCounts()
    let least = tensor.rounded.format.map {
      Double(sign: .plus, exponent: $0.minExponent, significand: 1)
    }
    for range in zeros.ranges {
      tensor.withDoubles(range) { values in
        for y in values {
          part.elements += 1
          if y == 0 { part.zeroed += 1 } else { part.nonzero += 1 }
          if y != 0, y.magnitude < least ?? 0 { part.subnormal += 1 }
        }
      }
    }
    part.zeroed = min(part.zeroed, zeroed)
    part.nonzero = min(part.nonzero + part.zeroed, nonzero)
    part.subnormal = min(part.subnormal, subnormal)
    return without(part)
  }
}
