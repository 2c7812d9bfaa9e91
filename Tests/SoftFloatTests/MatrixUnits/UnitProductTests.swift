// SPDX-License-Identifier: Apache-2.0
import Formats
import ProductOracle
import Testing

@testable import SoftFloat
@testable import Verification

@Suite("Products by a matrix unit are its definition's walk, bit for bit")
struct UnitProductTests {
  private static let sizes = [
    (1, 1, 1), (2, 3, 9), (3, 16, 8), (5, 33, 17), (17, 70, 5), (4, 0, 3), (9, 129, 24),
  ]

  private func product(
    _ row: MatrixUnitRow, _ formats: (Format, Format), _ size: (Int, Int, Int), _ seed: Int,
    transposed: (Bool, Bool) = (false, false), threads: Int = 1, specials: UInt32,
    addend: Format? = nil
  ) -> (wrong: Int, stray: Int, special: Int) {
    let (m, k, n) = size
    let x = OperandSource(format: formats.0, seed: UInt64(seed), specials: specials).values(m * k)
    let y = OperandSource(format: formats.1, seed: UInt64(seed + 1), specials: specials)
      .values(k * n)
    let a = StoredMatrix(x, m, k, transposed.0, 2)
    let b = StoredMatrix(y, k, n, transposed.1, 1)
    let c = StoredMatrix(
      [Double](repeating: .nan, count: m * n), m, n, false, 3, sentinel: 12.5)
    let start = OperandSource(
      format: addend ?? .fp32, seed: UInt64(seed + 2), specials: 4 * specials
    ).values(m * n)
    let begin = StoredMatrix(start, m, n, false, 1)
    defer { for matrix in [a, b, c, begin] { matrix.deallocate() } }
    let isNarrow = addend == .fp16 && row.accumulator == .fp32
    TensorKernels.multiply(
      .float(a.floats, stride: a.stride, transposed: transposed.0, values: formats.0),
      .float(b.floats, stride: b.stride, transposed: transposed.1, values: formats.1),
      plus: addend.map { _ in
        .float(begin.floats, stride: begin.stride, values: isNarrow ? .fp16 : nil)
      },
      into: .float(c.floats, stride: c.stride),
      shape: ProductShape(rows: m, inner: k, columns: n),
      accumulation: Accumulation(
        row.accumulator, .fused, .matrixUnit(row.units[0], shape: row.ownShape)),
      threads: threads, minimumWork: 1)
    let (values, stray) = c.read(wide: false, sentinel: 12.5)
    var (wrong, special) = (0, 0)
    for i in 0..<m {
      for j in 0..<n {
        let left = (0..<k).map { Float(x[i * k + $0]) }
        let right = (0..<k).map { Float(y[$0 * n + j]) }
        let first = addend == nil ? 0 : Float(start[i * n + j])
        let expected = row.walk(left, right, first, formats, addend: isNarrow ? .fp16 : nil)
        let own = Float(values[i * n + j])
        special += expected.isFinite ? 0 : 1
        wrong += expected.bitPattern == own.bitPattern ? 0 : 1
      }
    }
    return (wrong, stray, special)
  }

