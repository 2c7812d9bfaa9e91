// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle

@testable import KernelChecks

/// Exact sums by MPFR: 2200 bits hold every sum of these tests.
enum ReductionOracle {
  static let zero = Real(0).rounded(toPrecision: 2200)

  /// Σ x(k) y(k).
  static func dot(_ x: [Double], _ y: [Double]) -> Real {
    zip(x, y).reduce(zero) { $0 + (zero + Real($1.0)) * Real($1.1) }
  }

  static func sum(_ x: [Double]) -> Real { x.reduce(zero) { $0 + Real($1) } }

  /// Whether a value is that of MPFR, in both of its Doubles.
  static func agrees(_ value: ExactReduction, _ exact: Real) -> Bool {
    value.high == exact.double && value.low == exact.residual
  }
}

/// Numbers for these tests alone (Marsaglia's xorshift, 2003): the cases must not come from what
/// they check.
struct TestNumbers {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed | 1 << 40 }

  mutating func next() -> UInt64 {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return state &* 0x2545_f491_4f6c_dd1d
  }

  /// A finite encoding, its exponent in a range around 1 if one is asked for.
  mutating func encoding(_ format: Format, within range: Int? = nil) -> UInt32 {
    while true {
      let bits = UInt32(next() >> 32) & (format.magnitudeMask | format.signMask)
      let x = format.value(of: bits)
      guard x.isFinite else { continue }
      guard let range else { return bits }
      if x == 0 || abs(Int(x.exponent)) <= range { return bits }
    }
  }
}

extension EncodedMatrix {
  /// Bytes of encodings as they stand in memory.
  static func bytes(_ encodings: [UInt32], _ format: Format) -> [UInt8] {
    let size = format.bitWidth > 16 ? 4 : format.bitWidth > 8 ? 2 : 1
    return encodings.flatMap { bits in
      (0..<size).map { UInt8(truncatingIfNeeded: bits >> UInt32(8 * $0)) }
    }
  }
}

/// The values of A B with everything that can be asked for.
func exactProduct(
  _ a: [UInt32], _ b: [UInt32], _ format: Format, m: Int, k: Int, n: Int,
  transposesA: Bool = false, transposesB: Bool = false, alpha: Float = 1, beta: Float = 0,
  added: [UInt32]? = nil, rows: Range<Int>? = nil
) throws -> [ExactReduction] {
  try EncodedMatrix.bytes(a, format).withUnsafeBytes { first in
    try EncodedMatrix.bytes(b, format).withUnsafeBytes { second in
      try EncodedMatrix.bytes(added ?? [], format).withUnsafeBytes { third in
        let a = EncodedMatrix(first, format, rows: m, columns: k, isTransposed: transposesA)
        let b = EncodedMatrix(second, format, rows: k, columns: n, isTransposed: transposesB)
        let c = added == nil ? nil : EncodedMatrix(third, format, rows: m, columns: n)
        guard let a, let b else { return [] }
        let product = try ExactProduct(a, b, alpha: alpha, beta: beta, added: c)
        return product.values(ofRows: rows ?? 0..<m)
      }
    }
  }
}
