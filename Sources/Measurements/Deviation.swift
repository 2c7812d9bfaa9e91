// SPDX-License-Identifier: Apache-2.0

/// The sums from which the deviation of a result y from its reference x is derived: relative L2,
/// cosine and norm ratio.
///
/// Sums are taken in FP64 in ascending element order. A pair with a member that is not finite, or
/// so large that its square might not be, enters no sum and is counted; the derived figures are
/// then nil, because a figure over the rest would flatter the result. Sums merge by addition.
public struct Deviation: Codable, Sendable, Hashable {
  /// The number of pairs.
  public var elements = 0
  /// The number of pairs with a member that is NaN or at least 2^480 in magnitude.
  public var nonFinite = 0
  /// #{x ≠ 0} among the finite pairs.
  public var nonzero = 0
  /// #{x ≠ 0, y = 0} among the finite pairs.
  public var zeroed = 0
  /// Σ x².
  public var referenceSquares = 0.0
  /// Σ y².
  public var resultSquares = 0.0
  /// Σ x y.
  public var products = 0.0
  /// Σ (y - x)².
  public var differenceSquares = 0.0

  /// No pairs.
  public init() {}

  /// ‖y - x‖ / ‖x‖; nil where ‖x‖ = 0 or a pair is not finite.
  public var relativeL2: Double? {
    ratio(differenceSquares.squareRoot(), referenceSquares.squareRoot())
  }
  /// x·y / (‖x‖ ‖y‖); nil where a norm is zero or a pair is not finite.
  public var cosine: Double? {
    ratio(products, referenceSquares.squareRoot() * resultSquares.squareRoot())
  }
  /// ‖y‖ / ‖x‖; nil where ‖x‖ = 0 or a pair is not finite.
  public var normRatio: Double? {
    ratio(resultSquares.squareRoot(), referenceSquares.squareRoot())
  }
  /// zeroed / nonzero: the share of the reference's nonzero values that are zero in the result.
  public var zeroedRate: Double? {
    nonzero == 0 ? nil : Double(zeroed) / Double(nonzero)
  }

  /// 2^60 squares below this sum to less than Ω of FP64.
  private static let bound = 0x1p480

  private func ratio(_ numerator: Double, _ denominator: Double) -> Double? {
    guard nonFinite == 0, denominator > 0 else { return nil }
    let value = numerator / denominator
    return value.isFinite ? value : nil
  }

  /// Adds the pairs of two buffers; each result is multiplied by `scale` first, which undoes a loss
  /// scale.
  ///
  /// - Parameter residual: what FP64 could not hold of the reference's values: the difference is
  ///   (y - x) - residual; nil where x is exact.
  /// - Precondition: the buffers have the same count.
  public mutating func add(
    reference: UnsafeBufferPointer<Double>, residual: UnsafeBufferPointer<Double>? = nil,
    result: UnsafeBufferPointer<Double>, scale: Double = 1
  ) {
    precondition(reference.count == result.count)
    elements += reference.count
    for i in 0..<reference.count {
      let x = reference[i]
      let y = result[i] * scale
      guard x.magnitude < Self.bound, y.magnitude < Self.bound else {
        nonFinite += 1
        continue
      }
      let difference = residual.map { (y - x) - $0[i] } ?? (y - x)
      nonzero += x != 0 ? 1 : 0
      zeroed += x != 0 && y == 0 ? 1 : 0
      referenceSquares += x * x
      resultSquares += y * y
      products += x * y
      differenceSquares += difference * difference
    }
  }

  /// Adds the sums of disjoint pairs.
  public mutating func merge(_ other: Deviation) {
    elements += other.elements
    nonFinite += other.nonFinite
    nonzero += other.nonzero
    zeroed += other.zeroed
    referenceSquares += other.referenceSquares
    resultSquares += other.resultSquares
    products += other.products
    differenceSquares += other.differenceSquares
  }
}
