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
    let count = y.count
    precondition(count == exact.count)
    guard let y = y.baseAddress, let exact = exact.baseAddress else { return }
    var (sums, squaresOfE) = (InterleavedSums(), InterleavedSums())
    var (sumsInMagnitude, squaresInMagnitude) = (InterleavedSums(), InterleavedSums())
    var (counted, countedNormal) = (0, 0)
    let units = UnitScale(format)
    let leastNormal = Double(sign: .plus, exponent: format.minExponent, significand: 1)
    let largest = format.largestMagnitude
    InterleavedSums.forEachBlock(of: count, buffers: 2) { range, scratch in
      let (errors, outward) = (scratch(0), scratch(1))
      let start = range.lowerBound
      for i in 0..<range.count {
        let (x, result) = (exact[start + i], y[start + i])
        let inverse = units.inverse(at: x)
        let e = (result - x) * inverse
        // What overflows, or would have, is counted elsewhere and looks like a rounding toward zero
        // too.
        let isCounted =
          x != 0 && x.magnitude <= largest && result.magnitude < .infinity && x != result
          && e.magnitude < 0x1p200
        let isNormal = isCounted && x.magnitude >= leastNormal
        counted &+= isCounted ? 1 : 0
        countedNormal &+= isNormal ? 1 : 0
        errors[i] = isCounted ? e : 0
        outward[i] = isNormal ? (result.magnitude - x.magnitude) * inverse : 0
      }
      InterleavedSums.forEach(range.count) { first, last in
        let a = InterleavedSums.load(errors, first, last)
        let b = InterleavedSums.load(outward, first, last)
        sums.lanes += a
        squaresOfE.lanes += a * a
        sumsInMagnitude.lanes += b
        squaresInMagnitude.lanes += b * b
      }
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

/// 1/ulp(x) of a format, a power of two, by the exponent fields of FP64: divisions and calls would
/// take ten times as long.
private struct UnitScale {
  private let leastField: UInt64
  private let sum: UInt64

  private static let fractionBits = UInt64(Double.significandBitCount)
  private static let fieldMask: UInt64 = 0x7ff
  private static let bias = 1023

  init(_ format: Format) {
    leastField = UInt64(format.minExponent + Self.bias)
    sum = UInt64(2 * Self.bias + format.fractionBits)
  }

  /// 2^-(max(⌊log2 |x|⌋, emin) - p + 1); of an infinity or a NaN any number.
  @inline(__always)
  func inverse(at x: Double) -> Double {
    let field = max((x.bitPattern &>> Self.fractionBits) & Self.fieldMask, leastField)
    return Double(bitPattern: (sum &- field) &<< Self.fractionBits)
  }
}
