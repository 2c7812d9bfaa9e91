// SPDX-License-Identifier: Apache-2.0

/// An angle of `quadrant` + `fraction` quarter turns, quadrant in 0...3 and |fraction| <= 1/2, and
/// its functions in FP64.
///
/// With u = 2^-53 and the fraction's relative error below 2u + 2^-62, r = fraction π/2 has one below
/// 4u, as π/2 in FP64 and the product add less than u each. Relative errors follow:
/// below 6u of sin r and 7u of cos r, where r's counts at most once and the polynomials add less
/// than 2u and 3u; below 14u of the quotient, of which r counts at most π/2 times.
struct QuarterTurns {
  var quadrant: Int
  var fraction: Double

  init(quadrant: Int, fraction: Double) {
    self.quadrant = quadrant
    self.fraction = fraction
  }

  /// |x| half turns, exactly.
  init(halfTurns x: Float) {
    let quarters = 2 * Double(x.magnitude).truncatingRemainder(dividingBy: 2)
    let nearest = quarters.rounded()
    quadrant = Int(nearest) & 3
    fraction = quarters - nearest
  }

  /// The sine, exact at multiples of a quarter turn; its zeros are positive.
  var sine: Double { signed(quadrant % 2 == 0 ? nearSine : nearCosine, quadrant >= 2) }

  /// The cosine, exact at multiples of a quarter turn; its zeros are positive.
  var cosine: Double {
    signed(quadrant % 2 == 0 ? nearCosine : nearSine, quadrant == 1 || quadrant == 2)
  }

  private func signed(_ value: Double, _ isNegative: Bool) -> Double {
    value == 0 ? 0 : isNegative ? -value : value
  }

  /// sine / cosine, infinite at odd multiples of a quarter turn.
  var tangent: Double { sine / cosine }

  private var radians: Double { fraction * (Double.pi / 2) }

  /// Taylor's coefficients; |r| <= π/4 leaves less than 2^-62.
  private var nearSine: Double {
    let r = radians
    let z = r * r
    var sum = 1.0 / 355_687_428_096_000
    sum = sum * z - 1.0 / 1_307_674_368_000
    sum = sum * z + 1.0 / 6_227_020_800
    sum = sum * z - 1.0 / 39_916_800
    sum = sum * z + 1.0 / 362_880
    sum = sum * z - 1.0 / 5040
    sum = sum * z + 1.0 / 120
    sum = sum * z - 1.0 / 6
    return r + r * (z * sum)
  }

  private var nearCosine: Double {
    let r = radians
    let z = r * r
    var sum = 1.0 / 20_922_789_888_000
    sum = sum * z - 1.0 / 87_178_291_200
    sum = sum * z + 1.0 / 479_001_600
    sum = sum * z - 1.0 / 3_628_800
    sum = sum * z + 1.0 / 40320
    sum = sum * z - 1.0 / 720
    sum = sum * z + 1.0 / 24
    sum = sum * z - 0.5
    return 1 + z * sum
  }
}
