// SPDX-License-Identifier: Apache-2.0
import Formats

/// The side of multiples of half an ulp on which the values of neighbouring numbers lie that are all
/// next to one: next to 1 those of e^x and cos x for tiny x, next to x those of sin x.
///
/// Errors of results there are multiples of half an ulp but for less than the tolerance, and whether
/// they are more than half an ulp or one, which the tolerance leaves open, depends on this side alone.
/// It is that of all the exact values at hand; that those between them lie on it, too, is assumed of
/// functions that are smooth there.
package struct Side: Hashable, Sendable {
  /// Whether the values lie above the multiples.
  let isAbove: Bool
  /// Half an ulp of FP32 at the smallest of the values.
  let half: Double

  /// The side of exact values rounded to odd; nil where they have none in common.
  ///
  /// - Parameter isSeries: Whether values are a series', which do not tell their side.
  init?(_ values: [Double], isSeries: Bool) {
    guard !isSeries, let least = values.map(\.magnitude).min(), least.isFinite else { return nil }
    half = Format.fp32.ulp(at: least) / 2
    var differences: [Double] = []
    for value in values { differences.append(value - Self.multiple(of: half, value)) }
    let near = 2 * ElementaryReference.tolerance * half
    guard differences.allSatisfy({ $0 != 0 && $0.magnitude <= near }) else { return nil }
    isAbove = differences[0] > 0
    guard differences.allSatisfy({ ($0 > 0) == isAbove }) else { return nil }
  }

  /// How far from a multiple is next to it.
  private var near: Double { 2 * ElementaryReference.tolerance * half }

  /// The multiple that is nearest to a value of fewer than 2^50 of them.
  @inline(__always)
  private static func multiple(of half: Double, _ value: Double) -> Double {
    (value / half).rounded(.toNearestOrEven) * half
  }

  /// Moves approximate values that the rounding of a polynomial took across to their side; false, with
  /// nothing done, where one of them is not next to a multiple.
  func keep(_ values: UnsafeMutablePointer<Double>, count: Int) -> Bool {
    var farthest = 0.0
    for i in 0..<count {
      farthest = max(farthest, (values[i] - Self.multiple(of: half, values[i])).magnitude)
    }
    guard farthest <= 2 * near else { return false }
    for i in 0..<count {
      let multiple = Self.multiple(of: half, values[i])
      values[i] = isAbove ? max(values[i], multiple.nextUp) : min(values[i], multiple.nextDown)
    }
    return true
  }
}
