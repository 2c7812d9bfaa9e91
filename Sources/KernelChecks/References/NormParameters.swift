// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle

/// What a norm multiplies and adds after it has divided by a row's root mean square.
struct NormParameters: Sendable {
  private let weight: [Double]?
  private let bias: [Double]?
  /// ε, which is added to the mean square.
  let epsilon: Double

  /// Of one row each; throws a `ReductionFailure` where they do not have the columns, or ε is no
  /// number from 0 on.
  init(
    columns: Int, weight: EncodedMatrix?, bias: EncodedMatrix?, epsilon: Double
  ) throws(ReductionFailure) {
    for (name, vector) in [("weight", weight), ("bias", bias)] {
      guard let vector, (vector.rows, vector.columns) != (1, columns) else { continue }
      throw ReductionFailure(
        "the \(name) is \(vector.rows) x \(vector.columns); it has to be 1 x \(columns)")
    }
    guard epsilon.isFinite, epsilon >= 0 else {
      throw ReductionFailure("epsilon is \(epsilon); it has to be a number from 0 on")
    }
    self.weight = weight?.numbers(ofRow: 0)
    self.bias = bias?.numbers(ofRow: 0)
    self.epsilon = epsilon
  }

  /// w of a column.
  func weight(_ column: Int) -> Double { weight?[column] ?? 1 }

  /// b of a column.
  func bias(_ column: Int) -> Double { bias?[column] ?? 0 }

  /// w z + b, with the S and T that the steps before it cost w z for w = 1, and with nothing for the
  /// bias; in IEEE arithmetic where one of them is no number.
  func output(
    _ z: Real, _ column: Int, magnitudes: Double, allowance: Double, biasRoundings: Double = 0
  ) -> ExactOutput {
    let (w, b) = (weight(column), bias(column))
    guard z.double.isFinite, w.isFinite, b.isFinite else {
      return ExactOutput(untouched: z.double * w + b)
    }
    return ExactOutput(
      z * Real(w) + Real(b), magnitudes: magnitudes * w.magnitude,
      allowance: allowance * w.magnitude + biasRoundings * b.magnitude)
  }
}
