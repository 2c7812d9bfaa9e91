// SPDX-License-Identifier: Apache-2.0

import Formats

@testable import SoftFloat

/// A scalar arithmetic that sums are defined in: SoftFloat's types, which campaigns compare with
/// MPFR, and the processor's FP64.
protocol ReferenceNumber {
  static func + (a: Self, b: Self) -> Self
  static func * (a: Self, b: Self) -> Self
  func addingProduct(_ a: Self, _ b: Self) -> Self
  init(_ x: Double)
  var exact: Double { get }
}

extension ReferenceNumber where Self: BinaryFloatingPoint { var exact: Double { Double(self) } }
extension Binary16: ReferenceNumber {}
extension BFloat16: ReferenceNumber {}
extension Binary32: ReferenceNumber {}
extension Double: ReferenceNumber {}

/// The matrix product as its definition reads, one element at a time.
struct MatrixProductReference {
  var shape: ProductShape
  /// op(A), row-major.
  var a: [Double]
  /// op(B), row-major.
  var b: [Double]
  /// C, with which the sums begin.
  var addend: [Double]?

  /// The sums, before they meet what stands in the result.
  func sums(_ accumulation: Accumulation) -> [Double] {
    switch accumulation.format {
    case .fp16: sums(accumulation, Binary16.self)
    case .bf16: sums(accumulation, BFloat16.self)
    case .fp32: sums(accumulation, Binary32.self)
    case .fp64: sums(accumulation, Double.self)
    }
  }

  private func sums<N: ReferenceNumber>(_ accumulation: Accumulation, _: N.Type) -> [Double] {
    switch accumulation.resultFormat {
    case .fp16: sums(accumulation, N.self, Binary16.self)
    case .bf16: sums(accumulation, N.self, BFloat16.self)
    case .fp32: sums(accumulation, N.self, Binary32.self)
    case .fp64: sums(accumulation, N.self, Double.self)
    }
  }

  private func sums<N: ReferenceNumber, Q: ReferenceNumber>(
    _ accumulation: Accumulation, _: N.Type, _: Q.Type
  ) -> [Double] {
    let x = a.map { N($0) }
    let y = b.map { N($0) }
    var results: [Double] = []
    for i in 0..<shape.rows {
      for j in 0..<shape.columns {
        func sequential(_ terms: Range<Int>) -> N {
          var sum = N(0)
          if case .sequential = accumulation.order, let addend {
            sum = N(addend[i * shape.columns + j])
          }
          for k in terms {
            let (left, right) = (x[i * shape.inner + k], y[k * shape.columns + j])
            sum =
              accumulation.step == .fused
              ? sum.addingProduct(left, right) : sum + left * right
          }
          return sum
        }
        let start = addend.map { $0[i * shape.columns + j] }
        results.append(total(accumulation.order, from: start, sequential, Q.self))
      }
    }
    return results
  }

  private func total<N: ReferenceNumber, Q: ReferenceNumber>(
    _ order: Accumulation.Order, from addend: Double?, _ sequential: (Range<Int>) -> N, _: Q.Type
  ) -> Double {
    let n = shape.inner
    switch order {
    // A unit's walk is compared with its own definition.
    case .sequential, .matrixUnit: return sequential(0..<n).exact
    case .pairwise(let leaf):
      let blocks = stride(from: 0, to: n, by: leaf).map { sequential($0..<min($0 + leaf, n)) }
      func tree(_ blocks: ArraySlice<N>) -> N {
        if blocks.count <= 1 { return blocks.first ?? N(0) }
        var left = 1
        while 2 * left < blocks.count { left *= 2 }
        return tree(blocks.prefix(left)) + tree(blocks.dropFirst(left))
      }
      let sum = tree(blocks[...])
      return (addend.map { N($0) + sum } ?? sum).exact
    case .chunked(let terms, _):
      var sum = Q(addend ?? 0)
      for k in stride(from: 0, to: n, by: terms) {
        sum = sum + Q(sequential(k..<min(k + terms, n)).exact)
      }
      return sum.exact
    case .splitK(let parts, _):
      var sum = Q(addend ?? 0)
      for i in 0..<parts { sum = sum + Q(sequential(i * n / parts..<(i + 1) * n / parts).exact) }
      return sum.exact
    }
  }
}

/// Operand values of a format by index: ordinary numbers near one, and every so often an encoding
/// at the ends of the range.
struct OperandSource {
  var format: Format
  var seed: UInt64
  /// How many of 256 elements are special.
  var specials: UInt32

  /// The encoding at an index, in the format's own bits.
  func bits(_ index: Int) -> UInt32 {
    let word = RandomWords.word(seed: seed, index: UInt64(index))
    let choice = RandomWords.word(seed: seed ^ 0x5eed, index: UInt64(index))
    let sign = word & 1 == 0 ? format.signMask : 0
    let last = format.largestFinite
    if choice & 0xff < specials {
      let special: [UInt32] = [
        0, 1, 2, format.smallestNormal - 1, format.smallestNormal, format.smallestNormal + 1, last,
        last - 1, last + 1, format.magnitudeMask, last / 4, last / 8 * 3, last / 4 + 1, last / 3,
      ]
      return special[Int(choice >> 8) % special.count] | sign
    }
    // Within some binades of one, so that sums cancel and round; a few significands are all ones.
    let binades = UInt32(min(12, format.bias))
    let one = UInt32(format.bias) << UInt32(format.fractionBits)
    let fraction = choice & 0xf00 == 0 ? format.fractionMask : (word >> 8) & format.fractionMask
    let exponent = (choice >> 12) % binades
    return (one - ((exponent) << UInt32(format.fractionBits))) & ~format.fractionMask | fraction
      | sign
  }

  /// The values at the first indices.
  func values(_ count: Int) -> [Double] {
    (0..<count).map { index in
      let value = Arithmetic.evaluate(.convert, UInt64(bits(index)), format: format, to: .fp32)
      return Double(Float(bitPattern: UInt32(truncatingIfNeeded: value.value)))
    }
  }
}
