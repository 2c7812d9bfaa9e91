// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle
import Testing

@testable import KernelChecks

@Suite("Scaled errors")
struct ScaledErrorTests {
  private func exact(_ terms: [Float]) -> ExactReduction {
    terms.reduce(into: ExactAccumulator()) { $0.add(Format.fp32.decode($1.bitPattern)) }.sum
  }

  private func error(
    _ result: UInt32, _ terms: [Float], output: Format = .fp32, accumulator: Format = .fp32,
    flushes: Bool = false
  ) -> ScaledError {
    var arithmetic = ScaledError.Arithmetic(
      accumulator: accumulator, output: output, terms: terms.count)
    arithmetic.flushesSubnormals = flushes
    var error = ScaledError(arithmetic)
    error.add(result, exact(terms), at: 7)
    return error
  }

  private func error(_ result: Float, _ terms: [Float]) -> ScaledError {
    error(result.bitPattern, terms)
  }

  @Test("It is never below its definition in MPFR and above it by its slack at most")
  func definition() {
    var numbers = TestNumbers(7)
    for turn in 0..<2000 {
      let terms = (0..<(1 + turn % 9)).map { _ in
        Float(bitPattern: numbers.encoding(.fp32, within: turn % 2 == 0 ? 4 : 130))
      }
      let sum = ReductionOracle.sum(terms.map(Double.init))
      let magnitudes = ReductionOracle.sum(terms.map { Double($0.magnitude) })
      let near = Float(sum.double)
      guard near.isFinite, near != 0 else { continue }
      let results = [
        near.nextUp, near.nextDown.nextDown, 0, -near, near * 1.001, near + 0x1p-20,
        terms.reduce(0, +),
      ]
      for result in results where result.isFinite {
        // Ulps are taken at the exact value, where those beside it have the same binade.
        guard near.nextUp.nextUp.exponent == near.nextDown.nextDown.exponent else { continue }
        let difference = sum - Real(Double(result))
        let distance = difference < Real(0) ? -difference : difference
        let excess = distance - Real(Double(near.ulp) / 2 + Double(terms.count) * 0x1p-150)
        let expected = excess < Real(0) ? 0 : (excess / (magnitudes * Real(0x1p-24))).double
        let largest = error(result, terms).largest
        let slack = 1 + Double(terms.count + 8) * 0x1p-50
        #expect(expected <= largest && largest <= expected * slack + 0x1p-50, "\(terms) \(result)")
      }
    }
  }

  @Test("Half an ulp is the exact value's, also just below a power of two")
  func ulps() {
    let below = error(1 - 0x1p-23, [1, -0x1p-60])
    #expect((below.largest - 1.5).magnitude < 1e-9)
    let above = error(1 - 0x1p-23, [1, 0x1p-60])
    #expect((above.largest - 1).magnitude < 1e-9)
    // At and below emin it is that of the subnormal numbers.
    #expect(error(0x1p-149 * 3, [0x1p-149]).largest > 0x1p24)
    #expect(error(Float(bitPattern: 0), [0, 0]).largest == 0)
    #expect(error(1, [0, 0]).largest == .infinity)
    #expect(error(0x1p-100, [0, 0]).worst == 7)
    // FP16 output: the tie 2049 has two results, of which one is the nearest even.
    #expect(error(0x6800, [2048, 1], output: .fp16).largest == 0)
    #expect(error(0x6801, [2048, 1], output: .fp16).largest < 1e-10)
    #expect(error(0x6802, [2048, 1], output: .fp16).largest > 100)
  }

  @Test("Products below the least subnormal number are no error, flushed results none by flag")
  func underflow() {
    var product = ExactAccumulator()
    let small = Format.fp32.decode((0x1p-76 as Float).bitPattern)
    for _ in 0..<4096 { product.addProduct(small, small) }
    // 4096 products of 2^-152, each of which FP32 rounds to zero.
    var arithmetic = ScaledError.Arithmetic(accumulator: .fp32, output: .fp32, terms: 4096)
    var error = ScaledError(arithmetic)
    error.add(0, product.sum, at: 0)
    #expect(error.largest == 0)
    arithmetic = .init(accumulator: .fp32, output: .fp32, terms: 1)
    error = ScaledError(arithmetic)
    error.add(0, product.sum, at: 0)
    #expect(error.largest > 1e6)
    #expect(self.error(0, [0x1p-130], flushes: true).largest == 0)
    #expect(self.error(0, [0x1p-130]).largest > 1e6)
  }

