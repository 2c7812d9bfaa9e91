// SPDX-License-Identifier: Apache-2.0

/// cos πx for x in 0...2 by its Taylor series about 1/2 or 3/2, correct to a few ulp of 1: libm's
/// differs from version to version.
package func cosine(ofHalfTurns x: Double) -> Double {
  let t = x <= 1 ? .pi * (0.5 - x) : .pi * (x - 1.5)
  var term = t
  var sum = t
  for n in 1...12 {
    term *= -t * t / Double(2 * n * (2 * n + 1))
    sum += term
  }
  return sum
}
