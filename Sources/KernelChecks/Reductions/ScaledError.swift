// SPDX-License-Identifier: Apache-2.0
import Formats

/// The errors of sums and of sums of products, scaled by what their order of operations can be
/// blamed for.
///
/// e = max(0, |y - exact| - ulp/2 - n η - u T) / (u S), S the sum of the terms' magnitudes: what the
/// error has beyond the last rounding [ulp of the output at the exact value], beyond n terms'
/// underflow (Higham, "Accuracy and Stability of Numerical Algorithms", 2002, equation 2.8) and
/// beyond what is allowed for steps that are no sums, T, in units of the accumulator's unit roundoff
/// u. It does not grow with a sum's condition. Where S is zero, such an error is infinite.
///
/// Specials: a NaN where there is to be one, and the infinity that the exact value is or rounds to,
/// have no error. An infinity of the exact value's sign counts as 2^(emax+1) where that value is in
/// the last binade; every other special is wrong and its error infinite. The sign of a zero is not
/// looked at.
package struct ScaledError: Sendable {
  /// The arithmetic that the results are judged as.
  package struct Arithmetic: Hashable, Sendable {
    package let accumulator: Format
    package let output: Format
    /// n, the terms of a sum.
    package let terms: Int
    /// Whether the accumulator rounds to nearest; otherwise its unit roundoff is twice as large.
    package var isNearest = true
    /// Whether tiny results become zeros.
    package var flushesSubnormals = false

    package init(accumulator: Format, output: Format, terms: Int) {
      (self.accumulator, self.output, self.terms) = (accumulator, output, terms)
    }

    /// u.
    package var unitRoundoff: Double {
      ExactAccumulator.double(1, (isNearest ? 0 : 1) - accumulator.precision)
    }

    /// n η: what underflow takes from products, which sums do not suffer; of flushed results also
    /// from every sum and from the output.
    var underflow: Double {
      let n = Double(terms)
      guard flushesSubnormals else {
        return n * ExactAccumulator.double(1, accumulator.minUlpExponent - (isNearest ? 1 : 0))
      }
      return 2 * n * ExactAccumulator.double(1, accumulator.minExponent)
        + ExactAccumulator.double(1, output.minExponent)
    }
  }

  package let arithmetic: Arithmetic
  /// The largest scaled error: not below it, and above it by no more than a factor
  /// 1 + (n + 8) 2^-50, and by the roundoff of the output over u, and T over S, times 2^-50.
  package private(set) var largest = 0.0
  /// The index of the result that has it; nil where all errors are zero.
  package private(set) var worst: Int?
  /// The results whose special is wrong.
  package private(set) var wrongSpecials = 0
  /// The results.
  package private(set) var count = 0
  /// max |y - exact| / S, the componentwise backward error.
  package private(set) var componentwise = 0.0

  // Σ (y - exact)², Σ exact², Σ y² and Σ y exact, of finite results.
  private var squaredErrors = 0.0
  private var squaredValues = 0.0
  private var squaredResults = 0.0
  private var products = 0.0

  // Of an arithmetic, once for all results.
  private let unit: Double
  private let underflow: Double

  /// No result.
  package init(_ arithmetic: Arithmetic) {
    self.arithmetic = arithmetic
    // S is at least the sum made in FP64 times this, and the quotient is rounded once more.
    let least = 1 - (Double(arithmetic.terms) + 4) * 0x1p-52
    unit = arithmetic.unitRoundoff * least
    underflow = arithmetic.underflow
  }

  /// ‖y - exact‖ / ‖exact‖ in the Frobenius norm; infinite with a wrong special, nil where all exact
  /// values are zero.
  package var normwise: Double? {
    if wrongSpecials > 0 { return .infinity }
    return squaredValues > 0 ? (squaredErrors / squaredValues).squareRoot() : nil
  }

  /// The cosine of results and exact values, of finite ones; nil where one of the two is all zeros.
  /// It hides large errors: no criterion.
  package var cosine: Double? {
    guard squaredResults > 0, squaredValues > 0 else { return nil }
    return products / (squaredResults.squareRoot() * squaredValues.squareRoot())
  }

  /// Counts a result, an encoding of the output format, with T, the `allowance` for what is no sum.
  package mutating func add(
    _ result: UInt32, _ exact: ExactReduction, allowance: Double = 0, at index: Int
  ) {
    count += 1
    // Where the format has no NaN, nothing is right or wrong.
    guard let nearest = exact.rounded(to: arithmetic.output) else { return }
    let y = arithmetic.output.value(of: result)
    if exact.isFinite, y.isFinite { addNorms(y, exact) }
    if result == nearest || (y.isNaN && arithmetic.output.isNaN(nearest)) { return }
    guard exact.isFinite, let y = comparable(y, exact) else {
      wrongSpecials += 1
      componentwise = .infinity
      return keep(.infinity, index)
    }
    let difference = (y - exact.high - exact.low).magnitude
    componentwise = max(componentwise, difference == 0 ? 0 : difference / exact.magnitudes)
    // Two roundings, and what `low` leaves.
    let error = difference * (1 + 0x1p-51) + exact.high.magnitude * 0x1p-105
    var excess = error - halfUlp(exact) - underflow
    if allowance > 0 {
      // Its own rounding may be a loss.
      excess = (excess - arithmetic.unitRoundoff * allowance).nextUp
    }
    guard excess > 0 else { return }
    let scaled = excess / (unit * exact.magnitudes)
    keep(scaled * (1 + 0x1p-50), index)
  }

  /// Counts the results that another one counted.
  package mutating func merge(_ other: ScaledError) {
    if let worst = other.worst { keep(other.largest, worst) }
    wrongSpecials += other.wrongSpecials
    count += other.count
    componentwise = max(componentwise, other.componentwise)
    squaredErrors += other.squaredErrors
    squaredValues += other.squaredValues
    squaredResults += other.squaredResults
    products += other.products
  }

  private mutating func keep(_ error: Double, _ index: Int) {
    guard error > largest || (error == largest && index < worst ?? .max) else { return }
    (largest, worst) = (error, index)
  }

  private mutating func addNorms(_ y: Double, _ exact: ExactReduction) {
    let difference = y - exact.high - exact.low
    squaredErrors += difference * difference
    squaredValues += exact.high * exact.high
    squaredResults += y * y
    products += y * exact.high
  }

  /// The number that a result counts as; nil of a wrong special.
  private func comparable(_ y: Double, _ exact: ExactReduction) -> Double? {
    guard !y.isFinite else { return y }
    let last = ExactAccumulator.double(1, arithmetic.output.maxExponent)
    guard !y.isNaN, (y < 0) == (exact.high < 0), exact.high.magnitude >= last else { return nil }
    return y < 0 ? -2 * last : 2 * last
  }

  private func halfUlp(_ exact: ExactReduction) -> Double {
    let format = arithmetic.output
    let exponent = min(exact.leadingExponent ?? format.minExponent, format.maxExponent)
    return ExactAccumulator.double(1, max(exponent, format.minExponent) - format.fractionBits - 1)
  }
}
