// SPDX-License-Identifier: Apache-2.0

/// CDNA1's sums: FP64 additions whose errors are all zero are the exact sum, of which one rounding
/// is left; the others go to the definition.
struct ExactStep: UnitStep {
  let terms: Int

  @inline(__always)
  func advance(
    _ a: UnsafePointer<Double>, _ powers: UnsafePointer<Double>, _ b: UnsafePointer<UnitLanes>,
    _ c: inout UnitLanes
  ) -> UnitLaneMask {
    let (sum, error) = UnitLanes.sum(of: terms, a, b, from: c)
    let special = sum.nonFinite .| c.nonFinite .| .!(error .== .zero)
    c = sum
    return special
  }
}

/// Arm's sums of two products with one rounding of their own, exact before it or left to the
/// definition.
struct PairStep: UnitStep {
  @inline(__always)
  func advance(
    _ a: UnsafePointer<Double>, _ powers: UnsafePointer<Double>, _ b: UnsafePointer<UnitLanes>,
    _ c: inout UnitLanes
  ) -> UnitLaneMask {
    let (pair, error) = UnitLanes.sum(of: 2, a, b, from: .zero)
    // FP64 has the bits for a sum of two FP32 numbers to be rounded twice innocuously.
    let result = UnitLanes(single: (c + pair).single)
    c = result
    return result.nonFinite .| .!(error .== .zero)
  }
}

extension UnitLanes {
  /// c + Σ a b in FP32, never -0 in place of +0, and the largest error of an addition in FP64:
  /// where that is zero, the result is rounded once.
  @inline(__always)
  fileprivate static func sum(
    of terms: Int, _ a: UnsafePointer<Double>, _ b: UnsafePointer<UnitLanes>, from c: UnitLanes
  ) -> (sum: UnitLanes, error: UnitLanes) {
    var (sum, error) = (c, UnitLanes.zero)
    for k in 0..<terms {
      // Knuth, TAOCP 4.2.2, theorem B.
      let (x, y) = (sum, a[k] * b[2 &* k])
      sum = x + y
      let yPart = sum - x
      error = .largest(error, ((x - (sum - yPart)) + (y - yPart)).magnitudes)
    }
    let rounded = UnitLanes(single: sum.single)
    return (rounded.replacing(with: UnitLanes.zero, where: sum .== .zero), error)
  }
}
