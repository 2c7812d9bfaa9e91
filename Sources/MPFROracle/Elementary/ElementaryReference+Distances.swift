// SPDX-License-Identifier: Apache-2.0

extension ElementaryReference {
  /// |result - value| in ulp of FP32 at the value; 0 for two equal specials, infinite for unequal
  /// specials and for different signs.
  ///
  /// - Parameters:
  ///   - results: `count` results of FP32.
  ///   - values: The exact values, to FP64's precision.
  @inline(never)
  package static func distances(
    of results: UnsafePointer<Float>, from values: UnsafePointer<Double>,
    into distances: UnsafeMutablePointer<Double>, count: Int
  ) {
    let exponentMask: UInt64 = 0x7ff << 52
    let least = Double(Float.leastNormalMagnitude).bitPattern
    for i in 0..<count {
      let (y, value) = (Double(results[i]), values[i])
      let power = max(value.bitPattern & exponentMask, least)
      // 2^23 / 2^e, the reciprocal of the ulp.
      let scale = Double(bitPattern: (UInt64(2 * 1023 + 23) << 52) &- power)
      let distance = ((y - value) * scale).magnitude
      let isSame = y == value || (y != y && value != value)
      let isOpposite = (y.bitPattern ^ value.bitPattern) >> 63 != 0 && y == y
      let special: Double = isSame ? 0 : .infinity
      distances[i] = isOpposite ? .infinity : distance < .infinity ? distance : special
    }
  }
}
