// SPDX-License-Identifier: Apache-2.0

/// Whether a parameter's gradient errors add up over steps or cancel.
///
/// e_t is the error of the gradient at a local comparison. ‖Σ e_t‖ / √(Σ ‖e_t‖²) is 1 on average
/// for errors of independent random signs and √T for T equal ones. The null is the same ratio with
/// the sign of every e_t drawn at random.
package struct Directionality: Codable, Sendable, Hashable {
  /// The parameter.
  package var tag: TensorTag
  /// The number of errors summed, T.
  package var steps: Int
  /// ‖Σ e_t‖².
  package var sumSquares: Double
  /// Σ ‖e_t‖².
  package var squares: Double
  /// ‖Σ ±e_t‖² for some draws of the signs.
  package var nullSquares: [Double]

  /// The errors of a parameter.
  package init(
    tag: TensorTag, steps: Int, sumSquares: Double, squares: Double, nullSquares: [Double]
  ) {
    self.tag = tag
    self.steps = steps
    self.sumSquares = sumSquares
    self.squares = squares
    self.nullSquares = nullSquares
  }

  /// ‖Σ e_t‖ / √(Σ ‖e_t‖²); nil without an error.
  package var ratio: Double? { squares > 0 ? (sumSquares / squares).squareRoot() : nil }
  /// The greatest ratio of the null; nil likewise.
  package var nullRatio: Double? {
    guard squares > 0, let greatest = nullSquares.max() else { return nil }
    return (greatest / squares).squareRoot()
  }
}
