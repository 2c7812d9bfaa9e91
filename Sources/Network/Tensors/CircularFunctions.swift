// SPDX-License-Identifier: Apache-2.0

/// cos x and sin x in FP64, from + - × and fused multiply-adds alone, so that every machine has the
/// same bits.
///
/// x is reduced by multiples of π/2, which three numbers of FP64 hold to 2^-160 (Cody and Waite,
/// 1980); Taylor's series to the seventeenth power then err by less than 2^-62 within π/4, and the
/// results by less than one ulp (a test up to 2^17).
enum CircularFunctions {
  /// π/2 in three parts, the upper first.
  private static let quarterTurn = (
    0x1.921f_b544_42d1_8p0, 0x1.1a62_6331_45c0_7p-54, -0x1.f197_6b7e_d8fb_cp-110
  )
  /// 2/π.
  private static let turnsOfQuarter = 0x1.45f3_06dc_9c88_3p-1
  /// Beyond this multiples of π/2 have too many bits for the parts.
  private static let bound = 0x1p20
  /// ∓1/3!, ±1/5!, ... of the sine, and 1/4!, -1/6!, ... of the cosine.
  private static let sine = coefficients(first: 3, sign: -1)
  private static let cosine = coefficients(first: 4, sign: 1)

  private static func coefficients(first: Int, sign: Double) -> [Double] {
    (0..<8).map { index in
      let factorial = (1...first + 2 * index).reduce(1.0) { $0 * Double($1) }
      return (index.isMultiple(of: 2) ? sign : -sign) / factorial
    }
  }

  /// cos x and sin x; NaN where x is not below 2^20 in magnitude.
  static func of(_ x: Double) -> (cosine: Double, sine: Double) {
    guard x.magnitude < bound else { return (.nan, .nan) }
    let turns = (x * turnsOfQuarter).rounded(.toNearestOrEven)
    // Exact: the difference has no bit below 2^-52 that x has not.
    let upper = x.addingProduct(-turns, quarterTurn.0)
    let rest = upper.addingProduct(-turns, quarterTurn.1)
    let tail = (upper - rest).addingProduct(-turns, quarterTurn.1)
      .addingProduct(-turns, quarterTurn.2)
    let z = rest * rest
    let half = 0.5 * z
    let s = rest + (tail * (1 - half)).addingProduct(rest * z, horner(sine, z))
    let w = 1 - half
    let c = w + (((1 - w) - half) + (-rest * tail).addingProduct(z * z, horner(cosine, z)))
    switch Int(turns) & 3 {
    case 0: return (c, s)
    case 1: return (-s, c)
    case 2: return (-c, -s)
    default: return (s, -c)
    }
  }

  private static func horner(_ coefficients: [Double], _ z: Double) -> Double {
    coefficients.dropLast().reversed().reduce(coefficients[coefficients.count - 1]) {
      $1.addingProduct($0, z)
    }
  }
}
