// SPDX-License-Identifier: Apache-2.0
import Formats
import Testing

@testable import KernelChecks

@Suite("Right and wrong kernels by their scaled errors")
struct ReductionKernelTests {
  /// A way to add the products of two vectors.
  private typealias Dot = ([Float], [Float]) -> Float

  /// One of Float's significands cut to so many bits, to nearest even, exponents unlimited.
  private static func rounded(_ x: Float, bits: Int) -> Float {
    guard x.isFinite, x != 0 else { return x }
    let unit = Double(sign: .plus, exponent: Int(x.exponent) - bits + 1, significand: 1)
    return Float((Double(x) / unit).rounded(.toNearestOrEven) * unit)
  }

  private static func sequential(_ x: [Float], _ y: [Float], bits: Int) -> Float {
    zip(x, y).reduce(0) { rounded($0 + rounded($1.0 * $1.1, bits: bits), bits: bits) }
  }

  private static func sequential(_ x: [Float], _ y: [Float]) -> Float {
    zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
  }

  private static func fused(_ x: [Float], _ y: [Float]) -> Float {
    zip(x, y).reduce(0) { $0.addingProduct($1.0, $1.1) }
  }

  private static func pairwise(_ x: [Float], _ y: [Float]) -> Float {
    guard x.count > 1 else { return x.isEmpty ? 0 : x[0] * y[0] }
    let half = x.count / 2
    return pairwise(Array(x[..<half]), Array(y[..<half]))
      + pairwise(Array(x[half...]), Array(y[half...]))
  }

  private static func blocked(_ x: [Float], _ y: [Float]) -> Float {
    stride(from: 0, to: x.count, by: 16).reduce(0) { sum, first in
      let block = first..<min(first + 16, x.count)
      return sum + sequential(Array(x[block]), Array(y[block]))
    }
  }

  /// The scaled error of an n x n product of `k` terms, by a dot for each element.
  private func error(
    _ a: [UInt32], _ b: [UInt32], _ format: Format, k: Int, n: Int = 64,
    accumulator: Format = .fp32, output: Format = .fp32, _ dot: Dot
  ) throws -> ScaledError {
    let exact = try exactProduct(a, b, format, m: n, k: k, n: n)
    let x = (0..<n).map { row in (0..<k).map { Float(format.value(of: a[row * k + $0])) } }
    let y = (0..<n).map { column in (0..<k).map { Float(format.value(of: b[$0 * n + column])) } }
    var error = ScaledError(.init(accumulator: accumulator, output: output, terms: k))
    for (index, value) in exact.enumerated() {
      let result = dot(x[index / n], y[index % n])
      let encoding = try #require(
        ExactReduction(high: Double(result), low: 0, magnitudes: 0).rounded(to: output))
      error.add(encoding, value, at: index)
    }
    return error
  }

  private func limit(_ order: ReductionOrder, _ k: Int, _ u: Double = 0x1p-24) -> Double {
    ReductionBound(order, terms: k, unitRoundoff: u, sums: 4096).limit ?? 0
  }

  @Test("FP32 sums in every order stay within their bounds, on data of every kind and format")
  func right() throws {
    for format in [Format.fp16, .bf16, .fp32] {
      for k in [1, 7, 150] {
        let n = 8
        var cases = ReductionCases(format, seed: 11)
        for (name, a, b) in [
          ("normal", cases.normal(n * k), cases.normal(n * k)),
          ("positive", cases.positive(n * k), cases.positive(n * k)),
          ("subnormal", cases.subnormals(n * k), cases.normal(n * k)),
          ("tiny", cases.subnormals(n * k), cases.subnormals(n * k)),
        ] {
          for (dot, order) in [
            (Self.sequential, .sequential), (Self.fused, .sequential),
            (Self.pairwise, .pairwise), (Self.blocked, .blocked(16)),
          ] as [(Dot, ReductionOrder)] {
            let error = try error(a, b, format, k: k, n: n, dot)
            #expect(error.largest <= limit(order, k), "\(format) \(name) \(k) \(order)")
            #expect(
              error.largest <= limit(.probabilistic(failure: 1e-6), k),
              "\(format) \(name) \(k) \(order)")
          }
        }
      }
    }
  }

  @Test("FP32 sums of normal numbers err by a few units; those of 11 and 8 bits by 1e4 and 1e5")
  func separation() throws {
    for format in [Format.fp16, .bf16, .fp32] {
      let k = 64
      var cases = ReductionCases(format, seed: 12)
      let (a, b) = (cases.normal(64 * k), cases.normal(64 * k))
      let right = try error(a, b, format, k: k, Self.sequential)
      #expect(right.largest > 0.3 && right.largest < 8, "\(right.largest)")
      #expect((right.cosine ?? 0) > 0.999999 && right.componentwise < 8 * 0x1p-24)
      let half = try error(a, b, format, k: k) { Self.sequential($0, $1, bits: 11) }
      #expect(half.largest > 1e3 && half.largest < 1e5, "\(half.largest)")
      let brain = try error(a, b, format, k: k) { Self.sequential($0, $1, bits: 8) }
      #expect(brain.largest > 3e4 && brain.largest < 1e6, "\(brain.largest)")
      // As what they are both stay within their bounds.
      let fp16 = try error(a, b, format, k: k, accumulator: .fp16) {
        Self.sequential($0, $1, bits: 11)
      }
      #expect(fp16.largest <= limit(.sequential, k, 0x1p-11))
      let bf16 = try error(a, b, format, k: k, accumulator: .bf16) {
        Self.sequential($0, $1, bits: 8)
      }
      #expect(bf16.largest <= limit(.sequential, k, 0x1p-8))
    }
  }

  @Test("Zeros, a NaN, stale output and one of 64 terms dropped fail by far; cosine hides the last")
  func wrong() throws {
    let k = 64
    var cases = ReductionCases(.fp32, seed: 13)
    let (a, b) = (cases.normal(64 * k), cases.normal(64 * k))
    let bound = limit(.sequential, k)
    let zeros = try error(a, b, .fp32, k: k) { _, _ in 0 }
    #expect(zeros.largest > 1e4 * bound && zeros.cosine == nil)
    let nan = try error(a, b, .fp32, k: k) { x, y in
      x[0] == Float(Format.fp32.value(of: a[0])) ? .nan : Self.sequential(x, y)
    }
    #expect(nan.largest == .infinity && nan.wrongSpecials == 64)
    var last: Float = 0
    let stale = try error(a, b, .fp32, k: k) { x, y in
      defer { last = Self.sequential(x, y) }
      return last
    }
    #expect(stale.largest > 1e4 * bound)
    let dropped = try error(a, b, .fp32, k: k) {
      Self.sequential(Array($0.dropLast()), Array($1.dropLast()))
    }
    #expect(dropped.largest > 1e5 && (dropped.cosine ?? 0) > 0.98, "\(dropped.largest)")
  }

  @Test("A 16-bit output has its rounding and nothing more: the next number away is an error")
  func outputs() throws {
    let k = 64
    for format in [Format.fp16, .bf16] {
      var cases = ReductionCases(format, seed: 14)
      let (a, b) = (cases.normal(64 * k), cases.normal(64 * k))
      let right = try error(a, b, format, k: k, output: format, Self.sequential)
      #expect(right.largest <= limit(.sequential, k))
      let step = 1 + Float(sign: .plus, exponent: -format.fractionBits, significand: 1)
      let away = try error(a, b, format, k: k, output: format) { Self.sequential($0, $1) * step }
      #expect(away.largest > 10 * limit(.sequential, k))
    }
  }
}
