// SPDX-License-Identifier: Apache-2.0
import Formats

/// The mean signed error of rounded results, in units in the last place of the exact one.
///
/// e = (y - y*) / ulp(y*), ulp(y*) = 2^(max(⌊log2 |y*|⌋, emin) - p + 1). Roundings to nearest have
/// errors of both signs that cancel; a mean far from zero for its z-score is a biased step, such as
/// the one of arXiv 2510.04212. Sums merge by addition.
public struct RoundingBias: Codable, Sendable, Hashable {
  /// The number of results with y* ≠ 0, both finite.
  public var count = 0
  /// Σ e.
  public var sum = 0.0
  /// Σ e².
  public var squares = 0.0

  /// No results.
  public init() {}

  /// Σ e / count [ulp]; nil without results.
  public var mean: Double? { count > 0 ? sum / Double(count) : nil }

  /// The mean over its standard error √(s² / count), s² the sample variance of e: how many standard
  /// errors the mean is off zero. Nil for fewer than two results or equal ones.
  public var zScore: Double? {
    guard count > 1 else { return nil }
    let n = Double(count)
    let variance = (squares - sum * sum / n) / (n - 1)
    guard variance > 0 else { return nil }
    return sum / n / (variance / n).squareRoot()
  }

  /// Adds results in a format beside the exact ones; a loss scale is left in both.
  ///
  /// - Precondition: the buffers have the same count.
  public mutating func add(
    result y: UnsafeBufferPointer<Double>, exact: UnsafeBufferPointer<Double>, format: Format
  ) {
    precondition(y.count == exact.count)
    var (sums, squaresOfE) = (InterleavedSums(), InterleavedSums())
    var counted = 0
    for i in y.indices {
      let x = exact[i]
      guard x != 0, x.isFinite, y[i].isFinite else { continue }
      let exponent = max(x.isNormal ? Int(x.exponent) : Int.min, format.minExponent)
      let unit = Double(sign: .plus, exponent: exponent - format.fractionBits, significand: 1)
      let e = (y[i] - x) / unit
      guard e.magnitude < 0x1p200 else { continue }
      counted += 1
      sums.lanes[i % InterleavedSums.lanes] += e
      squaresOfE.lanes[i % InterleavedSums.lanes] += e * e
    }
    count += counted
    sum += sums.total
    squares += squaresOfE.total
  }

  /// Adds the sums of disjoint results.
  public mutating func merge(_ other: RoundingBias) {
    count += other.count
    sum += other.sum
    squares += other.squares
  }
}
