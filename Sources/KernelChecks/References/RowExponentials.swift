// SPDX-License-Identifier: Apache-2.0
import MPFROracle

/// e^(x - m) of a row's scores x, m the largest one, and their sums.
struct RowExponentials {
  let largest: Real
  /// e^d, d = x - m; of a score of -∞ zero.
  let exponentials: [Real]
  /// |d|.
  let distances: [Real]
  /// Σ e^d without the term 1 of one of the largest.
  let others: Real
  /// Σ e^d.
  let sum: Real
  /// D, the mean of |d| with the exponentials as weights.
  let meanDistance: Double

  /// Of scores among which are neither a NaN nor +∞, and not only -∞.
  init(_ scores: [Real]) {
    var place = scores.startIndex
    for index in scores.indices where scores[place] < scores[index] { place = index }
    let largest = scores[place].rounded(toPrecision: ExactOutput.precision)
    var others = Real(0).rounded(toPrecision: ExactOutput.precision)
    var exponentials: [Real] = []
    var distances: [Real] = []
    exponentials.reserveCapacity(scores.count)
    distances.reserveCapacity(scores.count)
    var weighted = 0.0
    for (index, score) in scores.enumerated() {
      let distance = largest - score
      let exponential = (-distance).applying(.exp)
      exponentials.append(exponential)
      distances.append(distance)
      guard index != place else { continue }
      others = others + exponential
      let weight = exponential.double
      if weight > 0 { weighted += weight * distance.double }
    }
    (self.largest, self.exponentials, self.distances) = (largest, exponentials, distances)
    self.others = others
    sum = others + Real(1)
    meanDistance = weighted / sum.double
  }

  /// log Σ e^d, of which 2^-128 may be lost also where the others are small.
  var logarithm: Real {
    // r - r²/2 leaves r³/3, and 1 + r half of 2^-192, which is small beside r above.
    guard others.double >= 0x1p-64 else { return others * (Real(1) - others * Real(0.5)) }
    return sum.applying(.log)
  }
}
