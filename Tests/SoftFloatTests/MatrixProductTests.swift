// SPDX-License-Identifier: Apache-2.0
import Formats
import ProductOracle
import Testing

@testable import SoftFloat

/// Every kernel of a matrix product against its definition in scalar arithmetic, bit for bit.
@Suite("A matrix product is the sums that its accumulation defines")
struct MatrixProductTests {
  private typealias Order = Accumulation.Order
  private static let sizes = [1, 2, 3, 17, 31, 33, 65]
  private static let steps: [Accumulation.Step] = [.fused, .productThenSum]
  private static let formats = Accumulation.SumFormat.allCases

  private static func format(_ sums: Accumulation.SumFormat) -> Format {
    switch sums {
    case .fp16: .fp16
    case .bf16: .bf16
    case .fp32, .fp64: .fp32
    }
  }

  /// How an operand is stored.
  private struct Layout {
    var transposed = false
    var isEncoded = false
    var padding = 0
  }

  /// Results by the kernels, and memory that was written where none should be.
  private func product(
    _ reference: ProductDefinition, _ accumulation: Accumulation, format: Format,
    _ left: Layout = Layout(), _ right: Layout = Layout(), threads: Int = 1,
    adding: [Double]? = nil, wideResult: Bool = false
  ) -> (values: [Double], strayWrites: Int) {
    let shape = reference.shape
    let a = StoredMatrix(reference.a, shape.rows, shape.inner, left.transposed, left.padding)
    let b = StoredMatrix(reference.b, shape.inner, shape.columns, right.transposed, right.padding)
    defer {
      a.deallocate()
      b.deallocate()
    }
    let isWide = accumulation.format == .fp64
    let c = StoredMatrix(
      adding ?? [Double](repeating: .nan, count: shape.rows * shape.columns), shape.rows,
      shape.columns, false, 3, sentinel: 12.5)
    defer { c.deallocate() }
    let mode: MatrixResult.Mode = adding == nil ? .overwrite : .add
    TensorKernels.multiply(
      a.operand(isWide ? nil : format, left.isEncoded),
      b.operand(isWide ? nil : format, right.isEncoded),
      into: wideResult
        ? .double(c.doubles, stride: c.stride, mode) : .float(c.floats, stride: c.stride, mode),
      shape: shape, accumulation: accumulation, threads: threads, minimumWork: 1)
    return c.read(wide: wideResult, sentinel: 12.5)
  }

  private func differences(_ values: [Double], _ expected: [Double]) -> Int {
    zip(values, expected).count { x, y in
      !(x.isNaN && y.isNaN) && x.bitPattern != y.bitPattern
    } + (values.count == expected.count ? 0 : 1)
  }

  private func reference(
    _ m: Int, _ k: Int, _ n: Int, _ format: Format, specials: UInt32
  ) -> ProductDefinition {
    let seed = UInt64(m * 10_000 + k * 100 + n)
    return ProductDefinition(
      rows: m, inner: k, columns: n,
      a: OperandSource(format: format, seed: seed, specials: specials).values(m * k),
      b: OperandSource(format: format, seed: seed + 1, specials: specials).values(k * n))
  }

  @Test("Each kernel at all sizes around its tiles, ordinary and special operands, 1 to 3 threads")
  func kernels() {
    var wrong: [String] = []
    for format in Self.formats {
      for step in Self.steps {
        let accumulation = Accumulation(format, step)
        for m in Self.sizes {
          for k in Self.sizes {
            for n in Self.sizes {
              let reference = reference(
                m, k, n, Self.format(format), specials: (m + k + n) % 3 == 0 ? 20 : 0)
              let expected = reference.sums(accumulation)
              for threads in 1...3 {
                let (values, stray) = product(
                  reference, accumulation, format: Self.format(format), threads: threads,
                  wideResult: format == .fp64)
                if differences(values, expected) + stray > 0 {
                  wrong.append("\(accumulation) \(m)x\(k)x\(n) on \(threads)")
                }
              }
            }
          }
        }
      }
    }
    #expect(wrong.isEmpty, "\(wrong.count) wrong, the first \(wrong.prefix(5))")
  }

