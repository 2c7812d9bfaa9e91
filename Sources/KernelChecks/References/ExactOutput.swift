// SPDX-License-Identifier: Apache-2.0
import MPFROracle

/// The exact value of one output, and what rounding may cost it.
///
/// With the accumulator's unit roundoff u, a correct kernel whose sums have n terms in any order is
/// within ulp/2 + γ_n S + u T of the value [ulp of the output at it]: S is `value.magnitudes`. Both
/// are of first order in u, for arithmetic without an overflow, and in the unit of the value. An
/// infinity, a NaN and a value that no rounding touches have S = T = 0.
package struct ExactOutput: Hashable, Sendable {
  /// The exact value within 2^-100 of it, or within 2^-1074; its `magnitudes` is what the relative
  /// errors of all sums are multiplied by.
  package let value: ExactReduction
  /// T, the most that all other roundings can cost, in units of u.
  package let allowance: Double

  /// The bits of the numbers that values are made from: those of two Doubles, 2^-106, those that
  /// sums of 2^40 terms lose, and 46 for what cancels.
  static let precision = 192

  init(_ value: Real, magnitudes: Double, allowance: Double) {
    self.value = ExactReduction(high: value.double, low: value.residual, magnitudes: magnitudes)
    self.allowance = allowance
  }

  init(value: ExactReduction, allowance: Double = 0) {
    (self.value, self.allowance) = (value, allowance)
  }

  /// A value that no rounding touches.
  init(untouched value: Double) {
    self.init(value: ExactReduction(high: value, low: 0, magnitudes: 0))
  }
}
