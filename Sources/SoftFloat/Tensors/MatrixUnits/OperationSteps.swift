// SPDX-License-Identifier: Apache-2.0

/// The functions that are FP32 operations, eight columns at once. The panels hold operands flushed already
/// (`UnitReader.Flush`); what is not finite, and what the processor's rounding leaves open, goes to the
/// definition.
extension UnitLanes {
  /// A result; NaN where it is in doubt.
  @inline(__always)
  fileprivate init(_ result: SingleLanes, doubt: SIMD8<Int32>) {
    self.init(single: SingleLanes(bits: result.bits | doubt))
  }
}

/// CDNA2's products and sums to nearest.
struct FlushedStep: UnitStep {
  let terms: Int

  @inline(__always)
  func advance(
    _ a: UnsafePointer<Double>, _ powers: UnsafePointer<Double>, _ b: UnsafePointer<UnitLanes>,
    _ c: inout UnitLanes
  ) -> UnitLaneMask {
    func product(_ k: Int) -> SingleLanes { (Float(a[k]) * b[2 &* k].single).flushed }
    func pair(_ k: Int) -> SingleLanes { (product(k) + product(k &+ 1)).flushed }
    var sum = pair(0)
    if terms == 4 { sum = (sum + pair(2)).flushed }
    c = UnitLanes((c.single.flushedToPlus + sum).flushed, doubt: .zero)
    return c.nonFinite
  }
}

/// AMX's chains of fused multiply-adds over even and odd terms.
struct ChainStep: UnitStep {
  let terms: Int

  @inline(__always)
  func advance(
    _ a: UnsafePointer<Double>, _ powers: UnsafePointer<Double>, _ b: UnsafePointer<UnitLanes>,
    _ c: inout UnitLanes
  ) -> UnitLaneMask {
    var doubt = SIMD8<Int32>.zero
    // What was rounded up to the smallest normal number may have been tiny.
    func result(_ x: SingleLanes) -> SingleLanes {
      doubt |= x.isSmallestNormal
      return x.flushed
    }
    func added(_ sum: SingleLanes, _ k: Int) -> SingleLanes {
      result(sum.addingProduct(SingleLanes(repeating: Float(a[k])), b[2 &* k].single))
    }
    var (even, odd) = (SingleLanes.zero, SingleLanes.zero)
    for k in stride(from: 0, to: terms, by: 2) {
      even = added(even, k)
      odd = added(odd, k &+ 1)
    }
    let sum = result(c.single.flushed + result(even + odd))
    c = UnitLanes(sum, doubt: doubt)
    return c.nonFinite
  }
}

/// Arm's pairs rounded to odd: products of two BF16 numbers are exact where they are normal, and tiny ones
/// and tiny sums are exact as well, so that flushing them is all.
struct OddPairStep: UnitStep {
  @inline(__always)
  func advance(
    _ a: UnsafePointer<Double>, _ powers: UnsafePointer<Double>, _ b: UnsafePointer<UnitLanes>,
    _ c: inout UnitLanes
  ) -> UnitLaneMask {
    var doubt = SIMD8<Int32>.zero
    func product(_ k: Int) -> SingleLanes { (Float(a[k]) * b[2 &* k].single).flushed }
    func sum(_ x: SingleLanes, _ y: SingleLanes) -> SingleLanes {
      SingleLanes.oddSum(x, y, doubt: &doubt).flushed
    }
    c = UnitLanes(sum(c.single.flushed, sum(product(0), product(1))), doubt: doubt)
    return c.nonFinite
  }
}
