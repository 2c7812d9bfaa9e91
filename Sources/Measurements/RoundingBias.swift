// SPDX-License-Identifier: Apache-2.0
import Formats

/// The mean of errors and how sure it is. Sums merge by addition.
package struct MeanError: Codable, Sendable, Hashable {
  /// The number of errors.
  package var count = 0
  /// Σ e.
  package var sum = 0.0
  /// Σ e².
  package var squares = 0.0

  /// No errors.
  package init() {}

  /// Σ e / count [ulp]; nil without errors.
  package var mean: Double? { count > 0 ? sum / Double(count) : nil }

  /// The mean over its standard error √(s² / count), s² the sample variance of e: how many standard
  /// errors the mean is off zero. Nil for fewer than two errors or equal ones.
  package var zScore: Double? {
    guard count > 1 else { return nil }
    let n = Double(count)
    let variance = (squares - sum * sum / n) / (n - 1)
    guard variance > 0 else { return nil }
    return sum / n / (variance / n).squareRoot()
  }

  /// Adds the sums of other errors.
  package mutating func merge(_ other: MeanError) {
    count += other.count
    sum += other.sum
    squares += other.squares
  }
}

/// How far results that were rounded, y ≠ y*, lie from the exact ones in the mean, in units in the
/// last place of the exact one: ulp(y*) = 2^(max(⌊log2 |y*|⌋, emin) - p + 1).
///
/// Roundings to nearest have errors of both signs that cancel; a mean far from zero for its z-score
/// is a biased step, such as the one of arXiv 2510.04212. On values of both signs a rounding toward
/// zero has no mean signed error, and half an ulp in magnitude.
package struct RoundingBias: Codable, Sendable, Hashable {
  /// e = (y - y*) / ulp(y*), with y* ≠ 0, both finite.
  package var signed = MeanError()
  /// (|y| - |y*|) / ulp(y*), of those among them with |y*| ≥ 2^emin: what underflows is counted
  /// elsewhere, and would look like a rounding toward zero here.
  package var magnitude = MeanError()

  /// No results.
  package init() {}

  /// Adds results in a format beside the exact ones; a loss scale is left in both.
  ///
  /// - Precondition: the buffers have the same count.
  package mutating func add(
    result y: UnsafeBufferPointer<Double>, exact: UnsafeBufferPointer<Double>, format: Format
  ) {
    precondition(y.count == exact.count)
    var (sums, squaresOfE) = (InterleavedSums(), InterleavedSums())
    var (sumsInMagnitude, squaresInMagnitude) = (InterleavedSums(), InterleavedSums())
    var (counted, countedNormal) = (0, 0)
    let leastNormal = Double(sign: .plus, exponent: format.minExponent, significand: 1)
    let largest = format.largestMagnitude
    for i in y.indices {
      let x = exact[i]
      // What overflows, or would have, is counted elsewhere and looks like a rounding toward zero
      // too.
      guard x != 0, x.magnitude <= largest, y[i].isFinite, x != y[i] else { continue }
      let exponent = max(x.isNormal ? Int(x.exponent) : Int.min, format.minExponent)
      let unit = Double(sign: .plus, exponent: exponent - format.fractionBits, significand: 1)
      let e = (y[i] - x) / unit
      guard e.magnitude < 0x1p200 else { continue }
      let lane = i % InterleavedSums.lanes
      counted += 1
      sums.lanes[lane] += e
      squaresOfE.lanes[lane] += e * e
      guard x.magnitude >= leastNormal else { continue }
      let outward = (y[i].magnitude - x.magnitude) / unit
      countedNormal += 1
      sumsInMagnitude.lanes[lane] += outward
      squaresInMagnitude.lanes[lane] += outward * outward
    }
    signed.count += counted
    signed.sum += sums.total
    signed.squares += squaresOfE.total
    magnitude.count += countedNormal
    magnitude.sum += sumsInMagnitude.total
    magnitude.squares += squaresInMagnitude.total
  }

  /// Adds the sums of disjoint results.
  package mutating func merge(_ other: RoundingBias) {
    signed.merge(other.signed)
    magnitude.merge(other.magnitude)
  }
}
