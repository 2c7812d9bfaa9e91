// SPDX-License-Identifier: Apache-2.0

// The functions that are FP32 operations, eight columns at once. The panels hold operands flushed
// already (`UnitReader.Flush`); what is not finite, and what the processor's rounding leaves open,
// goes to the definition.

/// CDNA2's products and sums to nearest.
struct FlushedStep: UnitStep {
  let terms: Int

  @inline(__always)
  func advance(
    _ a: UnsafePointer<Float>, _ powers: UnsafePointer<Float>, _ b: UnsafePointer<SingleLanes>,
    _ c: inout SingleLanes
  ) -> SIMDMask<SIMD8<Int32>> {
    @inline(__always) func product(_ k: Int) -> SingleLanes { (a[k] * b[2 &* k]).flushed }
    @inline(__always) func pair(_ k: Int) -> SingleLanes { (product(k) + product(k &+ 1)).flushed }
    var sum = pair(0)
    if terms == 4 { sum = (sum + pair(2)).flushed }
    c = (c.flushedToPlus + sum).flushed
    return SIMDMask(allOnes: c.isNonFinite)
  }
}

/// AMX's chains of fused multiply-adds over even and odd terms.
struct ChainStep: UnitStep {
  let terms: Int

  @inline(__always)
  func advance(
    _ a: UnsafePointer<Float>, _ powers: UnsafePointer<Float>, _ b: UnsafePointer<SingleLanes>,
    _ c: inout SingleLanes
  ) -> SIMDMask<SIMD8<Int32>> {
    var doubt = SIMD8<Int32>.zero
    // What was rounded up to the smallest normal number may have been tiny.
    @inline(__always) func result(_ x: SingleLanes) -> SingleLanes {
      doubt |= x.isSmallestNormal
      return x.flushed
    }
    @inline(__always) func added(_ sum: SingleLanes, _ k: Int) -> SingleLanes {
      result(sum.addingProduct(SingleLanes(repeating: a[k]), b[2 &* k]))
    }
    var (even, odd) = (SingleLanes.zero, SingleLanes.zero)
    for k in stride(from: 0, to: terms, by: 2) {
      even = added(even, k)
      odd = added(odd, k &+ 1)
    }
    c = result(c.flushed + result(even + odd))
    return SIMDMask(allOnes: c.isNonFinite | doubt)
  }
}

/// Arm's pairs rounded to odd: products of two BF16 numbers are exact where they are normal, and
/// tiny ones and tiny sums are exact as well, so that flushing them is all.
struct OddPairStep: UnitStep {
  @inline(__always)
  func advance(
    _ a: UnsafePointer<Float>, _ powers: UnsafePointer<Float>, _ b: UnsafePointer<SingleLanes>,
    _ c: inout SingleLanes
  ) -> SIMDMask<SIMD8<Int32>> {
    var doubt = SIMD8<Int32>.zero
    @inline(__always) func product(_ k: Int) -> SingleLanes { (a[k] * b[2 &* k]).flushed }
    @inline(__always) func sum(_ x: SingleLanes, _ y: SingleLanes) -> SingleLanes {
      SingleLanes.oddSum(x, y, doubt: &doubt).flushed
    }
    c = sum(c.flushed, sum(product(0), product(1)))
    return SIMDMask(allOnes: c.isNonFinite | doubt)
  }
}
