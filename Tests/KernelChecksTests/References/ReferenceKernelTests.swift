// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import KernelChecks

@Suite("Right and wrong kernels of rows and norms by their bounds")
struct ReferenceKernelTests {
  private static let log2e = Float(0x1.715476p0)

  /// e / Σ e, the exponentials by `exponential` and their sum by `sum`.
  private static func softmax(
    _ x: [Float], exponential: (Float) -> Float = { exp($0) },
    sum: ([Float]) -> Float = { $0.reduce(0, +) }
  ) -> [Float] {
    let largest = x.max() ?? 0
    let e = x.map { exponential($0 - largest) }
    let total = sum(e)
    return e.map { $0 / total }
  }

  private static func scaled(_ d: Float) -> Float { exp2(d * log2e) }

  private static func half(_ x: [Float]) -> Float {
    Float(x.reduce(0 as Float16) { $0 + Float16($1) })
  }

  private static func logarithm(_ x: [Float]) -> (largest: Float, logarithm: Float) {
    let largest = x.max() ?? 0
    return (largest, log(x.reduce(0) { $0 + exp($1 - largest) }))
  }

  private func outputs(_ x: [Float], _ result: ExactSoftmax.Result) throws -> [ExactOutput] {
    try ReferenceOracle.with(x.map(Double.init), rows: 1, columns: x.count) {
      try ExactSoftmax(#require($0), result).values(ofRows: 0..<1)
    }
  }

  @Test("Softmax in Float passes; an FP16 sum, BF16 exponentials and a lost term do not")
  func softmax() throws {
    for (count, deviation) in [(1000, 1), (64, 8), (7, 30)] as [(Int, Float)] {
      let x = ReferenceOracle.normal(count, deviation: deviation, seed: UInt64(count))
      let outputs = try outputs(x, .softmax)
      func passes(_ results: [Float]) throws -> Bool {
        try ReferenceOracle.passes(results, outputs, terms: count)
      }
      #expect(try passes(Self.softmax(x)))
      #expect(try passes(Self.softmax(x, exponential: Self.scaled)))
      #expect(
        try !passes(Self.softmax(x, exponential: { ReferenceOracle.bfloat(exp($0)) })), "\(count)")
      #expect(try !passes(outputs.map { Float(Float16($0.value.high)) }), "\(count)")
      #expect(try !passes([Float](repeating: 0, count: count)))
      guard count == 1000 else { continue }
      #expect(try !passes(Self.softmax(x, sum: Self.half)))
      #expect(
        try !passes(Self.softmax(x, sum: { $0.dropLast(count / 16).reduce(0, +) })), "\(count)")
    }
  }

  @Test("Exponents far below 0 cost what T says: without it a scaled exponent would not pass")
  func exponents() throws {
    for seed in 1...20 {
      let x = [0] + ReferenceOracle.normal(3, mean: -70, deviation: 3, seed: UInt64(seed))
      let outputs = try outputs(x, .softmax)
      let results = Self.softmax(x, exponential: Self.scaled)
      #expect(try ReferenceOracle.passes(results, outputs, terms: 4))
      let bare = try ReferenceOracle.errors(results, outputs, terms: 4, allows: false)
      #expect(bare.largest > 5)
    }
  }

  @Test("The logarithm's kernels in Float pass, but for x - (m + L) of scores with a large mean")
  func logarithms() throws {
    for mean in [0, 0x1p20] as [Float] {
      let x = ReferenceOracle.normal(300, mean: mean, deviation: 2, seed: 3)
      let (largest, logarithm) = Self.logarithm(x)
      let outputs = try outputs(x, .logSoftmax)
      #expect(
        try ReferenceOracle.passes(x.map { ($0 - largest) - logarithm }, outputs, terms: 300))
      #expect(
        try ReferenceOracle.passes(x.map { $0 - (largest + logarithm) }, outputs, terms: 300)
          == (mean == 0))
      let sum = try self.outputs(x, .logSumExp)
      #expect(try ReferenceOracle.passes([largest + logarithm], sum, terms: 300))
      #expect(try !ReferenceOracle.passes([largest], sum, terms: 300))
      let loss = try self.outputs(x, .crossEntropy(labels: [17]))
      let result = -((x[17] - largest) - logarithm)
      #expect(try ReferenceOracle.passes([result], loss, terms: 300))
      #expect(try !ReferenceOracle.passes([ReferenceOracle.bfloat(result)], loss, terms: 300))
      #expect(try !ReferenceOracle.passes([-result], loss, terms: 300))
    }
  }

  // MARK: - Norms

  private typealias Moments = (mean: Float, variance: Float)

  private static func twoPass(_ x: [Float]) -> Moments {
    let mean = x.reduce(0, +) / Float(x.count)
    return (mean, x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(x.count))
  }

  private static func welford(_ x: [Float]) -> Moments {
    var (mean, squares) = (0 as Float, 0 as Float)
    for (index, value) in x.enumerated() {
      let difference = value - mean
      mean += difference / Float(index + 1)
      squares += difference * (value - mean)
    }
    return (mean, squares / Float(x.count))
  }

  private static func onePass(_ x: [Float]) -> Moments {
    let mean = x.reduce(0, +) / Float(x.count)
    return (mean, x.reduce(0) { $0 + $1 * $1 } / Float(x.count) - mean * mean)
  }

  private static let epsilon = 1e-5 as Float

  @Test("Layer norm: two passes and Welford's recurrence pass, also as x r - μ r; E[x²] - μ² fails")
  func layerNorm() throws {
    for (count, mean, seed) in [(256, 0, 1), (256, 500, 2), (64, 3000, 3), (1024, -2000, 4)]
      as [(Int, Float, UInt64)]
    {
      let x = ReferenceOracle.normal(count, mean: mean, seed: seed)
      let weight = ReferenceOracle.normal(count, seed: seed + 10)
      let bias = ReferenceOracle.normal(count, seed: seed + 20)
      func row(_ x: [Float], _ body: (EncodedMatrix?) throws -> [ExactOutput]) throws
        -> [ExactOutput]
      {
        try ReferenceOracle.with(x.map(Double.init), rows: 1, columns: count, body)
      }
      let outputs = try row(x) { x in
        try row(weight) { weight in
          try row(bias) { bias in
            try ExactLayerNorm(
              #require(x), weight: weight, bias: bias, epsilon: Double(Self.epsilon)
            ).values(ofRows: 0..<1)
          }
        }
      }
      func passes(_ moments: Moments, isAffine: Bool = false) throws -> Bool {
        let (mean, variance) = moments
        let r = 1 / (variance + Self.epsilon).squareRoot()
        let results = x.indices.map {
          isAffine
            ? x[$0] * (r * weight[$0]) + (bias[$0] - mean * (r * weight[$0]))
            : (x[$0] - mean) * r * weight[$0] + bias[$0]
        }
        return try ReferenceOracle.passes(results, outputs, terms: count)
      }
      for moments in [Self.twoPass(x), Self.welford(x)] {
        #expect(try passes(moments), "\(mean)")
        #expect(try passes(moments, isAffine: true), "\(mean)")
      }
      #expect(try passes(Self.onePass(x)) == (mean == 0), "\(mean)")
      guard mean == 0 else { continue }
      let (average, variance) = Self.twoPass(x)
      // The unbiased variance, no ε, and statistics of FP16.
      let count = Float(count)
      #expect(try !passes((average, variance * count / (count - 1))))
      #expect(try !passes((average, variance - Self.epsilon)) || count > 255)
      #expect(try !passes((average, Float(Float16(variance)))))
      #expect(try !passes((average + 0x1p-11, variance)))
    }
  }

  @Test("RMS norm in Float passes; the deviation instead, and a root of BF16, do not")
  func rmsNorm() throws {
    let x = ReferenceOracle.normal(512, mean: 0.5, seed: 9)
    let outputs = try ReferenceOracle.with(x.map(Double.init), rows: 1, columns: 512) {
      try ExactRMSNorm(#require($0), epsilon: Double(Self.epsilon)).values(ofRows: 0..<1)
    }
    let square = x.reduce(0) { $0 + $1 * $1 } / 512
    let r = 1 / (square + Self.epsilon).squareRoot()
    #expect(try ReferenceOracle.passes(x.map { $0 * r }, outputs, terms: 512))
    let short = ReferenceOracle.bfloat(r)
    #expect(try !ReferenceOracle.passes(x.map { $0 * short }, outputs, terms: 512))
    let deviation = 1 / (Self.twoPass(x).variance + Self.epsilon).squareRoot()
    #expect(try !ReferenceOracle.passes(x.map { $0 * deviation }, outputs, terms: 512))
    #expect(
      try !ReferenceOracle.passes(x.map { Float(Float16($0 * r)) }, outputs, terms: 512))
  }
}
