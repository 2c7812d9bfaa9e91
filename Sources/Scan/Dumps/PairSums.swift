// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements

/// What two buffers of numbers differ by, a of the first and b of the second; sums of disjoint
/// pairs merge in their order.
struct PairSums: Sendable {
  var different = 0
  var nans = 0
  var infinities = 0
  var deviation = Deviation()
  var largest = 0.0
  var largestAt: Int?
  var largestUlps = 0.0

  /// Adds pairs, the first of which has this index.
  mutating func add(
    _ a: UnsafeBufferPointer<Double>, _ b: UnsafeBufferPointer<Double>, first: Int, ulp: UlpScale
  ) {
    deviation.add(reference: a, result: b)
    for i in a.indices {
      let (x, y) = (a[i], b[i])
      if x == y { continue }
      if x.isNaN || y.isNaN {
        guard x.isNaN != y.isNaN else { continue }
        nans += 1
      } else if x.isInfinite || y.isInfinite {
        infinities += 1
      } else {
        let difference = (y - x).magnitude
        if difference > largest { (largest, largestAt) = (difference, first + i) }
        largestUlps = max(largestUlps, difference / ulp.ulp(of: x))
      }
      different += 1
    }
  }

  mutating func merge(_ other: PairSums) {
    different += other.different
    nans += other.nans
    infinities += other.infinities
    deviation.elements += other.deviation.elements
    deviation.nonFinite += other.deviation.nonFinite
    deviation.referenceSquares += other.deviation.referenceSquares
    deviation.differenceSquares += other.deviation.differenceSquares
    if other.largest > largest { (largest, largestAt) = (other.largest, other.largestAt) }
    largestUlps = max(largestUlps, other.largestUlps)
  }

  /// ‖b - a‖ / ‖a‖ over pairs of finite members below 2^480; nil where ‖a‖ is zero and ‖b - a‖ is
  /// not.
  var relativeError: Double? {
    if deviation.differenceSquares == 0 { return 0 }
    guard deviation.referenceSquares > 0 else { return nil }
    return (deviation.differenceSquares / deviation.referenceSquares).squareRoot()
  }
}

/// The unit in the last place of a type, at an exact value.
struct UlpScale: Sendable {
  private let minExponent: Int
  private let fractionBits: Int

  /// Of a format; nil stands for FP64.
  init(_ format: Format?) {
    minExponent = format?.minExponent ?? -1022
    fractionBits = format?.fractionBits ?? Double.significandBitCount
  }

  /// 2^(max(⌊log2 |x|⌋, emin) - f).
  func ulp(of x: Double) -> Double {
    let exponent = x == 0 ? minExponent : max(Int(x.exponent), minExponent)
    return Double(sign: .plus, exponent: exponent - fractionBits, significand: 1)
  }
}
