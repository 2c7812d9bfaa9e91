// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle
import Testing

@testable import KernelChecks

@Suite("Exact products of matrices")
struct ExactProductTests {
  /// alpha Σ a(i, k) b(k, j) + beta c(i, j) by MPFR, for a row and a column.
  private func oracle(
    _ a: [Double], _ b: [Double], _ place: (row: Int, column: Int), k: Int, n: Int,
    alpha: Float = 1, beta: Float = 0, added: [Double]? = nil
  ) -> Real {
    let (row, column) = place
    let dot = ReductionOracle.dot(
      (0..<k).map { a[row * k + $0] }, (0..<k).map { b[$0 * n + column] })
    let scaled = dot * Real(Double(alpha))
    guard let added else { return scaled }
    return scaled + (ReductionOracle.zero + Real(Double(beta))) * Real(added[row * n + column])
  }

  private func transposed(_ x: [UInt32], rows: Int, columns: Int) -> [UInt32] {
    (0..<columns).flatMap { column in (0..<rows).map { x[$0 * columns + column] } }
  }

  @Test("Every element is MPFR's: of near exponents, of far ones and of both, in each format")
  func elements() throws {
    var numbers = TestNumbers(5)
    let (m, k, n) = (11, 37, 5)
    for format in [Format.fp16, .bf16, .tf32, .fp32, .e5m2, .e4m3] {
      for (near, far) in [(3, 3), (3, nil), (nil, 3), (nil, nil)] as [(Int?, Int?)] {
        // Every third row and column has exponents of the other range.
        let a = (0..<m * k).map {
          numbers.encoding(format, within: $0 / k % 3 == 0 ? far : near)
        }
        let b = (0..<k * n).map {
          numbers.encoding(format, within: $0 % n % 3 == 0 ? near : far)
        }
        let values = try exactProduct(a, b, format, m: m, k: k, n: n)
        try #require(values.count == m * n)
        let (x, y) = (a.map(format.value), b.map(format.value))
        for (index, value) in values.enumerated() {
          let exact = oracle(x, y, (index / n, index % n), k: k, n: n)
          #expect(ReductionOracle.agrees(value, exact), "\(format) \(index)")
          let magnitudes = oracle(
            x.map(\.magnitude), y.map(\.magnitude), (index / n, index % n), k: k, n: n
          ).double
          #expect(
            (value.magnitudes - magnitudes).magnitude <= magnitudes * Double(k + 2) * 0x1p-53)
        }
      }
    }
  }

  @Test("The extremes of every format's range fit: all largest, all least, and both")
  func extremes() throws {
    for format in [Format.fp16, .bf16, .fp32, .e5m2, .e4m3] {
      let ends = [format.largestFinite, 1, format.largestFinite | format.signMask]
      for (first, second) in [(0, 0), (1, 1), (0, 1), (2, 0), (2, 2)] {
        let (k, n) = (100, 2)
        let a = (0..<k).map { $0 == 50 ? ends[1] : ends[first] }
        let b = (0..<k * n).map { $0 == 7 ? ends[0] : ends[second] }
        for (column, value) in try exactProduct(a, b, format, m: 1, k: k, n: n).enumerated() {
          let exact = oracle(a.map(format.value), b.map(format.value), (0, column), k: k, n: n)
          #expect(ReductionOracle.agrees(value, exact), "\(format) \(first) \(second)")
        }
      }
    }
  }

  @Test("Rows of every spread of exponents fit, with all products as large as they can be")
  func spreads() throws {
    let k = 40
    for spread in 20...70 {
      let large = Float(sign: .plus, exponent: spread, significand: (2 as Float).nextDown)
      for (first, second) in [(large, large), (large, -large), (large, 1)] {
        let a = (0..<k).map { ($0 == 9 ? 1 : first).bitPattern }
        let b = (0..<k).map { ($0 == 30 ? 1 : second).bitPattern }
        let value = try exactProduct(a, b, .fp32, m: 1, k: k, n: 1)[0]
        let exact = oracle(a.map(Format.fp32.value), b.map(Format.fp32.value), (0, 0), k: k, n: 1)
        #expect(ReductionOracle.agrees(value, exact), "\(spread)")
      }
    }
  }

  @Test("Transposes, ranges of rows, alpha and beta change nothing but what they should")
  func variants() throws {
    var numbers = TestNumbers(6)
    let (m, k, n) = (9, 20, 4)
    for within in [4, nil] as [Int?] {
      let a = (0..<m * k).map { _ in numbers.encoding(.fp32, within: within) }
      let b = (0..<k * n).map { _ in numbers.encoding(.fp32, within: within) }
      let c = (0..<m * n).map { _ in numbers.encoding(.fp32, within: within) }
      let values = try exactProduct(a, b, .fp32, m: m, k: k, n: n)
      let (aT, bT) = (transposed(a, rows: m, columns: k), transposed(b, rows: k, columns: n))
      #expect(
        try exactProduct(
          aT, bT, .fp32, m: m, k: k, n: n, transposesA: true, transposesB: true) == values)
      #expect(
        try exactProduct(a, b, .fp32, m: m, k: k, n: n, rows: 3..<8)
          == Array(values[3 * n..<8 * n]))
      let format = Format.fp32
      let (x, y, z) = (a.map(format.value), b.map(format.value), c.map(format.value))
      for (alpha, beta) in [
        (-1, 0), (0.1, 1), (.leastNonzeroMagnitude, -3), (-.greatestFiniteMagnitude, 0.7),
        (0, -1), (1, .greatestFiniteMagnitude), (-.leastNonzeroMagnitude, 0),
      ] as [(Float, Float)] {
        let scaled = try exactProduct(
          a, b, .fp32, m: m, k: k, n: n, alpha: alpha, beta: beta, added: c)
        for (index, value) in scaled.enumerated() {
          let exact = oracle(
            x, y, (index / n, index % n), k: k, n: n, alpha: alpha, beta: beta, added: z)
          #expect(ReductionOracle.agrees(value, exact), "\(alpha) \(beta)")
          let magnitudes = oracle(
            x.map(\.magnitude), y.map(\.magnitude), (index / n, index % n), k: k, n: n,
            alpha: alpha.magnitude, beta: beta.magnitude, added: z.map(\.magnitude)
          ).double
          #expect((value.magnitudes / magnitudes - 1).magnitude <= Double(k + 6) * 0x1p-53)
        }
      }
    }
  }

  @Test("The least and the largest product of three factors is the one that it should be")
  func scaledExtremes() throws {
    let ends = [Float.leastNonzeroMagnitude, .greatestFiniteMagnitude]
    for (first, second, alpha) in [(0, 0, 0), (1, 1, 1), (0, 1, 0), (1, 1, 0)] {
      for sign in [1, -1] as [Float] {
        let (x, y) = (Array(repeating: ends[first].bitPattern, count: 9), ends[second].bitPattern)
        let value = try exactProduct(
          x, Array(repeating: y, count: 9), .fp32, m: 1, k: 9, n: 1, alpha: sign * ends[alpha])[0]
        let one = (ReductionOracle.zero + Real(Double(ends[first]))) * Real(Double(ends[second]))
        let exact = one * Real(Double(9 * sign)) * Real(Double(ends[alpha]))
        #expect(ReductionOracle.agrees(value, exact), "\(first) \(second) \(alpha)")
      }
    }
  }

  @Test("One NaN or infinity reaches its row or column, as IEEE 754 has it, whatever the bins")
  func specials() throws {
    let format = Format.fp16
    let one = format.one
    let infinity = try #require(format.infinity)
    for small in [one, 1] {
      // Rows: all ones; an infinity; an infinity against a zero of B; both infinities; a NaN.
      let a: [UInt32] = [
        one, one, small, infinity, one, small, one, infinity, small, infinity,
        infinity | format.signMask, small, 0x7e00, one, small,
      ]
      let b: [UInt32] = [one, one | format.signMask, 0, one, 0x7bff, 0x7bff]
      let values = try exactProduct(a, b, format, m: 5, k: 3, n: 2).map(\.high)
      let third = format.value(of: small) * 65504
      #expect(Array(values[0..<2]) == [1 + third, third])
      #expect(values[2] == .infinity && values[3] == -.infinity)
      #expect(values[4].isNaN && values[5] == .infinity)
      #expect(values[6].isNaN && values[7] == -.infinity)
      #expect(values[8].isNaN && values[9].isNaN)
      let opposite = try exactProduct(a, b, format, m: 5, k: 3, n: 2, alpha: -2).map(\.high)
      #expect(opposite[2] == -.infinity && opposite[3] == .infinity && opposite[8].isNaN)
    }
    #expect(try exactProduct([0x8000], [one], format, m: 1, k: 1, n: 1)[0].high.sign == .minus)
    #expect(try exactProduct([0x8000], [0x8000], format, m: 1, k: 1, n: 1)[0].high.sign == .plus)
    #expect(
      try exactProduct([one, one], [one, one | 0x8000], format, m: 1, k: 2, n: 1)[0].high.sign
        == .plus)
  }

  @Test("As in the BLAS, A and B are not read where alpha is 0, nor the third where beta is")
  func unread() throws {
    let nan = Format.fp32.canonicalNaN.map { [$0] } ?? []
    let one = [Format.fp32.one]
    #expect(
      try exactProduct(nan, nan, .fp32, m: 1, k: 1, n: 1, alpha: 0, beta: 2, added: one)[0].high
        == 2)
    #expect(
      try exactProduct(one, one, .fp32, m: 1, k: 1, n: 1, beta: 0, added: nan)[0].high == 1)
    #expect(
      try exactProduct(one, one, .fp32, m: 1, k: 1, n: 1, beta: 1, added: nan)[0].high.isNaN)
  }

  @Test("Sums are products with ones; nothing added up is +0")
  func sums() throws {
    let x: [Float] = [1e30, 1, -1e30, 0x1p-140, -0.0, -0.0]
    let bytes = EncodedMatrix.bytes(x.map(\.bitPattern), .fp32)
    try bytes.withUnsafeBytes { memory in
      let rows = try #require(EncodedMatrix(memory, .fp32, rows: 3, columns: 2))
      let sums = try ExactProduct(rows, .ones(rows: 2, columns: 1)).values(ofRows: 0..<3)
      #expect(sums.map(\.high) == [1e30.rounded(toFloat: x[0]), -1e30.rounded(toFloat: x[0]), 0])
      #expect(sums[0].low == 1 && sums[1].low == 0x1p-140 && sums[2].high.sign == .minus)
      let empty = try #require(EncodedMatrix(memory, .fp32, rows: 2, columns: 0))
      let nothing = try ExactProduct(empty, .ones(rows: 0, columns: 1)).values(ofRows: 0..<2)
      #expect(nothing.map(\.high) == [0, 0] && nothing[0].high.sign == .plus)
    }
  }

  @Test("Shapes and memory that do not fit and factors without a value are refused")
  func refusals() throws {
    let one = [Format.fp32.one]
    for (alpha, beta) in [(Float.nan, 0), (1, .infinity), (1, 1)] as [(Float, Float)] {
      #expect(throws: ReductionFailure.self) {
        try exactProduct(one, one, .fp32, m: 1, k: 1, n: 1, alpha: alpha, beta: beta)
      }
    }
    try [UInt8](repeating: 0, count: 24).withUnsafeBytes { memory in
      #expect(EncodedMatrix(memory, .fp32, rows: 2, columns: 4) == nil)
      #expect(EncodedMatrix(memory, .fp32, rows: Int.max, columns: 4) == nil)
      #expect(EncodedMatrix(memory, .fp32, rows: Int.max / 2, columns: 2) == nil)
      #expect(EncodedMatrix(memory, .fp32, rows: -1, columns: -1) == nil)
      let a = try #require(EncodedMatrix(memory, .fp32, rows: 2, columns: 3))
      #expect(throws: ReductionFailure.self) { try ExactProduct(a, a) }
      #expect(EncodedMatrix(memory, .fp16, rows: 3, columns: 4) != nil)
      let odd = UnsafeRawBufferPointer(rebasing: memory[1...])
      #expect(EncodedMatrix(odd, .fp16, rows: 1, columns: 4) == nil)
      #expect(EncodedMatrix(odd, .e4m3, rows: 1, columns: 4) != nil)
    }
  }
}

extension Double {
  /// The sign of this number and the magnitude of another.
  fileprivate func rounded(toFloat x: Float) -> Double {
    Double(signOf: self, magnitudeOf: Double(x))
  }
}
