// SPDX-License-Identifier: Apache-2.0

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
    for lane in 0..<UnitLanes.scalarCount {
      let start = Float(c[lane])
      func x(_ k: Int) -> Float { Float(a[k]) }
      func y(_ k: Int) -> Float { Float(b[2 &* k][lane]) }
      let result: Float? =
        switch method {
        case .flushed(let terms): FlushedSum.dotAdd(terms, x, y, start, smallest: smallest)
        case .chains(let terms): Self.chains(terms, x, y, start)
        case .oddPairs: Self.oddPairs(x, y, start)
        case .truncated, .truncatedHalves, .exact, .aligned, .pairs: nil
        }
      c[lane] = Double(result ?? .nan)
      if result?.isFinite != true { special[lane] = true }
    }
    return special
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
