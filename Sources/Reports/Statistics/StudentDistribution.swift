// SPDX-License-Identifier: Apache-2.0

/// Student's t distribution with a whole number of degrees of freedom.
///
/// By the finite sums of Abramowitz and Stegun (1964), 26.7.3 and 26.7.4, which need no function
/// but a root and an arctangent: the same bytes on every machine.
struct StudentDistribution {
  /// ν, from 1.
  let degreesOfFreedom: Int

  /// P(|T| > t) for t >= 0, to about 1e-15 absolutely; 0 for an infinite t.
  func twoSidedTail(_ t: Double) -> Double {
    guard t < .infinity else { return 0 }
    let nu = Double(degreesOfFreedom)
    // t² may overflow; both are 1 and 0 then.
    let hypotenuse = (nu + t * t).squareRoot()
    let (sine, cosine) = (t / hypotenuse, nu.squareRoot() / hypotenuse)
    guard sine.isFinite else { return 0 }
    let isOdd = degreesOfFreedom % 2 == 1
    // Odd: cos θ + (2/3) cos³ θ + ...; even: 1 + (1/2) cos² θ + ...
    var term = isOdd ? cosine : 1
    var sum = degreesOfFreedom > 1 ? term : 0
    for power in stride(from: isOdd ? 3 : 2, through: degreesOfFreedom - 2, by: 2) {
      term *= Double(power - 1) / Double(power) * cosine * cosine
      sum += term
    }
    let inside =
      isOdd ? 2 / .pi * (Self.arctangent(t / nu.squareRoot()) + sine * sum) : sine * sum
    return max(0, 1 - inside)
  }

  /// The t with P(|T| <= t) = `level`, to the last places but few; 0 for a level of 0 or less.
  func quantile(twoSided level: Double) -> Double {
    guard level > 0 else { return 0 }
    var (low, high) = (0.0, 1.0)
    while 1 - twoSidedTail(high) < level, high < 0x1p200 { high *= 2 }
    while true {
      let middle = low + (high - low) / 2
      guard middle > low, middle < high else { return high }
      if 1 - twoSidedTail(middle) < level { low = middle } else { high = middle }
    }
  }

  /// atan(x) for x >= 0: halved until Taylor's series converges fast, by
  /// atan(x) = 2 atan(x / (1 + √(1 + x²))).
  private static func arctangent(_ x: Double) -> Double {
    guard x < 0x1p500 else { return .pi / 2 }
    var (x, factor) = (x, 1.0)
    while x > 0.1 {
      x /= 1 + (1 + x * x).squareRoot()
      factor *= 2
    }
    var (sum, power) = (0.0, x)
    for n in stride(from: 1.0, through: 19, by: 4) {
      sum += power / n - power * x * x / (n + 2)
      power *= x * x * x * x
    }
    return factor * sum
  }
}
