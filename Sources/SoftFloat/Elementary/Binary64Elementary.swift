// SPDX-License-Identifier: Apache-2.0

/// The elementary functions of FP64: sums and products that matter are kept as pairs, so that the
/// error stays near half an ulp.
///
/// Without a branch, like those of FP32; a fused multiply-add is one instruction in the native
/// build.
enum Binary64Elementary: ElementarySet {
  @inline(__always)
  private static func finish(_ result: Double, _ x: Double) -> Double { x == x ? result : .nan }

  /// e^x.
  @inline(__always)
  static func exp(_ x: Double) -> Double {
    let (scale, m) = PowerOfE.exact(Pair(clamp(x, -800, 800), 0))
    return finish(scale.apply(m.value), x)
  }

  /// ln x, as in FP32, with s and the leading sum as pairs.
  @inline(__always)
  static func log(_ x: Double) -> Double {
    // Subnormal numbers are made normal first.
    let isSmall = x < Double.leastNormalMagnitude
    let (exponent, m) = BinaryLogarithm.parts(isSmall ? x * 0x1p54 : x)
    let k = exponent - (isSmall ? 54 : 0)
    let f = m - 1
    let s = Pair(f, 0) / Pair(larger: 2, f)
    let square = s.head * s.head
    let sum = Pair(sum: k * PowerOfE.ln2Head, 2 * s.head)
    let rest =
      k * PowerOfE.ln2Tail + (2 * s.tail + s.head * square * Polynomial.logTail(square))
    let y = x == 0 ? -Double.infinity : sum.head + (sum.tail + rest)
    let z = x == .infinity ? x : y
    return x >= 0 ? z : .nan
  }

  /// tanh x = e / (e + 2), e = e^2x - 1.
  @inline(__always)
  static func tanh(_ x: Double) -> Double {
    // From 19.07 on the nearest number is 1.
    let (scale, expm1) = PowerOfE.exactParts(Pair(2 * clamp(x.magnitude, 0, 20), 0))
    let power = scale.value
    let e = Pair(power - 1, 0) + expm1.scaled(by: power)
    return finish((e / (e + Pair(2, 0))).value, x).copyingSign(of: x)
  }

  /// 1 / (1 + e) for x >= 0 and e / (1 + e) below, e = e^-|x|.
  @inline(__always)
  static func sigmoid(_ x: Double) -> Double {
    let (scale, m) = PowerOfE.exact(Pair(-clamp(x.magnitude, 0, 800), 0))
    let isNegative = x < 0
    let denominator = Pair(1, 0) + m.scaled(by: scale.first).scaled(by: scale.second)
    let numerator = Pair(isNegative ? m.head : 1, isNegative ? m.tail : 0)
    let q = (numerator / denominator).value
    return finish(isNegative ? scale.apply(q) : q, x)
  }

  /// erf x: below 1/2 a polynomial times x, above 1 - e^(-x²) (e^(x²) erfc x).
  @inline(__always)
  static func erf(_ x: Double) -> Double {
    let z = clamp(x.magnitude, 0, 6)
    let square = z * z
    let first = Pair(product: z, twoOverRootPi.head)
    let rest = z * twoOverRootPi.tail + z * square * Polynomial.erfTail(square)
    let small = first.head + (first.tail + rest)

    let (scale, m) = PowerOfE.exact(-Pair(product: z, z))
    let tail = (m * scaledComplement(z, threeOverRoot2)).scaled(by: scale.value)
    let large = Pair(larger: 1, -tail.head)
    return finish(z < 0.5 ? small : large.head + (large.tail - tail.tail), x).copyingSign(of: x)
  }
  @inline(__always) private static var twoOverRootPi: Pair {
    Pair(0x1.20dd750429b6dp0, 0x1.1ae3a914fed8p-56)
  }
  @inline(__always) private static var threeOverRoot2: Pair {
    Pair(0x1.0f876ccdf6cd9p1, 0x1.b1a18f13a34cp-53)
  }

