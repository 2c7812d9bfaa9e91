// SPDX-License-Identifier: Apache-2.0
import Formats
import Testing

@testable import KernelChecks

/// What mpmath gives for an output from its formula with 120 digits: the value in two Doubles, S and
/// T.
struct OutputLiteral: Sendable {
  let high: Double
  let low: Double
  let magnitudes: Double
  let allowance: Double

  init(_ high: Double, _ low: Double, _ magnitudes: Double, _ allowance: Double) {
    (self.high, self.low, self.magnitudes, self.allowance) = (high, low, magnitudes, allowance)
  }

  /// Whether an output is this one: the value to 2^-100, S and T to what Doubles add up.
  func matches(_ output: ExactOutput) -> Bool {
    func isClose(_ x: Double, _ y: Double, _ tolerance: Double) -> Bool {
      (x - y).magnitude <= tolerance * y.magnitude
    }
    return output.value.high == high
      && (output.value.low - low).magnitude <= 0x1p-100 * high.magnitude
      && isClose(output.value.magnitudes, magnitudes, 1e-12)
      && isClose(output.allowance, allowance, 1e-12)
  }
}

/// Matrices in memory, and kernels judged by their exact outputs.
enum ReferenceOracle {
  /// What is made of a matrix of numbers of a format; of nil, without one.
  static func with<R>(
    _ numbers: [Double]?, _ format: Format = .fp32, rows: Int, columns: Int,
    _ body: (EncodedMatrix?) throws -> R
  ) throws -> R {
    guard let numbers else { return try body(nil) }
    return try EncodedMatrix.bytes(try numbers.map { try encoding($0, format) }, format)
      .withUnsafeBytes {
        let matrix = EncodedMatrix($0, format, rows: rows, columns: columns)
        return try body(matrix)
      }
  }

  /// The encoding of a number that the format has.
  static func encoding(_ x: Double, _ format: Format) throws -> UInt32 {
    guard x.isFinite else {
      let sign = x.sign == .minus ? format.signMask : 0
      return try #require(x.isNaN ? format.canonicalNaN : format.infinity) | sign
    }
    let bits = ExactReduction(high: x, low: 0, magnitudes: 0).rounded(to: format) ?? 0
    try #require(format.value(of: bits) == x)
    return bits
  }

  /// The scaled errors of Float's results.
  static func errors(
    _ results: [Float], _ outputs: [ExactOutput], terms: Int, allows: Bool = true
  ) throws -> ScaledError {
    try #require(results.count == outputs.count)
    var error = ScaledError(.init(accumulator: .fp32, output: .fp32, terms: terms))
    for (index, (result, output)) in zip(results, outputs).enumerated() {
      error.add(
        result.bitPattern, output.value, allowance: allows ? output.allowance : 0, at: index)
    }
    return error
  }

  /// Whether results are within what sums in sequence may cost.
  static func passes(_ results: [Float], _ outputs: [ExactOutput], terms: Int) throws -> Bool {
    let bound = ReductionBound(.sequential, terms: terms, unitRoundoff: 0x1p-24)
    return try errors(results, outputs, terms: terms).largest <= #require(bound.limit)
  }

  /// Float's numbers around a mean, nearly normal.
  static func normal(
    _ count: Int, mean: Float = 0, deviation: Float = 1, seed: UInt64
  ) -> [Float] {
    var numbers = TestNumbers(seed)
    return (0..<count).map { _ in
      let sum = (0..<12).reduce(-6 as Float) { sum, _ in
        sum + Float(numbers.next() >> 40) * 0x1p-24
      }
      return mean + deviation * sum
    }
  }

  /// The BF16 number next to one, ties to even.
  static func bfloat(_ x: Float) -> Float {
    let bits = x.bitPattern
    return Float(bitPattern: (bits &+ 0x7fff &+ (bits >> 16 & 1)) & 0xffff_0000)
  }
}
