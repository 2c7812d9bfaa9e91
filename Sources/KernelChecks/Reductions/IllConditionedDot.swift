// SPDX-License-Identifier: Apache-2.0
import Formats
import Foundation

/// Two vectors whose dot product has about a given condition 2 Σ|xy| / |Σxy|.
///
/// T. Ogita, S. M. Rump and S. Oishi, "Accurate sum and dot product", 2005, algorithm 6.1: the first
/// half spreads its products over the condition's exponents, and each place of the second takes what
/// is there by then away, but for less and less. Magnitudes here are never below half of their power
/// of two and lie symmetrically around 1, so that formats of few exponents hold them.
package struct IllConditionedDot: Sendable {
  package let x: [UInt32]
  package let y: [UInt32]
  /// What the vectors of the format have; infinite where the dot is zero.
  package let condition: Double
  /// The exact dot.
  package let exact: ExactReduction

  /// Two vectors of `count` numbers; nil of fewer than six, of a condition below 1, and of one that
  /// the format's exponents do not reach.
  package init?(_ format: Format, count: Int, condition: Double, seed: UInt64) {
    guard count >= 6, condition >= 1, condition.isFinite else { return nil }
    // Half of the condition's bits belong to each factor.
    let span = (Foundation.log2(condition) / 2).rounded(.up)
    let middle = (span / 2).rounded(.up) + 1
    guard Int(middle) < min(format.maxExponent, -format.minExponent) else { return nil }
    var words = RandomSequence(seed: seed)
    func number(_ exponent: Double) -> Double {
      let magnitude = 0.5 + words.fraction() / 2
      let power = Double(sign: .plus, exponent: Int(exponent.rounded()), significand: magnitude)
      return words.next() & 1 == 0 ? power : -power
    }
    var vectors: (x: [UInt32], y: [UInt32]) = ([], [])
    var dot = ExactAccumulator()
    func append(_ x: Double, _ y: Double) {
      let numbers = [x, y].map {
        ExactReduction(high: $0, low: 0, magnitudes: 0).rounded(to: format) ?? 0
      }
      vectors.x.append(numbers[0])
      vectors.y.append(numbers[1])
      dot.addProduct(format.decode(numbers[0]), format.decode(numbers[1]))
    }
    let half = count / 2
    for place in 0..<half {
      let exponent =
        place == 0 ? span + 1 : place == half - 1 ? 0 : (words.fraction() * span).rounded()
      append(number(exponent - middle), number(exponent - middle))
    }
    for place in half..<count {
      let exponent = span * Double(count - 1 - place) / Double(count - 1 - half)
      let x = number(exponent - middle)
      append(x, (number(exponent - 2 * middle) - dot.sum.high) / x)
    }
    let order = words.permutation(of: count)
    x = order.map { vectors.x[$0] }
    y = order.map { vectors.y[$0] }
    exact = dot.sum
    self.condition = 2 * exact.magnitudes / exact.high.magnitude
    // What the second half has to take away may be beyond the format.
    guard exact.isFinite else { return nil }
  }
}
