// SPDX-License-Identifier: Apache-2.0

/// The elementary functions of FP32: computed in FP64 to 2^-40 or better, rounded once.
///
/// Only + - × ÷ √, conversions and integers, without a branch: a loop over any of these vectorises,
/// and every machine delivers the same bits. Fused operations would be faster with FMA hardware and
/// many times slower without.
enum Binary32Elementary: ElementarySet {
  /// The result of an operand: of a NaN the canonical one, whatever the processor makes of it.
  @inline(__always)
  private static func finish(_ result: Double, _ x: Float) -> Float {
    let y = Float(result)
    return x == x ? y : .nan
  }

  /// Beyond ±150, e^x lies outside FP32 by more than 2^60 and FP64 holds it.
  @inline(__always) private static var widest: Double { 150 }

  /// e^x.
  @inline(__always)
  static func exp(_ x: Float) -> Float {
    finish(PowerOfE.value(clamp(Double(x), -widest, widest)), x)
  }

  /// ln x = k ln 2 + 2 artanh s, s = (m - 1) / (m + 1), x = 2^k m with √½ <= m < √2.
  @inline(__always)
  static func log(_ x: Float) -> Float {
    let (k, m) = BinaryLogarithm.parts(Double(x))
    let f = m - 1
    let s = f / (2 + f)
    let square = s * s
    let result =
      k * PowerOfE.ln2Head + (k * PowerOfE.ln2Tail + (2 * s + s * square * Polynomial.log(square)))
    let y = x == 0 ? -Float.infinity : Float(result)
    let z = x == .infinity ? x : y
    return x >= 0 ? z : .nan
  }

  /// tanh x = e / (e + 2), e = e^2x - 1 = (2^k - 1) + 2^k (e^r - 1).
  @inline(__always)
  static func tanh(_ x: Float) -> Float {
    // From 9.02 on the nearest number is 1.
    let (power, expm1) = PowerOfE.parts(2 * clamp(Double(x.magnitude), 0, 10))
    let e = (power - 1) + power * expm1
    return finish(e / (e + 2), x).copyingSign(of: x)
  }

  /// 1 / (1 + e^-x).
  @inline(__always)
  static func sigmoid(_ x: Float) -> Float {
    finish(1 / (1 + PowerOfE.value(clamp(-Double(x), -widest, widest))), x)
  }

  /// erf x, one polynomial in x² up to where the nearest number is 1.
  @inline(__always)
  static func erf(_ x: Float) -> Float {
    // 3.92² < 15.5.
    let z = clamp(Double(x.magnitude), 0, 3.93)
    let y = z * Polynomial.erf(z * z * (2 / 15.5) - 1)
    return finish(y > 1 ? 1 : y, x).copyingSign(of: x)
  }

  /// Φ(y) with Φ(-z) = e^(-z²/2) (e^(z²/2) erfc(z/√2)) / 2 and Φ(z) = 1 - Φ(-z).
  @inline(__always)
  private static func distribution(_ y: Double) -> Double {
    // Φ(-15) x is below half the smallest number, and so is Φ(-15).
    let z = clamp(y.magnitude, 0, 15)
    let tail = 0.5 * PowerOfE.value(-0.5 * z * z) * Polynomial.erfcx((z - 3) / (z + 3))
    return y < 0 ? tail : 1 - tail
  }

  /// Φ(x).
  @inline(__always)
  static func normal(_ x: Float) -> Float { finish(distribution(Double(x)), x) }

  /// x Φ(x).
  @inline(__always)
  static func gelu(_ x: Float) -> Float {
    let y = clamp(Double(x), -15, .infinity)
    return finish(y * (y.magnitude < tiny ? half(y) : distribution(y)), x)
  }

  /// Below this, Φ differs from 1/2 by less than the result's error.
  @inline(__always) private static var tiny: Double { 0x1p-45 }

  /// A number next to 1/2 on Φ's side of it: it decides the ties that halves of subnormal numbers
  /// are.
  @inline(__always)
  private static func half(_ y: Double) -> Double { y < 0 ? 0.5.nextDown : 0.5.nextUp }

  /// x / (1 + e^-v), v = 2 √(2/π) (x + 0.044715 x³).
  @inline(__always)
  static func geluTanh(_ x: Float) -> Float {
    let y = clamp(Double(x), -15, .infinity)
    let v = GELUConstants.twoRootTwoOverPi * y * (1 + GELUConstants.cubic * (y * y))
    let factor = 1 / (1 + PowerOfE.value(-clamp(v, -700, 700)))
    return finish(y * (y.magnitude < tiny ? half(y) : factor), x)
  }

  /// 1/√x.
  @inline(__always)
  static func rsqrt(_ x: Float) -> Float {
    let y = 1 / Double(x).squareRoot()
    return y == y ? Float(y) : .nan
  }
}

/// The constants of GELU's tanh form.
enum GELUConstants {
  /// 2 √(2/π).
  @inline(__always) static var twoRootTwoOverPi: Double { 0x1.9884533d43651p0 }
  /// What that leaves of the real number.
  @inline(__always) static var twoRootTwoOverPiTail: Double { -0x1.cbc0d30ebfd15p-54 }
  /// 0.044715.
  @inline(__always) static var cubic: Double { 0.044715 }
  /// What that leaves of the real number.
  @inline(__always) static var cubicTail: Double { 0x1.441355475a31ap-59 }
}

extension BinaryFloatingPoint {
  /// |self| with the sign of x; the canonical NaN keeps its own.
  @inline(__always)
  func copyingSign(of x: Self) -> Self {
    let y = Self(signOf: x, magnitudeOf: self)
    return x == x ? y : self
  }
}
