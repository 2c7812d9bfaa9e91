// SPDX-License-Identifier: Apache-2.0
import Formats
import Testing

@testable import KernelChecks

@Suite("Exact norms")
struct ExactNormTests {
  private func layer(
    _ row: [Double], weight: [Double]? = nil, bias: [Double]? = nil, epsilon: Double = 0
  ) throws -> [ExactOutput] {
    let columns = row.count
    return try ReferenceOracle.with(row, rows: 1, columns: columns) { x in
      try ReferenceOracle.with(weight, rows: 1, columns: columns) { weight in
        try ReferenceOracle.with(bias, rows: 1, columns: columns) { bias in
          try ExactLayerNorm(#require(x), weight: weight, bias: bias, epsilon: epsilon)
            .values(ofRows: 0..<1)
        }
      }
    }
  }

  private func rms(
    _ row: [Double], weight: [Double]? = nil, epsilon: Double = 0
  ) throws -> [ExactOutput] {
    try ReferenceOracle.with(row, rows: 1, columns: row.count) { x in
      try ReferenceOracle.with(weight, rows: 1, columns: row.count) { weight in
        try ExactRMSNorm(#require(x), weight: weight, epsilon: epsilon).values(ofRows: 0..<1)
      }
    }
  }

  @Test("Values, S and T are those of mpmath", arguments: NormLiterals.all)
  func literals(_ literal: NormLiterals) throws {
    let (weight, bias) = (literal.weight, literal.bias)
    let layer = try layer(
      literal.row, weight: weight, bias: bias, epsilon: NormLiterals.epsilon)
    let rms = try rms(literal.row, weight: weight, epsilon: NormLiterals.epsilon)
    for column in literal.row.indices {
      #expect(literal.layer[column].matches(layer[column]), "\(literal.row) \(column)")
      #expect(literal.rms[column].matches(rms[column]), "\(literal.row) \(column)")
    }
  }

  @Test("By hand: deviations of 1 and of 5, a root mean square of 5, ε of 3/4 and 24")
  func hand() throws {
    #expect(try layer([3, 5]).map(\.value.high) == [-1, 1])
    #expect(try layer([-5, 5, -5, 5], weight: [1, 2, 4, 8]).map(\.value.high) == [-1, 2, -4, 8])
    #expect(try layer([0, 1], epsilon: 0.75).map(\.value.high) == [-0.5, 0.5])
    // 2 z + b cancels.
    #expect(try layer([3, 5], weight: [2, 2], bias: [2, -2]).map(\.value.high) == [0, 0])
    #expect(try rms([5, -5, 5]).map(\.value.high) == [1, -1, 1])
    #expect(try rms([1, 7, 7, -1], weight: [1, 1, 5, 5]).map(\.value.high) == [0.2, 1.4, 7, -1])
    #expect(try rms([1, -1], epsilon: 24).map(\.value.high) == [0.2, -0.2])
    let x = try layer([3, 5], weight: [-2, 2], bias: [7, 7])[1]
    // M = |μ| = 4, σ = |z| = 1.
    let (magnitudes, allowance): (Double, Double) = (2 * (2 * 4 + 0.5), 2 * (16 + 5 + 15) + 2 * 7)
    #expect(x.value == ExactReduction(high: 9, low: 0, magnitudes: magnitudes))
    #expect(x.allowance == allowance)
  }

  @Test("Exponents as far apart as FP32 has them lose nothing")
  func extremes() throws {
    let large = 0x1p127
    // The mean of ±large and two least numbers is half the least number.
    let far = try layer([large, 0x1p-149, -large, 0x1p-149])
    let root = 2.0.squareRoot()
    let small = 0x1p-277 * root
    #expect(far.map(\.value.high) == [root, small, -root, small])
    let least = try layer([0x1p-149, -0x1p-149, 0, 0])
    #expect(least.map(\.value.high) == [root, -root, 0, 0])
    #expect(try rms([0x1p-149, 0x1p-149]).map(\.value.high) == [1, 1])
    #expect(try rms([large, large]).map(\.value.high) == [1, 1])
  }

  @Test("Specials of a row, of weights and of biases follow the formulas, as PyTorch's do")
  func specials() throws {
    for special in [Double.nan, .infinity, -.infinity] {
      #expect(try layer([1, special, 2], epsilon: 1).allSatisfy { $0.value.high.isNaN })
      #expect(try rms([special, special], epsilon: 1).allSatisfy { $0.value.high.isNaN })
    }
    #expect(try rms([1, .nan]).allSatisfy { $0.value.high.isNaN })
    let infinite = try rms([1, .infinity, -2], weight: [1, 1, .infinity])
    #expect(infinite[0] == ExactOutput(untouched: 0))
    #expect(infinite[1].value.high.isNaN && infinite[2].value.high.isNaN)
    // v + ε = 0.
    #expect(try layer([2, 2]).allSatisfy { $0.value.high.isNaN })
    #expect(try rms([0, 0]).allSatisfy { $0.value.high.isNaN })
    #expect(try layer([2, 2], epsilon: 1).map(\.value.high) == [0, 0])
    #expect(try rms([0, 0], epsilon: 1).map(\.value.high) == [0, 0])
    let weighted = try layer(
      [1, 2, 3, 2, 3], weight: [.infinity, .infinity, 1, .nan, 1],
      bias: [1, 1, -.infinity, 1, .nan],
      epsilon: 0)
    #expect(weighted[0].value.high == -.infinity && weighted[2].value.high == -.infinity)
    for column in [3, 4] { #expect(weighted[column].value.high.isNaN) }
    #expect(try layer([1, 2, 3], weight: [1, .infinity, 1])[1].value.high.isNaN)
    #expect(try layer([1, 2, 3], bias: [1, .infinity, 1])[1].value.high == .infinity)
  }

  @Test("Other shapes and epsilons are refused; there may be no column")
  func failures() throws {
    for epsilon in [-1, .nan, .infinity] as [Double] {
      #expect(throws: ReductionFailure.self) { try layer([1, 2], epsilon: epsilon) }
      #expect(throws: ReductionFailure.self) { try rms([1, 2], epsilon: epsilon) }
    }
    try ReferenceOracle.with([1, 2, 3, 4], rows: 2, columns: 2) { matrix in
      let x = try #require(matrix)
      #expect(throws: ReductionFailure.self) { try ExactLayerNorm(x, weight: x, epsilon: 0) }
      #expect(throws: ReductionFailure.self) { try ExactLayerNorm(x, bias: x, epsilon: 0) }
      #expect(throws: ReductionFailure.self) { try ExactRMSNorm(x, weight: x, epsilon: 0) }
      #expect(try ExactLayerNorm(x, epsilon: 0).values(ofRows: 1..<2).count == 2)
      #expect(try ExactLayerNorm(x, epsilon: 0).terms == 2)
      #expect(try ExactRMSNorm(x, epsilon: 0).terms == 2)
    }
    #expect(try layer([]).isEmpty)
    #expect(try rms([]).isEmpty)
  }
}
