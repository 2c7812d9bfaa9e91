// SPDX-License-Identifier: Apache-2.0

/// How a result compares with the exact value.
package struct ElementJudgement: Hashable, Sendable {
  /// |result - exact| in ulp at the exact value; infinite for a wrong special or sign.
  var ulps: Double
  /// Whether it is the exact value rounded to nearest even; any NaN is a NaN.
  var isNearest: Bool
  var isWrongSpecial: Bool
  var isWrongSign: Bool
}
