// SPDX-License-Identifier: Apache-2.0
import Measurements

/// A share of trials with the interval of Wilson (Journal of the American Statistical Association
/// 22, 1927), which stays within 0...1 and holds for few trials.
package struct ProportionInterval: Hashable, Sendable, Codable {
  /// successes / trials.
  package let estimate: Double
  /// The lower end at 95 %.
  package let lower: Double
  /// The upper end.
  package let upper: Double

  /// The 0.975 quantile of the normal distribution.
  private static let z = 1.959963984540054

  /// The interval; nil without trials.
  package init?(successes: Int, of trials: Int) {
    guard trials > 0, (0...trials).contains(successes) else { return nil }
    let n = Double(trials)
    let p = Double(successes) / n
    let z2 = Self.z * Self.z
    let centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    let half = Self.z / (1 + z2 / n) * (p * (1 - p) / n + z2 / (4 * n * n)).squareRoot()
    estimate = p
    // Rounding may leave the ends a hair outside.
    lower = successes == 0 ? 0 : max(0, centre - half)
    upper = successes == trials ? 1 : min(1, centre + half)
  }
}

extension PairedPredictions {
  /// The probability of a difference in right predictions at least as great, were the two models as
  /// good: two-sided; 1 where both are right on the same examples.
  ///
  /// McNemar's test (Psychometrika 12, 1947) in its exact form: of the predictions on which only
  /// one is right, half would be either's. Where several predictions belong to one example, as the
  /// characters of a window do, the examples are the units: (Σ d) / √(Σ d²) over their balances d
  /// (Obuchowski, Statistics in Medicine 17, 1998) by Student's t.
  package var probability: Double {
    let discordant = onlyFirst + onlySecond
    guard discordant > 0 else { return 1 }
    guard balanceSquares != discordant || unbalancedExamples != discordant else {
      return Self.binomialTail(min(onlyFirst, onlySecond), of: discordant)
    }
    // A single example says nothing of how examples vary.
    guard unbalancedExamples > 1 else { return 1 }
    let net = Double((onlyFirst - onlySecond).magnitude)
    return StudentDistribution(degreesOfFreedom: unbalancedExamples - 1)
      .twoSidedTail(net / Double(balanceSquares).squareRoot())
  }

  /// min(1, 2 P(X <= k)) of n tosses of a fair coin, from ratios of neighbouring binomial
  /// coefficients: none is a number too large or too small.
  static func binomialTail(_ k: Int, of n: Int) -> Double {
    func sum(_ indices: some Sequence<Int>, _ ratio: (Int) -> Double) -> Double {
      var (term, sum) = (1.0, 0.0)
      for index in indices {
        term *= ratio(index)
        sum += term
        if term < 0x1p-60 * sum { break }
      }
      return sum
    }
    let below = sum(stride(from: k, to: 0, by: -1)) { Double($0) / Double(n - $0 + 1) }
    let above = sum(k..<n) { Double(n - $0) / Double($0 + 1) }
    let tail = (1 + below) / (1 + below + above)
    return min(1, 2 * tail)
  }
}
