// SPDX-License-Identifier: Apache-2.0
import Formats
import ProductOracle
import Testing

@testable import SoftFloat

@Suite("Products whose sums begin with an addend")
struct MatrixAddendTests {
  private typealias Order = Accumulation.Order

  private static func format(_ sums: Accumulation.SumFormat) -> Format {
    switch sums {
    case .fp16: .fp16
    case .bf16: .bf16
    case .fp32, .fp64: .fp32
    }
  }

  @Test("Each order in each format begins with C, also where C is the result's own memory")
  func orders() {
    let orders: [Order] = [
      .sequential, .pairwise(leaf: 1), .pairwise(leaf: 5), .chunked(terms: 16, sums: .fp32),
      .chunked(terms: 3, sums: .fp16), .splitK(parts: 3, sums: .fp64),
    ]
    var wrong: [String] = []
    for format in Accumulation.SumFormat.allCases {
      for step in Accumulation.Step.allCases {
        for order in orders {
          let accumulation = Accumulation(format, step, order)
          for (m, k, n) in [(1, 0, 3), (1, 1, 1), (3, 33, 17), (5, 40, 33), (2, 300, 5)] {
            for inPlace in [false, true] where different(accumulation, (m, k, n), inPlace) {
              wrong.append("\(accumulation) \(m)x\(k)x\(n)")
            }
          }
        }
      }
    }
    #expect(wrong.isEmpty, "\(wrong.count) wrong, the first \(wrong.prefix(5))")
  }

  private func different(
    _ accumulation: Accumulation, _ size: (Int, Int, Int), _ inPlace: Bool
  ) -> Bool {
    let (m, k, n) = size
    let operands = Self.format(accumulation.format)
    let addends = Self.format(
      accumulation.order.isOfBlocks ? accumulation.resultFormat : accumulation.format)
    func values(_ format: Format, _ seed: UInt64, _ count: Int) -> [Double] {
      OperandSource(format: format, seed: seed, specials: 4).values(count)
    }
    let reference = ProductDefinition(
      rows: m, inner: k, columns: n, a: values(operands, 1, m * k),
      b: values(operands, 2, k * n), addend: values(addends, 3, m * n))
    let a = StoredMatrix(reference.a, m, k, false, 1)
    let b = StoredMatrix(reference.b, k, n, false, 2)
    let c = StoredMatrix(reference.addend ?? [], m, n, false, 3, sentinel: 12.5)
    let other = StoredMatrix(
      [Double](repeating: .nan, count: m * n), m, n, false, 3, sentinel: 12.5)
    let target = inPlace ? c : other
    defer { for matrix in [a, b, c, other] { matrix.deallocate() } }
    let isWide = accumulation.format == .fp64
    TensorKernels.multiply(
      a.operand(isWide ? nil : operands, false), b.operand(isWide ? nil : operands, false),
      plus: .float(UnsafePointer(c.floats), stride: c.stride),
      into: .float(target.floats, stride: target.stride), shape: reference.shape,
      accumulation: accumulation, threads: 2, minimumWork: 1)
    let (own, stray) = target.read(wide: false, sentinel: 12.5)
    // Sums in FP64 are rounded to FP32 where they are stored.
    let expected = reference.sums(accumulation).map { Double(Float($0)) }
    return stray > 0
      || zip(own, expected).contains { x, y in
        x.bitPattern != y.bitPattern && !(x.isNaN && y.isNaN)
      }
  }
}

extension Accumulation.Order {
  fileprivate var isOfBlocks: Bool {
    switch self {
    case .chunked, .splitK: true
    case .sequential, .pairwise, .matrixUnit: false
    }
  }
}
