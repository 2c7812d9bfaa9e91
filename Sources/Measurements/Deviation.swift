// SPDX-License-Identifier: Apache-2.0

/// The sums from which the deviation of a result y from its reference x is derived: relative L2,
/// cosine and norm ratio.
///
/// Sums are taken in FP64, interleaved by eight. A pair with a member that is not finite, or
/// so large that its square might not be, enters no sum and is counted; the derived figures are
/// then nil, because a figure over the rest would flatter the result. Sums merge by addition.
package struct Deviation: Codable, Sendable, Hashable {
  /// The number of pairs.
  package var elements = 0
  /// The number of pairs with a member that is NaN or at least 2^480 in magnitude.
  package var nonFinite = 0
  /// #{x ≠ 0} among the finite pairs.
  package var nonzero = 0
  /// #{x ≠ 0, y = 0} among the finite pairs.
  package var zeroed = 0
  /// Σ x².
  package var referenceSquares = 0.0
  /// Σ y².
  package var resultSquares = 0.0
  /// Σ x y.
  package var products = 0.0
  /// Σ (y - x)².
  package var differenceSquares = 0.0

  /// No pairs.
  package init() {}

  /// ‖y - x‖ / ‖x‖; nil where ‖x‖ = 0 or a pair is not finite.
  package var relativeL2: Double? {
    ratio(differenceSquares.squareRoot(), referenceSquares.squareRoot())
  }
  /// x·y / (‖x‖ ‖y‖) in -1...1; nil where a norm is zero or a pair is not finite.
  package var cosine: Double? {
    ratio(products, referenceSquares.squareRoot() * resultSquares.squareRoot()).map(asCosine)
  }
  /// ‖y‖ / ‖x‖; nil where ‖x‖ = 0 or a pair is not finite.
  package var normRatio: Double? {
    ratio(resultSquares.squareRoot(), referenceSquares.squareRoot())
  }
  /// zeroed / nonzero: the share of the reference's nonzero values that are zero in the result.
  package var zeroedRate: Double? {
    nonzero == 0 ? nil : Double(zeroed) / Double(nonzero)
  }

  /// 2^60 squares below this sum to less than Ω of FP64.
  fileprivate static let bound = 0x1p480

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
  package mutating func add(
    reference: UnsafeBufferPointer<Double>, residual: UnsafeBufferPointer<Double>? = nil,
    result: UnsafeBufferPointer<Double>, scale: Double = 1
  ) {
    addPairs(reference, residual, result, scale)
  }

  /// Adds the pairs of two buffers, likewise.
  package mutating func add(
    reference: UnsafeBufferPointer<Double>, residual: UnsafeBufferPointer<Double>? = nil,
    result: UnsafeBufferPointer<Float>, scale: Double = 1
  ) {
    addPairs(reference, residual, result, scale)
  }

  /// Adds the pairs of two buffers, likewise.
  package mutating func add(
    reference: UnsafeBufferPointer<Float>, result: UnsafeBufferPointer<Float>, scale: Double = 1
  ) {
    addPairs(reference, nil, result, scale)
  }

  @inline(__always)
  private mutating func addPairs<Reference: MeasuredElement, Result: MeasuredElement>(
    _ reference: UnsafeBufferPointer<Reference>, _ residual: UnsafeBufferPointer<Double>?,
    _ result: UnsafeBufferPointer<Result>, _ scale: Double
  ) {
    let count = reference.count
    precondition(count == result.count)
    elements += count
    guard let x0 = reference.baseAddress, let y0 = result.baseAddress else { return }
    var (squaresOfX, squaresOfY) = (InterleavedSums(), InterleavedSums())
    var (mixed, differences) = (InterleavedSums(), InterleavedSums())
    InterleavedSums.forEachBlock(of: count, buffers: 3) { range, scratch in
      let (references, results) = (x0 + range.lowerBound, y0 + range.lowerBound)
      let (x, y, r) = (scratch(0), scratch(1), scratch(2))
      let rest = residual?.baseAddress
      if let rest { r.update(from: rest + range.lowerBound, count: range.count) }
      if rest == nil, arePlain(references, results, range.count, scale) {
        for i in 0..<range.count {
          x[i] = references[i].double
          y[i] = results[i].double * scale
        }
        nonzero += range.count
      } else {
        select(references, results, x, y, rest == nil ? nil : r, range.count, scale)
      }
      InterleavedSums.forEach(range.count) { first, last in
        let a = InterleavedSums.load(x, first, last)
        let b = InterleavedSums.load(y, first, last)
        squaresOfX.lanes += a * a
        squaresOfY.lanes += b * b
        mixed.lanes += a * b
        var difference = b - a
        if rest != nil { difference -= InterleavedSums.load(r, first, last) }
        differences.lanes += difference * difference
      }
    }
    referenceSquares += squaresOfX.total
    resultSquares += squaresOfY.total
    products += mixed.total
    differenceSquares += differences.total
  }

  /// Whether all members are finite and none is zero: then there is nothing to select or to count.
  @inline(__always)
  private func arePlain<Reference: MeasuredElement, Result: MeasuredElement>(
    _ references: UnsafePointer<Reference>, _ results: UnsafePointer<Result>, _ count: Int,
    _ scale: Double
  ) -> Bool {
    let (x, y) = (references.extremes(count), results.extremes(count))
    return x.least > 0 && x.greatest < Self.bound && scale > 0 && y.least * scale > 0
      && y.greatest * scale < Self.bound
  }

  /// Writes the pairs in FP64, the results scaled, counts them, and puts zeros where one is not
  /// finite.
  @inline(__always)
  private mutating func select<Reference: MeasuredElement, Result: MeasuredElement>(
    _ references: UnsafePointer<Reference>, _ results: UnsafePointer<Result>,
    _ x: UnsafeMutablePointer<Double>, _ y: UnsafeMutablePointer<Double>,
    _ residual: UnsafeMutablePointer<Double>?, _ count: Int, _ scale: Double
  ) {
    var counts = PairCounts()
    // Two loops: in one, a vector's masked stores to no residual take a processor hundreds of
    // cycles.
    if let residual {
      for i in 0..<count {
        let mask = counts.select(references[i].double, results[i].double, scale, &x[i], &y[i])
        residual[i] = Double(bitPattern: residual[i].bitPattern & mask)
      }
    } else {
      for i in 0..<count {
        _ = counts.select(references[i].double, results[i].double, scale, &x[i], &y[i])
      }
    }
    nonFinite += count - Int(counts.finite)
    nonzero += Int(counts.present)
    zeroed += Int(counts.absent)
  }

  /// Adds the sums of disjoint pairs.
  package mutating func merge(_ other: Deviation) {
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

/// Counts of pairs.
///
/// By borrows of integers: of comparisons a compiler makes branches, or a selection for each lane.
private struct PairCounts {
  /// Both members are below the bound.
  var finite: UInt64 = 0
  /// x ≠ 0.
  var present: UInt64 = 0
  /// x ≠ 0, y = 0.
  var absent: UInt64 = 0

  private static let magnitudeMask = ~(UInt64(1) << 63)

  /// Scales the result, puts zeros where the pair is not finite, and counts it: all ones where it
  /// is finite.
  @inline(__always)
  mutating func select(
    _ reference: Double, _ result: Double, _ scale: Double, _ x: inout Double, _ y: inout Double
  ) -> UInt64 {
    let (xBits, yBits) = (reference.bitPattern, (result * scale).bitPattern)
    let bound = Deviation.bound.bitPattern
    let isFinite =
      (((xBits & Self.magnitudeMask) &- bound) & ((yBits & Self.magnitudeMask) &- bound)) &>> 63
    let mask = 0 &- isFinite
    let (a, b) = (xBits & mask, yBits & mask)
    let isPresent = (0 &- (a & Self.magnitudeMask)) &>> 63
    finite &+= isFinite
    present &+= isPresent
    absent &+= isPresent & (((b & Self.magnitudeMask) &- 1) &>> 63)
    x = Double(bitPattern: a)
    y = Double(bitPattern: b)
    return mask
  }
}

/// The nearest value in -1...1: the sums' roundings can put the quotient of parallel vectors beyond
/// by a few ulps, where no cosine is.
func asCosine(_ quotient: Double) -> Double { min(max(quotient, -1), 1) }
