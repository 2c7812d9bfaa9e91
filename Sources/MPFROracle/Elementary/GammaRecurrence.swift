// SPDX-License-Identifier: Apache-2.0

/// Γ and ln |Γ| in FP64 at FP32 numbers x of 2^-8 to 64 in magnitude: their values at the number
/// x + n within 1/2 of 2, and the product of the n numbers passed on the way. Relative errors are
/// below 2^-46.
///
/// With u = 2^-53: x and x + k have at most 38 bits, so that the factors are exact and a product of
/// them errs by less than (|n| - 1) u of itself, |n| <= 66.
struct GammaRecurrence {
  private let x: Double
  /// How many units x is below the interval around 2; negative above it.
  private let steps: Int
  /// x + n - 2, in -1/2...1/2.
  private let z: Double

  /// Nil of other numbers.
  init?(_ x: Double) {
    guard x.magnitude >= 0x1p-8, x.magnitude < 64 else { return nil }
    self.x = x
    steps = Int((2 - x).rounded())
    z = x + Double(steps) - 2
  }

  /// Γ(x): e^ln Γ(2 + z) errs by less than 4 u, the quotient or product by less than 70 u; nil at a
  /// pole.
  var gamma: Double? {
    let product = product
    guard product != 0 else { return nil }
    let exponential = GammaRecurrence.exponential(logarithm)
    return steps > 0 ? exponential / product : exponential * product
  }

  /// ln |Γ(x)|, nil at a pole and next to zeros that no interval around 1 or 2 has.
  ///
  /// It is S = ln Γ(2 + z) between 3/2 and 5/2, where |S| >= 0.24 |z|: the error of S, 3.1 u |z|, is
  /// below 13 u |S|. Between 1/2 and 3/2 it is S - ln x, at least 0.24 |z|, and ln x errs by less than
  /// 5 u of itself, 7 u |z|; the difference by less than 43 u of itself. Elsewhere the product's
  /// logarithm L errs by (|n| - 1) u + 3 u (1 + |L|), S by 1.6 u, |L| is at most |S - L| + 0.31,
  /// and the difference errs by less than (|n| + 5) u + 4 u |S - L|.
  var logarithmOfMagnitude: Double? {
    let product = product.magnitude
    guard product != 0 else { return nil }
    guard steps != 0 else { return logarithm }
    let factor = GammaSeries.naturalLogarithm(product)
    let value = steps > 0 ? logarithm - factor : logarithm + factor
    guard steps != 1 else { return value }
    return value.magnitude * 120 >= Double(steps.magnitude) + 5 ? value : nil
  }

  /// x (x + 1) ... (x + n - 1), or (x - 1) (x - 2) ... (x - |n|).
  private var product: Double {
    var (product, factor) = (1.0, steps > 0 ? x : x - 1)
    let step: Double = steps > 0 ? 1 : -1
    for _ in 0..<steps.magnitude {
      product *= factor
      factor += step
    }
    return product
  }

  /// S = ln Γ(2 + z) = (1 - γ) z + Σ (ζ(k) - 1) (-z)^k / k (Abramowitz and Stegun 6.1.33, 1 being
  /// left out of the ζ(k)).
  ///
  /// The first term left out, 2^-27 |z|^27 / 27, is below 2^-57 |z|. Each term of the sum is below
  /// 2/5 of the one before, and all together below 0.61 |z|, so that roundings cost less than
  /// 5 u times that.
  private var logarithm: Double {
    var sum = 0.0
    for coefficient in GammaRecurrence.coefficients { sum = (sum + coefficient) * z }
    return sum
  }

  /// (ζ(k) - 1) (-1)^k / k from k = 26 to 2, and 1 - γ.
  private static let coefficients: [Double] = [
    5.731367241678862e-10, -1.1921401405860912e-09, 2.4836745438024785e-09, -5.183475041970047e-09,
    1.0838659214896955e-08, -2.2711094608943164e-08, 4.7698101693639804e-08,
    -1.0043224823968099e-07,
    2.1207184805554665e-07, -4.492469198764566e-07, 9.55141213040742e-07, -2.039215753801366e-06,
    4.374866789907488e-06, -9.439488275268397e-06, 2.050721277567069e-05, -4.492623673813314e-05,
    9.945751278180853e-05, -0.00022315475845357939, 0.0005096695247430425, -0.001192753911703261,
    0.0028905103307415234, -0.007385551028673986, 0.020580808427784546, -0.0673523010531981,
    0.3224670334241132, 0.42278433509846713,
  ]

  /// e^s of |s| <= 0.29 by Taylor's series, which leaves less than 2^-56.
  private static func exponential(_ s: Double) -> Double {
    var sum = 1.0
    for k in stride(from: 12.0, through: 1, by: -1) { sum = 1 + sum * s / k }
    return sum
  }
}
