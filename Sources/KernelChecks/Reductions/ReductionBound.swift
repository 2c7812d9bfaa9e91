// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The order in which a kernel is declared to add n terms.
package enum ReductionOrder: Hashable, Sendable {
  /// One after the other.
  case sequential
  /// Halves, of halves.
  case pairwise
  /// Blocks of so many terms one after the other, then the blocks.
  case blocked(Int)
  /// Any, with errors that are random: the bound fails with at most this probability.
  case probabilistic(failure: Double)
}

/// The largest scaled error that rounding can cause.
///
/// A term that goes through d roundings carries the factor 1 + θ with |θ| <= γ_d = d u / (1 - d u),
/// so that a sum errs by at most γ_d S (Higham, "Accuracy and Stability of Numerical Algorithms",
/// 2002, lemma 3.1 and section 4.2). With rounding errors that are independent and of mean zero it
/// is exp(λ √n u + n u² / (1 - u)) - 1 with λ = √(2 ln (2 / δ)), but for a probability δ (Higham and
/// Mary, "A new approach to probabilistic rounding error analysis", 2019, theorem 2.4; their
/// "Sharper probabilistic backward error analysis", 2020, for random data): to nearest only, and no
/// proof.
package struct ReductionBound: Hashable, Sendable {
  package let order: ReductionOrder
  /// n, the products of each sum.
  package let terms: Int
  /// u, of the accumulator.
  package let unitRoundoff: Double
  /// The sums that are judged together, among which the probability is shared out.
  package let sums: Int

  package init(_ order: ReductionOrder, terms: Int, unitRoundoff: Double, sums: Int = 1) {
    (self.order, self.terms, self.unitRoundoff, self.sums) = (order, terms, unitRoundoff, sums)
  }

  /// d, the most roundings that a term goes through, its product's among them; nil of any order.
  package var depth: Int? {
    switch order {
    case .sequential: return terms
    case .pairwise: return terms > 1 ? 1 + Int.bitWidth - (terms - 1).leadingZeroBitCount : terms
    case .blocked(let length):
      let length = max(1, min(length, max(1, terms)))
      return length + (terms + length - 1) / length
    case .probabilistic: return nil
    }
  }

  /// The bound in units of u S, as the scaled error is; nil where it is void: from d u = 1 on the
  /// roundings may leave nothing of a sum.
  package var limit: Double? {
    // Each is rounded a few times in FP64, where a bound may only grow.
    let slack = 1 + 0x1p-48
    if let depth {
      let d = Double(depth)
      return d * unitRoundoff < 1 ? d / (1 - d * unitRoundoff) * slack : nil
    }
    guard case .probabilistic(let failure) = order, failure > 0, failure < 1,
      Double(terms) * unitRoundoff < 1
    else { return nil }
    let n = Double(terms)
    let u = unitRoundoff
    let lambda = (2 * Foundation.log(2 * Double(max(1, sums)) / failure)).squareRoot()
    return expm1(lambda * n.squareRoot() * u + n * u * u / (1 - u)) / u * slack
  }

  /// What is said of it: `gamma_64 = 64.0 u S`, or why there is none.
  package var text: String {
    let name = depth.map { "gamma_\($0)" } ?? "lambda sqrt(\(terms)) u"
    guard let limit else { return "\(name): bound void" }
    return "\(name) = \(String(format: "%.4g", limit)) u S"
  }
}
