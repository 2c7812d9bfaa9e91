// SPDX-License-Identifier: Apache-2.0
import Policies

/// The loss scale of a run under a rule.
package struct LossScaler: Codable, Sendable, Hashable {
  /// The rule.
  package let rule: LossScaling
  /// The scale as the framework keeps it.
  private var exact: Double
  /// The finite steps since the last overflow or growth.
  package private(set) var finiteSteps = 0
  /// The overflows that may still come before the scale falls, that one included.
  package private(set) var overflowsLeft: Int
  /// Whether the framework would have raised an error: no further step is taken.
  package private(set) var hasFailed = false

  /// The scaler before the first step.
  package init(_ rule: LossScaling) {
    self.rule = rule
    exact = Double(rule.initial)
    overflowsLeft = rule.hysteresis
  }

  /// The factor of the loss.
  package var scale: Float { Float(exact) }

  /// 1/scale in FP64, rounded to FP32.
  package var inverse: Float { Float(1 / exact) }

  /// Moves on after a step whose scaled gradients did or did not overflow.
  ///
  /// - Parameter share: the share of their values that are infinite or NaN, where they did.
  package mutating func update(overflowed: Bool, share: Double = 1) {
    guard let interval = rule.interval, !hasFailed else { return }
    if overflowed, share > rule.toleratedShare {
      finiteSteps = 0
      if overflowsLeft > 1 { overflowsLeft -= 1 } else { fall() }
      return
    }
    if rule.refill == .finiteStep { overflowsLeft = rule.hysteresis }
    finiteSteps += 1
    guard finiteSteps == interval else { return }
    finiteSteps = 0
    overflowsLeft = rule.hysteresis
    let grown = min(moved(by: rule.growth), rule.maximum.map { Double($0) } ?? .infinity)
    if grown.isFinite || !rule.growsOnlyIfFinite { exact = grown }
  }

  private mutating func fall() {
    let lowered = moved(by: rule.backoff)
    guard let minimum = rule.minimum.map({ Double($0) }) else {
      exact = lowered
      return
    }
    switch rule.atMinimum {
    case .stays: exact = max(lowered, minimum)
    case .failsAtMinimum where exact == minimum: hasFailed = true
    case .failsAtMinimum: exact = max(lowered, minimum)
    case .failsOnReaching where lowered <= minimum: hasFailed = true
    case .failsOnReaching: exact = lowered
    }
  }

  /// The product with a factor as the framework computes it.
  private func moved(by factor: Double) -> Double {
    switch rule.arithmetic {
    case .fp32: Double(Float(exact) * Float(factor))
    case .fp64Factor: Double(Float(exact * factor))
    case .fp64: exact * factor
    }
  }
}

extension LossScaling.Detection {
  /// Whether scaled gradients, tensor by tensor, count as overflowed.
  package func overflows(_ gradients: [Tensor]) -> Bool {
    switch self {
    case .element: return gradients.contains { $0.hasNonFinite }
    case .sum: return gradients.contains { !$0.sum(of: { Float($0) }).isFinite }
    case .norm:
      let squares = gradients.reduce(Float(0)) { sum, tensor in
        tensor.sum(from: sum) { Float($0) * Float($0) }
      }
      return !squares.squareRoot().isFinite
    }
  }
}

extension [Tensor] {
  /// The share of the values that are infinite or NaN; 0 without any values.
  package var nonFiniteShare: Double {
    var (found, all) = (0, 0)
    for tensor in self {
      all += tensor.count
      tensor.forEachDoubles { _, values in for x in values where !x.isFinite { found += 1 } }
    }
    return all == 0 ? 0 : Double(found) / Double(all)
  }
}

extension Tensor {
  /// The sum of a term for each value in ascending order, in the terms' arithmetic.
  fileprivate func sum<Term: BinaryFloatingPoint>(
    from start: Term = 0, of term: (Double) -> Term
  ) -> Term {
    var sum = start
    forEachDoubles { _, values in for x in values { sum += term(x) } }
    return sum
  }
}
