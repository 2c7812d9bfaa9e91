// SPDX-License-Identifier: Apache-2.0

/// CDNA1's sums: FP64 additions whose errors are all zero are the exact sum, of which one rounding is
/// left; the others go to the definition.
struct ExactStep: UnitStep {
  let terms: Int

  @inline(__always)
  func advance(
    _ a: UnsafePointer<Double>, _ powers: UnsafePointer<Double>, _ b: UnsafePointer<UnitLanes>,
    _ c: inout UnitLanes
  ) -> UnitLaneMask {
    var (sum, error) = (c, UnitLanes.zero)
    for k in 0..<terms { (sum, error) = ExactStep.add(sum, a[k] * b[2 &* k], error) }
    let rounded = UnitLanes(single: sum.single)
    let special = rounded.nonFinite .| c.nonFinite .| .!(error .== .zero)
    c = rounded.replacing(with: UnitLanes.zero, where: sum .== .zero)
    return special
  }

  /// x + y, and the largest error of an addition (Knuth, TAOCP 4.2.2, theorem B).
  @inline(__always)
  static func add(
    _ x: UnitLanes, _ y: UnitLanes, _ error: UnitLanes
  ) -> (UnitLanes, UnitLanes) {
    let sum = x + y
    let yPart = sum - x
    let own = (x - (sum - yPart)) + (y - yPart)
    return (sum, .largest(error, own.magnitudes))
  }
}

/// Arm's sums of two products with one rounding of their own. Where FP64 rounds the sum, one product of 16
/// bits lies more than 37 bits below the other: equal bits follow FP32's last, and no tie arises that
/// rounding twice would misjudge.
struct PairStep: UnitStep {
  @inline(__always)
  func advance(
    _ a: UnsafePointer<Double>, _ powers: UnsafePointer<Double>, _ b: UnsafePointer<UnitLanes>,
    _ c: inout UnitLanes
  ) -> UnitLaneMask {
    let sum = a[0] * b[0] + a[1] * b[2]
    let pair = UnitLanes(single: sum.single).replacing(with: UnitLanes.zero, where: sum .== .zero)
    let result = UnitLanes(single: (c + pair).single)
    c = result
    return result.nonFinite
  }
}

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

/// The functions that are FP32 operations, column by column.
struct OperationStep: UnitStep {
  let method: MatrixUnitMethod
  /// The smallest normal numbers of the operands' formats.
  let smallest: (Float, Float)

  @inline(__always)
  func advance(
    _ a: UnsafePointer<Double>, _ powers: UnsafePointer<Double>, _ b: UnsafePointer<UnitLanes>,
    _ c: inout UnitLanes
  ) -> UnitLaneMask {
    var special = c.nonFinite
    for lane in 0..<8 {
      let start = Float(c[lane])
      func x(_ k: Int) -> Float { Float(a[k]) }
      func y(_ k: Int) -> Float { Float(b[2 &* k][lane]) }
      let result: Float? =
        switch method {
        case .flushed(let terms): flushed(terms, x, y, start)
        case .chains(let terms): Self.chains(terms, x, y, start)
        case .oddPairs: Self.oddPairs(x, y, start)
        case .truncated, .truncatedHalves, .exact, .aligned, .pairs: nil
        }
      c[lane] = Double(result ?? .nan)
      if result?.isFinite != true { special[lane] = true }
    }
    return special
  }

  @inline(__always)
  private func flushed(
    _ terms: Int, _ x: (Int) -> Float, _ y: (Int) -> Float, _ c: Float
  ) -> Float {
    func read(_ x: Float) -> Float { FlushedSum.flushed(x, below: .leastNormalMagnitude) }
    func product(_ k: Int) -> Float {
      read(
        FlushedSum.flushed(x(k), below: smallest.0) * FlushedSum.flushed(y(k), below: smallest.1))
    }
    func pair(_ k: Int) -> Float { read(product(k) + product(k + 1)) }
    return read(c + (terms == 2 ? pair(0) : read(pair(0) + pair(2))))
  }

  /// A subnormal number becomes a zero of its sign.
  @inline(__always)
  private static func flush(_ x: Float) -> Float { x.isSubnormal ? x * 0 : x }

  @inline(__always)
  private static func chains(
    _ terms: Int, _ x: (Int) -> Float, _ y: (Int) -> Float, _ c: Float
  ) -> Float? {
    // A result that was rounded up to the smallest normal number may have been tiny.
    var isDoubtful = false
    func result(_ x: Float) -> Float {
      isDoubtful = isDoubtful || x.magnitude == .leastNormalMagnitude
      return flush(x)
    }
    var (even, odd): (Float, Float) = (0, 0)
    for k in stride(from: 0, to: terms, by: 2) {
      even = result(even.addingProduct(flush(x(k)), flush(y(k))))
      odd = result(odd.addingProduct(flush(x(k + 1)), flush(y(k + 1))))
    }
    let sum = result(c + result(even + odd))
    return isDoubtful ? nil : sum
  }

  @inline(__always)
  private static func oddPairs(
    _ x: (Int) -> Float, _ y: (Int) -> Float, _ c: Float
  ) -> Float {
    func product(_ k: Int) -> Float { flush(flush(x(k)) * flush(y(k))) }
    func sum(_ x: Float, _ y: Float) -> Float {
      // What overflows in the nearest rounding may be the largest number, or infinite.
      (x + y).isFinite ? flush(RoundToOdd.sum(x, y)) : .infinity
    }
    return sum(c, sum(product(0), product(1)))
  }
}
