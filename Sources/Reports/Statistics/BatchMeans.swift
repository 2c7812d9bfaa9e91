// SPDX-License-Identifier: Apache-2.0

/// The mean of a series whose neighbours depend on one another, by the method of batch means
/// (Schmeiser, Batch size effects in the analysis of simulation output, Operations Research 30,
/// 1982): the means of ten equal pieces are nearly independent where a piece is longer than the
/// dependence.
enum BatchMeans {
  /// The number of pieces. Schmeiser: more than 30 gain nothing, fewer than 10 lose.
  static let pieces = 10

  /// The interval of the mean of the last values, as many as ten divides; nil for fewer than ten.
  ///
  /// Where the pieces' means still follow one another, with a correlation ρ from one to the next,
  /// they count as n (1 - ρ) / (1 + ρ) independent ones (Bayley and Hammersley, 1946, for a
  /// first-order process), at least two: a difference that grows over the window has a wide
  /// interval, not a narrow one. ρ is estimated with Kendall's correction of its bias, (1 + 3ρ) / n
  /// (Biometrika 41, 1954).
  static func interval(_ series: [Double]) -> MeanInterval? {
    let length = series.count / pieces
    guard length > 0, series.allSatisfy(\.isFinite) else { return nil }
    let used = series.suffix(length * pieces)
    let means = (0..<pieces).map { piece in
      used.dropFirst(piece * length).prefix(length).reduce(0, +) / Double(length)
    }
    let n = Double(pieces)
    let mean = means.reduce(0, +) / n
    let deviations = means.map { $0 - mean }
    let squares = deviations.reduce(0) { $0 + $1 * $1 }
    guard squares > 0 else {
      return MeanInterval(estimate: mean, standardError: 0, degreesOfFreedom: pieces - 1)
    }
    let raw = zip(deviations, deviations.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 } / squares
    let correlation = min(max(raw + (1 + 3 * raw) / n, 0), 1)
    let independent = max(2, n * (1 - correlation) / (1 + correlation))
    return MeanInterval(
      estimate: mean, standardError: (squares / (n - 1) / independent).squareRoot(),
      degreesOfFreedom: Int(independent) - 1)
  }
}
