// SPDX-License-Identifier: Apache-2.0

import Formats
import Testing

@testable import SoftFloat

@Suite("Products by a matrix unit are its definition's walk, bit for bit")
struct UnitProductTests {
  private static let sizes = [
    (1, 1, 1), (2, 3, 9), (3, 16, 8), (5, 33, 17), (17, 70, 5), (4, 0, 3), (9, 129, 24),
  ]

  private func product(
    _ row: MatrixUnitRow, _ formats: (Format, Format), _ size: (Int, Int, Int), _ seed: Int,
    transposed: (Bool, Bool) = (false, false), threads: Int = 1, specials: UInt32
  ) -> (wrong: Int, stray: Int, special: Int) {
    let (m, k, n) = size
    let x = OperandSource(format: formats.0, seed: UInt64(seed), specials: specials).values(m * k)
    let y = OperandSource(format: formats.1, seed: UInt64(seed + 1), specials: specials)
      .values(k * n)
    let a = StoredMatrix(x, m, k, transposed.0, 2)
    let b = StoredMatrix(y, k, n, transposed.1, 1)
    let c = StoredMatrix(
      [Double](repeating: .nan, count: m * n), m, n, false, 3, sentinel: 12.5)
    defer { for matrix in [a, b, c] { matrix.deallocate() } }
    TensorKernels.multiply(
      .float(a.floats, stride: a.stride, transposed: transposed.0, values: formats.0),
      .float(b.floats, stride: b.stride, transposed: transposed.1, values: formats.1),
      into: .float(c.floats, stride: c.stride),
      shape: ProductShape(rows: m, inner: k, columns: n),
      accumulation: Accumulation(row.accumulator, .fused, .matrixUnit(row.units[0])),
      threads: threads, minimumWork: 1)
    let (values, stray) = c.read(wide: false, sentinel: 12.5)
    var (wrong, special) = (0, 0)
    for i in 0..<m {
      for j in 0..<n {
        let left = (0..<k).map { Float(x[i * k + $0]) }
        let right = (0..<k).map { Float(y[$0 * n + j]) }
        let expected = row.walk(left, right, 0, formats)
        let own = Float(values[i * n + j])
        special += expected.isFinite ? 0 : 1
        wrong += expected.bitPattern == own.bitPattern || (expected.isNaN && own.isNaN) ? 0 : 1
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
          for (number, size) in Self.sizes.enumerated() {
            let result = product(
              row, (a, b), size, index * 100 + number,
              transposed: (number % 2 == 1, number % 3 == 1),
              specials: number % 2 == 0 ? 0 : 3 + UInt32(number) * 5)
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
    for unit in [MatrixUnit.hopper, .hopperMMA, .cdna3] {
      for row in unit.rows {
        for threads in [2, 3] {
          for size in [(40, 50, 9), (6, 50, 70)] {
            let result = product(
              row, (row.inputs[0], row.inputs[0]), size, 5, threads: threads, specials: 4)
            #expect(result.wrong == 0 && result.stray == 0, "\(unit) \(size)")
          }
        }
      }
    }
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