  @Test("All rows and formats, odd sizes, operands stored either way, ordinary and special values")
  func rows() {
    var special = 0
    for (index, row) in MatrixUnit.rows.enumerated() {
      for a in row.inputs {
        for b in row.inputs where row.mixes || a == b {
          guard row.isOwn(a, b) else { continue }
          for (number, size) in Self.sizes.enumerated() {
            let result = product(
              row, (a, b), size, index * 100 + number,
              transposed: (number % 2 == 1, number % 3 == 1),
              specials: number % 2 == 0 ? 0 : 3 + UInt32(number) * 5,
              addend: number % 3 == 0 ? nil : row.accumulator.format)
            #expect(
              result.wrong == 0 && result.stray == 0,
              "\(row.units) \(a.id) \(b.id) \(row.accumulator) \(size): \(result)")
            special += result.special
          }
        }
      }
    }
    #expect(special > 1000)
  }

  @Test("Any number of threads leaves the same bytes")
  func threads() {
    for unit in [MatrixUnit.hopper, .hopperMMA, .cdna2, .cdna3, .amx, .bfmmla] {
      for row in unit.rows {
        for threads in [2, 3] {
          for size in [(40, 50, 9), (6, 50, 70)] where row.isOwn(row.inputs[0], row.inputs[0]) {
            let result = product(
              row, (row.inputs[0], row.inputs[0]), size, 5, threads: threads, specials: 4,
              addend: size.0 == 40 ? row.accumulator.format : nil)
            #expect(result.wrong == 0 && result.stray == 0, "\(unit) \(size)")
          }
        }
      }
    }
  }

  @Test("A C of FP16 that an FP32 sum begins with keeps FP16's smallest exponent")
  func halfAddends() throws {
    var count = 0
    for row in MatrixUnit.rows where row.takesHalfAddend {
      count += 1
      for (number, size) in Self.sizes.enumerated() {
        let result = product(
          row, (.fp16, .fp16), size, number, specials: number % 2 == 0 ? 0 : 40, addend: .fp16)
        #expect(result.wrong == 0 && result.stray == 0, "\(row.units) \(size): \(result)")
      }
    }
    #expect(count == 2)
    // c = 2^-24 counts with 2^-14 as FP16 and with 2^-24 as FP32: bits below 2^-37 are cut off, or
    // not.
    let row = try #require(MatrixUnit.volta.row(.fp16, .fp16, accumulator: .fp32))
    func walk(_ addend: Format?) -> Float {
      row.walk([0x1p-20], [0x1p-18], 0x1p-24, (.fp16, .fp16), addend: addend)
    }
    #expect(walk(.fp16) == 0x1p-24 && walk(nil) == 0x1p-24 + 0x1p-38)
  }

  @Test("Results that are tiny, overflow or are nearly so, of the units made of FP32 operations")
  func extremes() throws {
    // Operands near the ends of BF16's range: products near FP32's smallest normal number and its
    // largest.
    var counts = (tiny: 0, infinite: 0, nan: 0)
    for unit in [MatrixUnit.cdna2, .cdna2K, .amx, .bfmmla, .bfmmlaEBF] {
      let row = try #require(unit.row(.bf16, .bf16, accumulator: .fp32))
      for (index, exponent) in [-63, -62, -64, -70, 63, 62, 64].enumerated() {
        let (m, k, n) = (5, 2 * row.terms, 17)
        let scale = Float(sign: .plus, exponent: exponent, significand: 1)
        func operand(_ seed: Int, _ count: Int) -> [Float] {
          OperandSource(format: .bf16, seed: UInt64(seed), specials: 0).values(count).enumerated()
            .map { $0 % 5 == 4 ? 0 : Float($1) * ($0 % 7 < 3 ? 1 : 0x1p6) * scale }
            .map { Float(bitPattern: $0.bitPattern & 0xffff_0000) }
        }
        let (a, b) = (operand(index, m * k), operand(index + 100, k * n))
        let c = OperandSource(format: .fp32, seed: UInt64(index), specials: 120).values(m * n)
          .map { Float($0) }
        let own = multiply(unit, a, b, plus: c, (m, k, n))
        for i in 0..<m {
          for j in 0..<n {
            let walk = row.walk(
              Array(a[i * k..<(i + 1) * k]), (0..<k).map { b[$0 * n + j] }, c[i * n + j],
              (.bf16, .bf16))
            let result = own[i * n + j]
            #expect(walk.bitPattern == result.bitPattern, "\(unit) 2^\(exponent) \(i) \(j)")
            counts.tiny += walk.magnitude < 0x1p-120 ? 1 : 0
            counts.infinite += walk.isInfinite ? 1 : 0
            counts.nan += walk.isNaN ? 1 : 0
          }
        }
      }
    }
    #expect(counts.tiny > 100 && counts.infinite > 100 && counts.nan > 10, "\(counts)")
  }

  @Test("CDNA2: what is flushed of a result keeps its sign, what is flushed of an operand does not")
  func flushedSigns() throws {
    // 2^-126 - 1.5 2^-126, and operands of -2^-130 with c = -2^-130.
    let cases: [([Float], [Float], Float, UInt32)] = [
      ([0x1.8p-63, 0], [-0x1p-63, 0], 0x1p-126, 0x8000_0000),
      ([-0x1p-130, -0x1p-130], [1, 1], -0x1p-130, 0),
    ]
    for (a, b, c, bits) in cases {
      let row = try #require(MatrixUnit.cdna2.row(.bf16, .bf16, accumulator: .fp32))
      let oracle = try #require(UnitOracle(.cdna2, .bf16, .bf16, .fp32))
      #expect(row.walk(a, b, c, (.bf16, .bf16)).bitPattern == bits)
      #expect(oracle.dotAdd(a, b, c).bitPattern == bits)
      #expect(multiply(.cdna2, a, b, plus: [c], (1, 2, 1))[0].bitPattern == bits)
    }
  }

  private func multiply(
    _ unit: MatrixUnit, _ a: [Float], _ b: [Float], plus c: [Float], _ size: (Int, Int, Int)
  ) -> [Float] {
    var c = c
    c.withUnsafeMutableBufferPointer { c in
      a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
          guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else { return }
          TensorKernels.multiply(
            .float(a, stride: size.1, values: .bf16), .float(b, stride: size.2, values: .bf16),
            plus: .float(c, stride: size.2), into: .float(c, stride: size.2),
            shape: ProductShape(rows: size.0, inner: size.1, columns: size.2),
            accumulation: Accumulation(.fp32, .fused, .matrixUnit(unit)), threads: 1)
        }
      }
    }
    return c
  }

  /// One element of a product of BF16 values by a unit, and by the walk of its definition.
  private func element(_ unit: MatrixUnit, _ a: [Float], _ b: [Float]) -> (own: Float, walk: Float?)
  {
    var c: Float = .nan
    withUnsafeMutablePointer(to: &c) { c in
      a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
          guard let left = a.baseAddress, let right = b.baseAddress else { return }
          TensorKernels.multiply(
            .float(left, stride: a.count, values: .bf16), .float(right, stride: 1, values: .bf16),
            into: .float(c, stride: 1), shape: ProductShape(rows: 1, inner: a.count, columns: 1),
            accumulation: Accumulation(.fp32, .fused, .matrixUnit(unit)), threads: 1)
        }
      }
    }
    return (c, unit.row(.bf16, .bf16, accumulator: .fp32)?.walk(a, b, 0, (.bf16, .bf16)))
  }

  @Test("AMX flushes what is tiny after rounding: 2^-126 - 0.75 2^-150, and not 0.5 2^-150 less")
  func tinyAfterRounding() {
    for (factor, result) in [(Float(1.5), Float(0)), (1, 0x1p-126)] {
      let (own, walk) = element(.amx, [0x1p-63, 0, -factor * 0x1p-75], [0x1p-63, 0, 0x1p-76])
      #expect(own == result && walk == result)
    }
  }

  @Test("A product far below FP32's subnormal numbers decides a tie of the other")
  func subnormalTies() {
    // 2^-150 lies halfway between 0 and 2^-149; what decides is beyond FP64's bits of the sum.
    for (tiny, result) in [(Float(0x1p-105), Float(0x1p-149)), (0, 0), (-0x1p-105, 0)] {
      let (own, walk) = element(.bfmmlaEBF, [0x1p-75, tiny], [0x1p-75, 0x1p-105])
      #expect(own == result && walk == result, "\(tiny): \(own), \(String(describing: walk))")
    }
  }

  @Test("Operands times a power of two are the format's own, and the sums are divided by it")
  func scales() {
    let format = Format.e4m3
    let x = OperandSource(format: format, seed: 1, specials: 20).values(8 * 40)
      .map { Float($0) }.map { $0.isFinite ? $0 : 1 }
    let y = OperandSource(format: format, seed: 2, specials: 20).values(40 * 8)
      .map { Float($0) }.map { $0.isFinite ? $0 : 1 }
    func multiply(_ a: [Float], _ b: [Float], _ scales: (Int, Int)) -> [Float] {
      var c = [Float](repeating: .nan, count: 64)
      c.withUnsafeMutableBufferPointer { c in
        a.withUnsafeBufferPointer { a in
          b.withUnsafeBufferPointer { b in
            guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else {
              return
            }
            TensorKernels.multiply(
              .float(a, stride: 40, values: format, scale: scales.0),
              .float(b, stride: 8, values: format, scale: scales.1), into: .float(c, stride: 8),
              shape: ProductShape(rows: 8, inner: 40, columns: 8),
              accumulation: Accumulation(.fp32, .fused, .matrixUnit(.hopper)), threads: 1)
          }
        }
      }
      return c
    }
    let plain = multiply(x, y, (0, 0))
    let scaled = multiply(x.map { $0 * 0x1p-20 }, y.map { $0 * 0x1p7 }, (20, -7))
    #expect(scaled.map { $0 * 0x1p13 } == plain)
  }
}
