// SPDX-License-Identifier: Apache-2.0

/// The sums of products of two aligned rows.
struct AlignedProducts {
  private let sums: UnsafeMutablePointer<Int128>

  /// The integers in which sums are kept: `AlignedRows.sumCount` zeros, which they are again
  /// afterwards.
  init(_ sums: UnsafeMutablePointer<Int128>) { self.sums = sums }

  /// Σ a(k) b(k), where both rows are uniform.
  @inline(__always)
  static func uniformSum(
    _ a: UnsafePointer<Int64>, _ b: UnsafePointer<Int64>, count: Int
  ) -> Int128 {
    var sum: Int128 = 0
    for k in 0..<count {
      sum &+= Int128(truncatingIfNeeded: a[k]) &* Int128(truncatingIfNeeded: b[k])
    }
    return sum
  }

  /// Σ |a(k) b(k)| in FP64: the products are exact, the sums are rounded.
  @inline(__always)
  static func magnitudeSum(
    _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, count: Int
  ) -> Double {
    var (first, second) = (SIMD4<Double>.zero, SIMD4<Double>.zero)
    let (x, y) = (UnsafeRawPointer(a), UnsafeRawPointer(b))
    let stride = MemoryLayout<SIMD4<Double>>.stride
    for block in 0..<count / 8 {
      let place = 2 &* block &* stride
      first +=
        x.loadUnaligned(fromByteOffset: place, as: SIMD4<Double>.self)
        * y.loadUnaligned(fromByteOffset: place, as: SIMD4<Double>.self)
      second +=
        x.loadUnaligned(fromByteOffset: place &+ stride, as: SIMD4<Double>.self)
        * y.loadUnaligned(fromByteOffset: place &+ stride, as: SIMD4<Double>.self)
    }
    var sum = (first + second).sum()
    for k in count & ~7..<count { sum += a[k] * b[k] }
    return sum
  }

  /// Σ a(k) b(k) by bins, added to an accumulator.
  @inline(__always)
  func add(
    _ a: UnsafePointer<Int64>, _ aBins: UnsafePointer<UInt8>, _ b: UnsafePointer<Int64>,
    _ bBins: UnsafePointer<UInt8>, count: Int, exponent: Int,
    to accumulator: inout ExactAccumulator
  ) {
    for k in 0..<count {
      let bin = Int(aBins[k] &+ bBins[k])
      sums[bin] &+= Int128(truncatingIfNeeded: a[k]) &* Int128(truncatingIfNeeded: b[k])
    }
    for index in 0..<AlignedRows.sumCount where sums[index] != 0 {
      accumulator.add(sums[index], exponent: exponent + AlignedRows.exponent(ofSum: index))
      sums[index] = 0
    }
  }
}
