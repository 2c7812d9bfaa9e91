// SPDX-License-Identifier: Apache-2.0

/// CDNA3's sums in integers that FP64 holds.
struct AlignedStep: UnitStep {
  let terms: Int

  @inline(__always)
  func advance(
    _ a: UnsafePointer<Double>, _ powers: UnsafePointer<Double>, _ b: UnsafePointer<UnitLanes>,
    _ c: inout UnitLanes
  ) -> UnitLaneMask {
    var special = c.nonFinite
    let smallest = UnitLanes(repeating: 0x1p-126)
    let start = UnitLanes.largest(c.power, smallest)
    var products = UnitLanes.zero
    for k in 0..<terms { products = .largest(products, powers[k] * b[2 &* k &+ 1]) }
    products = products.replacing(with: start, where: products .== .zero)
    let scale = products.reciprocal(timesPower: AlignedSum.productBits)
    var sum = UnitLanes.zero
    for k in 0..<terms {
      let product = a[k] * b[2 &* k]
      special .|= product.magnitudes .>= UnitLanes(repeating: 0x1p128)
      sum += (product * scale).rounded(.towardZero)
    }
    let largest = UnitLanes.largest(products, start)
    let finer = largest.reciprocal(timesPower: AlignedSum.sumBits)
    let coarser = largest.reciprocal(timesPower: AlignedSum.accumulatorBits)
    let total =
      (sum * scale.reciprocal(timesPower: 0) * finer).rounded(.down)
      * finer.reciprocal(timesPower: 0)
      + (c * coarser).rounded(.down) * coarser.reciprocal(timesPower: 0)
    let last = UnitLanes.largest(total.power, smallest)
      .reciprocal(timesPower: AlignedSum.resultBits)
    let kept = (total * last).rounded(.down) * last.reciprocal(timesPower: 0)
    c = UnitLanes(single: kept.single).replacing(with: UnitLanes.zero, where: kept .== .zero)
    return special
  }
}