  /// e^(y²/2) erfc(y/√2) with y = 3z/c, by the polynomial in (y - 3) / (y + 3) = (z - c) / (z + c).
  @inline(__always)
  private static func scaledComplement(_ z: Double, _ c: Pair) -> Pair {
    Polynomial.erfcx((Pair(z, 0) + -c) / (Pair(z, 0) + c))
  }

  /// Φ(y) of a negative y without a power of two, and that power; Φ(y) of another y.
  @inline(__always)
  private static func distribution(_ y: Double) -> (factor: Pair, scale: BinaryScale) {
    let z = y.magnitude
    let (scale, m) = PowerOfE.exact(-Pair(product: z, z).scaled(by: 0.5))
    let tail = (m * scaledComplement(z, Pair(3, 0))).scaled(by: 0.5)
    let upper = Pair(1, 0) + -tail.scaled(by: scale.first).scaled(by: scale.second)
    let isNegative = y < 0
    let head = isNegative ? tail.head : upper.head
    return (Pair(head, isNegative ? tail.tail : upper.tail), scale)
  }

  /// Φ(x), as in FP32.
  @inline(__always)
  static func normal(_ x: Double) -> Double {
    // Φ(-40) is below half the smallest number, even times 40, and 1 - Φ(40) below 2^-1000.
    let (factor, scale) = distribution(clamp(x, -40, 40))
    return finish(x < 0 ? scale.apply(factor.value) : factor.value, x)
  }

  /// x Φ(x).
  @inline(__always)
  static func gelu(_ x: Double) -> Double {
    let y = clamp(x, -40, 40)
    let (factor, scale) = distribution(y)
    let product = (Pair(y.magnitude, 0) * factor).value
    let result = y < 0 ? scale.apply(product) : product
    return finish(x > 40 ? x : result, x).copyingSign(of: x)
  }

  /// x / (1 + e) for x >= 0 and x e / (1 + e) below, e = e^-|v|, v = 2 √(2/π) (x + 0.044715 x³).
  @inline(__always)
  static func geluTanh(_ x: Double) -> Double {
    let y = clamp(x, -25, 25)
    let z = y.magnitude
    let cubic = Pair(GELUConstants.cubic, GELUConstants.cubicTail)
    let linear = Pair(GELUConstants.twoRootTwoOverPi, GELUConstants.twoRootTwoOverPiTail)
    let v = linear * Pair(z, 0) * (Pair(1, 0) + cubic * Pair(product: z, z))
    let (scale, m) = PowerOfE.exact(-v)
    let isNegative = y < 0
    let denominator = Pair(1, 0) + m.scaled(by: scale.first).scaled(by: scale.second)
    let numerator = Pair(isNegative ? m.head : 1, isNegative ? m.tail : 0)
    let product = (Pair(z, 0) * (numerator / denominator)).value
    let result = isNegative ? scale.apply(product) : product
    return finish(x > 25 ? x : result, x).copyingSign(of: x)
  }

  /// 1/√x by one correction of the quotient: with s = √x (1 + ε) rounded and y = 1/s rounded,
  /// 1/√x = y + y ((1 - s y) + (s² - x) y²/2) but for terms of the second order.
  @inline(__always)
  static func rsqrt(_ x: Double) -> Double {
    // Subnormal and small numbers are scaled, so that s² - x is exact.
    let isSmall = x < 0x1p-900
    let scaled = isSmall ? x * 0x1p200 : x
    let s = scaled.squareRoot()
    let y = 1 / s
    let excess = (-scaled).addingProduct(s, s)
    let correction = 1.0.addingProduct(-s, y) + 0.5 * excess * y * y
    let refined = (y + y * correction) * (isSmall ? 0x1p100 : 1)
    let isRegular = x > 0 && x < .infinity
    return isRegular ? refined : y == y ? y : .nan
  }
}