  @Test("Each order in each format, with block sums in each format")
  func orders() {
    var orders: [Order] = [.pairwise(leaf: 1), .pairwise(leaf: 3), .pairwise(leaf: 70)]
    for sums in Self.formats {
      orders += [.chunked(terms: 1, sums: sums), .chunked(terms: 16, sums: sums)]
      orders += [.chunked(terms: .max, sums: sums), .splitK(parts: 3, sums: sums)]
      orders += [.splitK(parts: 67, sums: sums)]
    }
    var wrong: [String] = []
    for format in Self.formats {
      for step in Self.steps {
        for order in orders {
          let accumulation = Accumulation(format, step, order)
          for (m, k, n) in [(1, 1, 1), (3, 33, 17), (13, 65, 33), (17, 31, 130), (2, 300, 5)] {
            for specials: UInt32 in [0, 4] {
              let reference = reference(m, k, n, Self.format(format), specials: specials)
              // A Float result of sums in FP64 rounds once more.
              let isWide = accumulation.resultFormat == .fp64
              let (values, stray) = product(
                reference, accumulation, format: Self.format(format), threads: 1 + (m + n) % 3,
                wideResult: isWide)
              if differences(values, reference.sums(accumulation)) + stray > 0 {
                wrong.append("\(accumulation) \(m)x\(k)x\(n)")
              }
            }
          }
        }
      }
    }
    #expect(wrong.isEmpty, "\(wrong.count) wrong, the first \(wrong.prefix(5))")
  }

  @Test("Transposed, strided and encoded operands give the same sums")
  func layouts() {
    var wrong: [String] = []
    for format in Self.formats {
      for order: Order in [.sequential, .pairwise(leaf: 4), .chunked(terms: 7, sums: .fp32)] {
        let accumulation = Accumulation(format, .fused, order)
        for (m, k, n) in [(1, 17, 33), (14, 65, 31), (65, 9, 140), (50, 3, 64), (17, 300, 33)] {
          for operands in format == .fp32 ? [Format.fp32, .fp16, .bf16] : [Self.format(format)] {
            let reference = reference(m, k, n, operands, specials: 2)
            let expected = reference.sums(accumulation)
            for choice in 0..<16 {
              let isEncodable = operands != .fp32 && format != .fp64
              let left = Layout(
                transposed: choice & 1 != 0, isEncoded: isEncodable && choice & 4 != 0, padding: 1)
              let right = Layout(
                transposed: choice & 2 != 0, isEncoded: isEncodable && choice & 8 != 0, padding: 5)
              let (values, stray) = product(
                reference, accumulation, format: operands, left, right,
                threads: 1 + choice % 3, wideResult: accumulation.resultFormat == .fp64)
              if differences(values, expected) + stray > 0 {
                wrong.append("\(accumulation) \(operands) \(m)x\(k)x\(n) layout \(choice)")
              }
            }
          }
        }
      }
    }
    #expect(wrong.isEmpty, "\(wrong.count) wrong, the first \(wrong.prefix(5))")
  }

  @Test("Sizes beyond every panel and block")
  func panels() {
    var wrong: [String] = []
    for (m, k, n) in [(245, 530, 17), (7, 5, 1090), (3, 513, 40), (493, 3, 530), (61, 129, 66)] {
      for (number, format) in Self.formats.enumerated() {
        let blocks: Order =
          number % 2 == 0 ? .pairwise(leaf: 128) : .chunked(terms: 100, sums: .fp32)
        for order in [.sequential, blocks] {
          let accumulation = Accumulation(format, .fused, order)
          let reference = reference(m, k, n, Self.format(format), specials: 0)
          let expected = reference.sums(accumulation)
          for threads in [1, 2] {
            let (values, stray) = product(
              reference, accumulation, format: Self.format(format), threads: threads,
              wideResult: accumulation.resultFormat == .fp64)
            if differences(values, expected) + stray > 0 {
              wrong.append("\(accumulation) \(m)x\(k)x\(n) on \(threads)")
            }
          }
        }
      }
    }
    #expect(wrong.isEmpty, "\(wrong.count) wrong, the first \(wrong.prefix(5))")
  }

