// SPDX-License-Identifier: Apache-2.0

/// The relative errors of a correct kernel's steps, in units of u.
///
/// The functions' are the limits of OpenCL's full profile or of CUDA's single precision functions,
/// whichever is larger; an ulp is at most 2 u of the value.
enum RoundingCost {
  static let rounding = 1.0
  /// A value times a constant that was rounded.
  static let scaling = 2 * rounding
  /// exp or exp2, 4 ulp.
  static let exponential = 8.0
  /// The difference from the maximum, scaled by log2 e for exp2: what each unit of an exponent
  /// costs the exponential.
  static let exponent = rounding + scaling
  /// log, 4 ulp, or log2 scaled by log 2.
  static let logarithm = 8 + scaling
  /// A division, 2.5 ulp, or the product with a reciprocal.
  static let division = 5.0
  /// 1 / √x, 4 ulp.
  static let reciprocalRoot = 8.0
}
