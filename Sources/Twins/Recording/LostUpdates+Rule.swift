// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements
import Network
import Threads

extension LostUpdates {
  /// The lost updates of one parameter's step.
  ///
  /// What counts as arrived is what the rule can ever show of the update: the new weight; with
  /// Kahan's summation, the new weight less what it still owes; with stochastic rounding, the exact
  /// sum, unless no random word moves the weight. Threads share the chunks, and their sums are
  /// added in ascending order.
  ///
  /// - Parameter ranges: the elements that count; nil for all.
  init(
    _ step: ObservedUpdate, referenceGradient: Tensor?, threads: Int,
    only ranges: [Range<Int>]? = nil
  ) {
    let expected = referenceGradient ?? step.gradient
    if let ranges {
      self.init()
      for range in ranges { add(step, range, expected) }
      return
    }
    let chunks = step.base.chunks
    let parts = Parallel.map(of: chunks, min(threads, chunks)) { index in
      var part = LostUpdates()
      part.add(step, step.base.chunk(index), expected)
      return part
    }
    self = parts.reduce(into: LostUpdates()) { $0.merge($1) }
  }

  private mutating func add(_ step: ObservedUpdate, _ range: Range<Int>, _ expected: Tensor) {
    if step.rule == .nearest, let before = step.base.floats(range),
      let update = step.update.tensor.floats(range), let after = step.weights.tensor.floats(range),
      let gradient = step.gradient.floats(range)
    {
      if let expected = expected.floats(range) {
        return add(
          before: before, update: update, after: after, gradient: gradient,
          referenceGradient: expected)
      }
      if expected.precision == .fp64 {
        return expected.withDoubles(range) {
          add(
            before: before, update: update, after: after, gradient: gradient, referenceGradient: $0)
        }
      }
    }
    step.base.withDoubles(range) { before in
      step.update.tensor.withDoubles(range) { update in
        step.gradient.withDoubles(range) { gradient in
          expected.withDoubles(range) { expected in
            step.withArrived(range, before, update) {
              add(
                before: before, update: update, after: $0, gradient: gradient,
                referenceGradient: expected)
            }
          }
        }
      }
    }
  }
}

extension ObservedUpdate {
  fileprivate func withArrived(
    _ range: Range<Int>, _ before: UnsafeBufferPointer<Double>,
    _ update: UnsafeBufferPointer<Double>, _ body: (UnsafeBufferPointer<Double>) -> Void
  ) {
    weights.tensor.withDoubles(range) { after in
      switch rule {
      case .nearest: body(after)
      case .kahan:
        guard let compensation else { return body(after) }
        compensation.withDoubles(range) { owed in
          let arrived = zip(after, owed).map { $0 - $1 }
          arrived.withUnsafeBufferPointer(body)
        }
      case .stochastic:
        let format = weights.tensor.precision.format ?? .fp32
        let arrived = before.indices.map { i in
          Self.canMove(before[i], by: update[i], in: format) ? before[i] + update[i] : before[i]
        }
        arrived.withUnsafeBufferPointer(body)
      }
    }
  }

  /// Whether a random word of stochastic rounding takes w + d, which is a sum in FP32, away from w.
  ///
  /// Away from zero the probability is a fraction of an ulp in units of 2^-bits; toward zero it is
  /// never 0.
  private static func canMove(_ w: Double, by d: Double, in format: Format) -> Bool {
    let sum = Double(Float(w + d))
    guard sum != w else { return false }
    let excess = sum.magnitude - w.magnitude
    guard excess > 0, w != 0 else { return true }
    let exponent = max(Int(w.exponent), format.minExponent) - format.fractionBits
    let unit = exponent - Rounding.defaultStochasticBits
    return excess >= Double(sign: .plus, exponent: unit, significand: 1)
  }
}
