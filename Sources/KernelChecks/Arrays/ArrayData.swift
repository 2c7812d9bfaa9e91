// SPDX-License-Identifier: Apache-2.0

/// What numbers the inputs of a case are.
package enum ArrayData: String, Hashable, Sendable, Codable, CaseIterable {
  /// So small that sums in any order are exact: the right result is the only one.
  case integers
  case normal
  case positive
  /// Exponents over the whole range in which no sum overflows.
  case wide
  case subnormal
  /// One 1 in each row of the first input, and zeros.
  case oneHot = "one-hot"
  /// One 1 in each row and column of the first input.
  case permutation
  /// Terms that cancel: a condition of 10^4.
  case cancelling
  /// A mean far from zero beside the deviation.
  case offset
  case offsetBelow = "offset-below"
  /// Rows of one number.
  case equal
  /// Numbers of a deviation of 16: probabilities from 1 to what is below every format.
  case spread
  /// Every third logit minus infinity.
  case masked
  /// Rows of nothing but minus infinity among others.
  case allMasked = "all-masked"
  /// An infinity at another place of each row, or at the place.
  case infinity
  case infinityLast = "infinity-last"
  /// Infinities of both signs.
  case infinities
  /// A NaN at another place of each row, or at the place.
  case nan
  case nanLast = "nan-last"
  /// What files have.
  case given

  /// Whether sums are exact in any order.
  package var isExact: Bool { self == .integers || self == .oneHot || self == .permutation }

  /// Whether rounding errors are random enough for a probabilistic bound.
  package var isRandom: Bool {
    switch self {
    case .normal, .positive, .cancelling, .spread, .offset, .offsetBelow: true
    default: false
    }
  }

  /// What an operation is checked on.
  package static func known(for operation: ArrayOperation) -> [ArrayData] {
    switch operation {
    case .sum, .dot:
      [
        .integers, .normal, .positive, .wide, .subnormal, .cancelling, .infinity, .infinityLast,
        .infinities, .nan, .nanLast,
      ]
    case .matmul:
      [
        .integers, .normal, .positive, .wide, .subnormal, .oneHot, .permutation, .infinity,
        .infinities, .nan,
      ]
    case .convolution: [.integers, .normal, .positive, .oneHot, .infinity, .nan]
    case .softmax, .logSoftmax, .logSumExp, .crossEntropy:
      [.normal, .spread, .offset, .offsetBelow, .equal, .masked, .allMasked, .infinity, .nan]
    case .layerNorm, .rmsNorm: [.normal, .offset, .offsetBelow, .equal, .spread, .nan]
    case .attention: [.normal, .spread, .equal, .nan]
    }
  }
}
