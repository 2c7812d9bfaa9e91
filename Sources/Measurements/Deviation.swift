// SPDX-License-Identifier: Apache-2.0

/// The sums from which the deviation of a result y from its reference x is derived: relative L2,
/// cosine and norm ratio.
///
/// Sums are taken in FP64, interleaved by eight. A pair with a member that is not finite, or
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
    let count = reference.count
    precondition(count == result.count)
    elements += count
    guard let x0 = reference.baseAddress, let y0 = result.baseAddress else { return }
    typealias Vector = InterleavedSums.Vector
    let bound = Vector(repeating: Self.bound)
    var (squaresOfX, squaresOfY) = (InterleavedSums(), InterleavedSums())
    var (mixed, differences) = (InterleavedSums(), InterleavedSums())
    var (finite, present, absent) = (
      InterleavedCounts(), InterleavedCounts(), InterleavedCounts()
    )
    InterleavedSums.forEach(count, x0, y0) { first, x, stored in
      let y = stored * scale
      let isFinite = (x.magnitude .< bound) .& (y.magnitude .< bound)
      let a = Vector.zero.replacing(with: x, where: isFinite)
      let b = Vector.zero.replacing(with: y, where: isFinite)
      var difference = b - a
      if let rest = residual?.baseAddress {
        let r = InterleavedSums.load(rest + first, count - first)
        difference -= Vector.zero.replacing(with: r, where: isFinite)
      }
      finite.add(isFinite)
      present.add(a .!= 0)
      absent.add((a .!= 0) .& (b .== 0))
      squaresOfX.lanes += a * a
      squaresOfY.lanes += b * b
      mixed.lanes += a * b
      differences.lanes += difference * difference
    }
    // The zeros behind the last elements count as finite.
    let padding = (InterleavedSums.lanes - count % InterleavedSums.lanes) % InterleavedSums.lanes
    nonFinite += count + padding - finite.total
    nonzero += present.total
    zeroed += absent.total
    referenceSquares += squaresOfX.total
    resultSquares += squaresOfY.total
    products += mixed.total
    differenceSquares += differences.total
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

extension SIMD8<Double> {
  /// |x| in every lane.
  @inline(__always) fileprivate var magnitude: SIMD8<Double> {
    replacing(with: -self, where: self .< 0)
  }
}
