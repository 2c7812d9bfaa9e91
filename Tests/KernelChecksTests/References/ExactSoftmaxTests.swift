// SPDX-License-Identifier: Apache-2.0
import Formats
import Testing

@testable import KernelChecks

@Suite("Exact softmax and its logarithm")
struct ExactSoftmaxTests {
  private func values(
    _ numbers: [Double], _ result: ExactSoftmax.Result, _ format: Format = .fp32, rows: Int = 1
  ) throws -> [ExactOutput] {
    try ReferenceOracle.with(numbers, format, rows: rows, columns: numbers.count / rows) {
      try ExactSoftmax(#require($0), result).values(ofRows: 0..<rows)
    }
  }

  @Test("Values, S and T are those of mpmath", arguments: SoftmaxLiterals.all)
  func literals(_ literal: SoftmaxLiterals) throws {
    let probabilities = try values(literal.row, .softmax)
    let logarithms = try values(literal.row, .logSoftmax)
    for column in literal.row.indices {
      #expect(literal.softmax[column].matches(probabilities[column]), "\(literal.row) \(column)")
      #expect(literal.logSoftmax[column].matches(logarithms[column]), "\(literal.row) \(column)")
      let loss = try values(literal.row, .crossEntropy(labels: [column]))[0]
      #expect(loss.value.high == -logarithms[column].value.high)
      #expect(loss.value.low == -logarithms[column].value.low)
      #expect(loss.value.magnitudes == 1 && loss.allowance == logarithms[column].allowance)
    }
    #expect(literal.logSumExp.matches(try values(literal.row, .logSumExp)[0]), "\(literal.row)")
  }

  @Test("Equal scores of every size share the probability, in every format")
  func uniform() throws {
    for format in [Format.fp32, .fp16, .bf16, .e5m2, .e4m3] {
      for score in [format.value(of: format.largestFinite), -1, 0, format.value(of: 1)] {
        let row = [Double](repeating: score, count: 8)
        for output in try values(row, .softmax, format) {
          #expect(output.value == ExactReduction(high: 0.125, low: 0, magnitudes: 0.125))
          #expect(output.allowance == 0.125 * 21)
        }
      }
    }
  }

  @Test("Differences that no format holds: the least number next to the largest, and both signs")
  func extremes() throws {
    let largest = Double(Float.greatestFiniteMagnitude)
    let row = [largest, 0x1p-149, -largest, largest]
    #expect(try values(row, .softmax).map(\.value.high) == [0.5, 0, 0, 0.5])
    let logarithms = try values(row, .logSoftmax)
    // -(2^128 - 2^104) - log 2, and twice that difference.
    #expect(logarithms[1].value.high == -largest && logarithms[2].value.high == -2 * largest)
    #expect((logarithms[1].value.low + 0.6931471805599453).magnitude < 1e-15)
    #expect(logarithms[1].allowance >= 2 * largest)
    // The second score of two zeros' neighbours: log(1 + e^-2^-149) = log 2 - 2^-150 + ...
    let near = try values([0, 0x1p-149], .logSoftmax)
    #expect(near[0].value.high == -0x1.62e42fefa39efp-1)
  }

  @Test("Rows stand for themselves; a label belongs to its row")
  func rows() throws {
    let numbers: [Double] = [1, 2, 3, -1, 0, 4]
    let all = try values(numbers, .softmax, rows: 2)
    #expect(all == (try values([1, 2, 3], .softmax)) + (try values([-1, 0, 4], .softmax)))
    try ReferenceOracle.with(numbers, rows: 2, columns: 3) { matrix in
      let matrix = try #require(matrix)
      let softmax = try ExactSoftmax(matrix, .softmax)
      #expect(softmax.terms == 3 && softmax.outputsPerRow == 3)
      #expect(softmax.values(ofRows: 1..<2) == Array(all[3...]))
      let losses = try ExactSoftmax(matrix, .crossEntropy(labels: [2, 0]))
      #expect(losses.outputsPerRow == 1)
      let logarithms = try ExactSoftmax(matrix, .logSoftmax).values(ofRows: 0..<2)
      #expect(
        losses.values(ofRows: 0..<2).map(\.value.high)
          == [-logarithms[2].value.high, -logarithms[3].value.high])
      #expect(throws: ReductionFailure.self) {
        try ExactSoftmax(matrix, .crossEntropy(labels: [0]))
      }
      #expect(throws: ReductionFailure.self) {
        try ExactSoftmax(matrix, .crossEntropy(labels: [0, 3]))
      }
      #expect(throws: ReductionFailure.self) {
        try ExactSoftmax(matrix, .crossEntropy(labels: [-1, 0]))
      }
    }
  }

  /// The specials of a row as PyTorch 2 gives them: softmax, log-softmax and logsumexp; zero stands
  /// for any number.
  private static let specials: [([Double], [Double], [Double], Double)] = [
    ([1, 2, .nan], [.nan, .nan, .nan], [.nan, .nan, .nan], .nan),
    ([1, .infinity, 2], [.nan, .nan, .nan], [.nan, .nan, .nan], .infinity),
    ([.infinity, -.infinity], [.nan, .nan], [.nan, .nan], .infinity),
    ([-.infinity, -.infinity], [.nan, .nan], [.nan, .nan], -.infinity),
    ([.nan, -.infinity], [.nan, .nan], [.nan, .nan], .nan),
    ([.nan, .infinity], [.nan, .nan], [.nan, .nan], .nan),
    ([0, -.infinity], [1, 0], [0, -.infinity], 0),
  ]

  @Test("Specials are PyTorch's", arguments: [Format.fp32, .fp16, .bf16])
  func specials(_ format: Format) throws {
    func isSame(_ x: ExactOutput, _ y: Double) -> Bool {
      let untouched = x.value.magnitudes == 0 && x.allowance == 0
      return (x.value.high == y || (x.value.high.isNaN && y.isNaN)) && x.value.low == 0
        && (y.isFinite || untouched)
    }
    for (row, probabilities, logarithms, sum) in Self.specials {
      let softmax = try values(row, .softmax, format)
      let logSoftmax = try values(row, .logSoftmax, format)
      for column in row.indices {
        #expect(isSame(softmax[column], probabilities[column]), "\(row)")
        #expect(isSame(logSoftmax[column], logarithms[column]), "\(row)")
        let loss = try values(row, .crossEntropy(labels: [column]), format)[0]
        #expect(isSame(loss, -logarithms[column]), "\(row)")
      }
      #expect(isSame(try values(row, .logSumExp, format)[0], sum), "\(row)")
    }
    // A probability of exactly 0 is not touched by a rounding.
    #expect(
      try values([0, -.infinity], .softmax, format)[1] == ExactOutput(untouched: 0))
  }

  @Test("No scores have no probabilities, and the logarithm of an empty sum")
  func empty() throws {
    try ReferenceOracle.with([], rows: 2, columns: 0) { matrix in
      let matrix = try #require(matrix)
      #expect(try ExactSoftmax(matrix, .softmax).values(ofRows: 0..<2).isEmpty)
      #expect(
        try ExactSoftmax(matrix, .logSumExp).values(ofRows: 0..<2).map(\.value.high)
          == [-.infinity, -.infinity])
    }
  }
}
