// SPDX-License-Identifier: Apache-2.0
import Formats

/// What an attention kernel loses where it stores probabilities before they meet the values, as one
/// does that rounds them to the inputs' 16 bits for a matrix unit (Dao, "FlashAttention-2", 2023).
package struct StoredProbabilities: Hashable, Sendable {
  /// u_p / u, the unit roundoff of what they are stored in over the accumulator's.
  package let roundoff: Double
  /// Half the least positive number that is stored, in units of u.
  package let underflow: Double

  /// Probabilities that nothing is lost of.
  package static let unrounded = StoredProbabilities(roundoff: 0, underflow: 0)

  /// Probabilities of a roundoff that is a multiple of the accumulator's, and of an underflow in
  /// units of the accumulator's roundoff.
  package init(roundoff: Double, underflow: Double = 0) {
    (self.roundoff, self.underflow) = (roundoff, underflow)
  }

  /// Probabilities that are rounded to nearest in a format before an accumulator meets them.
  package init(_ format: Format, accumulator: Format) {
    roundoff = ExactAccumulator.double(1, accumulator.precision - format.precision)
    underflow = ExactAccumulator.double(1, format.minUlpExponent - 1 + accumulator.precision)
  }
}