  @Test("Adding to a result is one more rounding, in the format of the finished sum")
  func adding() {
    var wrong: [String] = []
    for format in Self.formats {
      for order: Order in [.sequential, .splitK(parts: 2, sums: .bf16)] {
        let accumulation = Accumulation(format, .fused, order)
        let final = Self.format(accumulation.resultFormat)
        let reference = reference(14, 20, 37, Self.format(format), specials: 3)
        let before = OperandSource(format: final, seed: 9, specials: 9).values(14 * 37)
        let isWide = accumulation.resultFormat == .fp64
        let expected = zip(before, reference.sums(accumulation)).map { c, sum -> Double in
          switch accumulation.resultFormat {
          case .fp16: Double(Binary16(c) + Binary16(sum))
          case .bf16: Double(BFloat16(c) + BFloat16(sum))
          case .fp32: Double(Binary32(c) + Binary32(sum))
          case .fp64: c + sum
          }
        }
        let (values, stray) = product(
          reference, accumulation, format: Self.format(format), adding: before, wideResult: isWide)
        if differences(values, expected) + stray > 0 { wrong.append("\(accumulation)") }
        if isWide {
          let (rounded, _) = product(
            reference, accumulation, format: Self.format(format), adding: before)
          if differences(rounded, expected.map { Double(Float($0)) }) > 0 {
            wrong.append("\(accumulation) into FP32")
          }
        }
      }
    }
    #expect(wrong.isEmpty, "\(wrong)")
  }

  @Test("A sum of no terms is +0, and no row or column is no work")
  func empty() {
    for order: Order in [.sequential, .pairwise(leaf: 1), .chunked(terms: 4, sums: .fp32)] {
      for (m, k, n) in [(2, 0, 3), (0, 4, 3), (2, 4, 0)] {
        let reference = reference(m, k, n, .fp32, specials: 0)
        let (values, stray) = product(
          reference, Accumulation(.fp32, .fused, order), format: .fp32)
        #expect(values.map(\.bitPattern) == [UInt64](repeating: 0, count: m * n))
        #expect(stray == 0)
      }
    }
  }

  @Test("FP64 sums of transposed FP32 elements stay within their memory")
  func widenedElements() {
    // A workspace without room for the widened rows overwrote the heap, which aborts sooner or
    // later.
    for round in 0..<100 {
      let (m, k, n) = (1 + round % 7, 1 + round % 5, 1 + round % 11)
      let reference = ProductDefinition(
        rows: m, inner: k, columns: n,
        a: OperandSource(format: .fp32, seed: 1, specials: 0).values(m * k),
        b: OperandSource(format: .fp32, seed: 2, specials: 0).values(k * n))
      let a = StoredMatrix(reference.a, m, k, false, 0)
      let b = StoredMatrix(reference.b, k, n, true, 0)
      defer {
        a.deallocate()
        b.deallocate()
      }
      var c = [Double](repeating: .nan, count: m * n)
      c.withUnsafeMutableBufferPointer { c in
        guard let c = c.baseAddress else { return }
        TensorKernels.multiply(
          .float(a.floats, stride: k), .float(b.floats, stride: k, transposed: true),
          into: .double(c, stride: n), shape: reference.shape, accumulation: Accumulation(.fp64),
          threads: 1)
      }
      #expect(differences(c, reference.sums(Accumulation(.fp64))) == 0)
    }
  }

  @Test("A batch is its matrices, on any number of threads")
  func batch() {
    let (count, m, k, n) = (5, 7, 18, 33)
    let references = (0..<count).map {
      let seed = UInt64(100 + $0)
      return ProductDefinition(
        rows: m, inner: k, columns: n,
        a: OperandSource(format: .fp32, seed: seed, specials: 0).values(m * k),
        b: OperandSource(format: .fp32, seed: seed + 50, specials: 0).values(k * n))
    }
    let a = StoredMatrix(references.flatMap(\.a), count * m, k, false, 0)
    let b = StoredMatrix(references.flatMap(\.b), count * k, n, false, 0)
    defer {
      a.deallocate()
      b.deallocate()
    }
    let expected = references.flatMap { $0.sums(Accumulation(.fp32)) }
    for threads in [1, 2, 3, 8, 100] {
      var c = [Float](repeating: .nan, count: count * m * n)
      c.withUnsafeMutableBufferPointer { c in
        guard let c = c.baseAddress else { return }
        TensorKernels.multiply(
          .float(a.floats, stride: k, batchStride: m * k),
          .float(b.floats, stride: n, batchStride: k * n),
          into: .float(c, stride: n, batchStride: m * n),
          shape: ProductShape(rows: m, inner: k, columns: n), batch: count,
          accumulation: Accumulation(.fp32), threads: threads, minimumWork: 1)
      }
      #expect(differences(c.map { Double($0) }, expected) == 0)
    }
  }
}