  @Test("A NaN or an infinity in the wrong place is an infinite error, in the right one none")
  func specials() {
    let largest = Float.greatestFiniteMagnitude
    for (result, terms) in [
      (.nan, [1, 2]), (.infinity, [1, 2]), (-.infinity, [largest, largest]), (1, [.nan]),
      (.infinity, [.nan]), (largest, [.infinity]), (-.infinity, [.infinity]),
      (.nan, [.infinity, 1]), (0, [.infinity, -.infinity]), (.infinity, [0x1p126]),
    ] as [(Float, [Float])] {
      let wrong = error(result, terms)
      #expect(wrong.largest == .infinity && wrong.wrongSpecials == 1, "\(result) \(terms)")
      #expect(wrong.worst == 7 && wrong.normwise == .infinity)
    }
    for (result, terms) in [
      (.nan, [.nan, 1]), (-.nan, [.infinity, -.infinity]), (.infinity, [.infinity, -1]),
      (.infinity, [largest, largest]), (-.infinity, [-largest, -largest]),
    ] as [(Float, [Float])] {
      let right = error(result, terms)
      #expect(right.largest == 0 && right.wrongSpecials == 0, "\(result) \(terms)")
    }
    // 2^128 instead of 1.5 2^127.
    let early = error(.infinity, [0x1.8p127])
    #expect(early.largest.isFinite && early.largest > 1e6 && early.wrongSpecials == 0)
    #expect(error(0x7fff, [465], output: .e4m3).largest == 0)
  }

  @Test("The accumulator's roundoff is the unit: BF16's is 2^16 of FP32's, truncation has twice it")
  func units() {
    let result = (1 + 0x1p-15 as Float).bitPattern
    let wide = error(result, [1, 0x1p-40])
    let narrow = error(result, [1, 0x1p-40], accumulator: .bf16)
    #expect((wide.largest / narrow.largest / 0x1p16 - 1).magnitude < 1e-6)
    var arithmetic = ScaledError.Arithmetic(accumulator: .fp32, output: .fp32, terms: 2)
    #expect(arithmetic.unitRoundoff == 0x1p-24)
    arithmetic.isNearest = false
    #expect(arithmetic.unitRoundoff == 0x1p-23)
  }

  @Test(
    "What is allowed for steps that are no sums is taken off; without a sum the rest is infinite")
  func allowance() {
    func largest(_ result: Float, magnitudes: Double, allowance: Double) -> Double {
      var error = ScaledError(.init(accumulator: .fp32, output: .fp32, terms: 1))
      let exact = ExactReduction(high: 1, low: 0, magnitudes: magnitudes)
      error.add(result.bitPattern, exact, allowance: allowance, at: 0)
      return error.largest
    }
    // 16 u, of which half an ulp is 1.
    let result = 1 + 0x1p-20 as Float
    for (allowance, expected) in [(0, 15), (5, 10), (14.5, 0.5), (15.5, 0), (1e9, 0)] {
      for magnitudes in [1, 8] as [Double] {
        let scaled = largest(result, magnitudes: magnitudes, allowance: allowance)
        #expect(scaled >= expected / magnitudes, "\(allowance)")
        #expect((scaled - expected / magnitudes).magnitude < 1e-12, "\(allowance)")
      }
      #expect(
        largest(result, magnitudes: 0, allowance: allowance) == (expected > 0 ? .infinity : 0))
    }
    // Half an ulp is free, a wrong special never.
    #expect(largest(1 - 0x1p-24, magnitudes: 0, allowance: 1e-6) == 0)
    #expect(largest(.infinity, magnitudes: 1, allowance: .infinity) == .infinity)
  }

  @Test("Norms and cosine are those of the vectors; merged parts are the whole")
  func norms() throws {
    let results: [Float] = [3, 4, 0, -1]
    let values: [Float] = [3, 0, 4, -1]
    let arithmetic = ScaledError.Arithmetic(accumulator: .fp32, output: .fp32, terms: 1)
    var whole = ScaledError(arithmetic)
    var parts = [ScaledError(arithmetic), ScaledError(arithmetic)]
    for (index, (result, value)) in zip(results, values).enumerated() {
      whole.add(result.bitPattern, exact([value]), at: index)
      parts[index / 2].add(result.bitPattern, exact([value]), at: index)
    }
    #expect(whole.normwise == (32.0 / 26).squareRoot())
    #expect((try #require(whole.cosine) - 10.0 / 26).magnitude < 1e-15)
    #expect(whole.componentwise == .infinity && whole.largest == .infinity && whole.worst == 1)
    var merged = parts[1]
    merged.merge(parts[0])
    #expect(merged.normwise == whole.normwise && merged.cosine == whole.cosine)
    #expect(merged.largest == whole.largest && merged.worst == 1 && merged.count == 4)
    #expect(merged.componentwise == whole.componentwise)
    #expect(parts[1].componentwise == 1)
  }
}
