// SPDX-License-Identifier: Apache-2.0

/// A scale of its own for each linear layer and each convolution, found from its gradients at every
/// step: S = u_min / (√2 erfinv(T_uf) σ), at least 1, at most u_max / (n max |g w|), floored to a
/// power of two.
///
/// σ is what a sum of n products of gradients and weights would have as its standard deviation if
/// they were independent and half of them zero, as behind a ReLU (R. Zhao, B. Vogel, T. Ahmed,
/// Adaptive Loss Scaling for Mixed Precision Training, arXiv 1910.12385; `approx_range` of the
/// authors' code, without the bounds of 16 for a layer and 1024 for all that it may add).
package struct LayerScaling: Codable, Sendable, Hashable {
  /// u_min: what is smaller counts as lost. FP16's least subnormal number, as the authors write it.
  package var leastMagnitude = 6e-8
  /// √2 erfinv(T_uf): in how many standard deviations around 0 a share T_uf = 10^-3 of normal numbers
  /// lies.
  package var deviations = 0.00125331446543255
  /// u_max: FP16's greatest number.
  package var greatestMagnitude = 65504.0

  /// The authors' constants.
  package init() {}

  /// k of the scale 2^k of a layer.
  ///
  /// - Parameters:
  ///   - gradient: of the layer's output, as the layer reads it, scales included.
  ///   - weights: as the layer reads them.
  ///   - terms: n, the products that an element of the input's gradient sums.
  package func exponent(gradient: ValueRange, weights: ValueRange, terms: Int) -> Int {
    let deviation =
      (gradient.meanSquare * weights.meanSquare * 0.5 * Double(terms)).squareRoot()
    guard deviation > 0, deviation.isFinite else { return 0 }
    let wanted = max(leastMagnitude / (deviations * deviation), 1)
    let most = greatestMagnitude / (Double(terms) * gradient.largest * weights.largest)
    let scale = min(wanted, most)
    return scale.isNormal ? Int(scale.exponent) : 0
  }

  /// What a scale depends on of a tensor's values.
  package struct ValueRange: Sendable, Hashable {
    /// The mean of their squares, σ² + μ².
    package var meanSquare: Double
    /// The largest magnitude.
    package var largest: Double

    /// The range of values.
    package init(meanSquare: Double, largest: Double) {
      self.meanSquare = meanSquare
      self.largest = largest
    }
  }
}
