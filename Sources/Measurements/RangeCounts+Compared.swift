// SPDX-License-Identifier: Apache-2.0
import Formats

extension RangeCounts {
  /// Adds results y in a format, nil for FP64, beside the exact values x of what they rounded.
  ///
  /// An infinite y counts as an overflow whatever x is: a narrow accumulator may overflow on the way
  /// to a sum that would fit.
  ///
  /// - Precondition: the buffers have the same count.
  package mutating func add(
    result y: UnsafeBufferPointer<Double>, exact x: UnsafeBufferPointer<Double>, format: Format?
  ) {
    precondition(y.count == x.count)
    let leastNormal = format.map { Double(sign: .plus, exponent: $0.minExponent, significand: 1) }
    let least = leastNormal ?? .leastNormalMagnitude
    let limit = format?.overflowMagnitude ?? .infinity
    var (present, absent, small, large, undefined) = (0, 0, 0, 0, 0)
    for i in y.indices {
      let (result, exact) = (y[i].magnitude, x[i].magnitude)
      // NaNs are neither above nor below zero.
      let isPresent = exact > 0
      present &+= isPresent ? 1 : 0
      absent &+= isPresent && result == 0 ? 1 : 0
      small &+= result > 0 && result < least ? 1 : 0
      large &+= exact >= limit || result == .infinity ? 1 : 0
      undefined &+= y[i].isNaN ? 1 : 0
    }
    elements += y.count
    nonzero += present
    zeroed += absent
    subnormal += small
    overflow += large
    nan += undefined
  }
}

extension Format {
  /// Ω + ulp(Ω)/2, from which on round to nearest even overflows.
  package var overflowMagnitude: Double {
    largestMagnitude
      + Double(sign: .plus, exponent: maxExponent - fractionBits - 1, significand: 1)
  }
}
