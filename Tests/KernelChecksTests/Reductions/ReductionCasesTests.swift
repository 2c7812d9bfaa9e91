// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle
import Testing

@testable import KernelChecks

@Suite("Cases of reductions")
struct ReductionCasesTests {
  @Test("A seed gives the same cases again and another one others")
  func seeds() {
    func draw(_ seed: UInt64) -> [UInt32] {
      var cases = ReductionCases(.bf16, seed: seed)
      return cases.normal(20) + cases.wide(20) + cases.permutation(5)
    }
    #expect(draw(1) == draw(1) && draw(1) != draw(2))
  }

  @Test("Normal numbers have the mean 0 and the variance 1, positive ones lie in [1/2, 1]")
  func distributions() {
    var cases = ReductionCases(.fp32, seed: 3)
    let x = cases.normal(20_000).map(Format.fp32.value)
    #expect((x.reduce(0, +) / 20_000).magnitude < 0.03)
    #expect((x.reduce(0) { $0 + $1 * $1 } / 20_000 - 1).magnitude < 0.05)
    #expect(cases.positive(1000).map(Format.fp32.value).allSatisfy { 0.5...1 ~= $0 })
  }

  @Test("Integers add up without a rounding in any order, however many and narrow")
  func integers() {
    for (format, accumulator, bits) in [
      (Format.fp16, Format.fp32, 24), (.bf16, .fp32, 24), (.fp32, .fp32, 24), (.fp16, .fp16, 11),
      (.bf16, .bf16, 8), (.e4m3, .fp16, 11),
    ] {
      for terms in [1, 16, 300, 5000] {
        var cases = ReductionCases(format, seed: UInt64(terms))
        let x = cases.integers(terms, terms: terms, accumulatorBits: bits).map(format.value)
        let y = cases.integers(terms, terms: terms, accumulatorBits: bits).map(format.value)
        let products = zip(x, y).map(*)
        #expect(products.contains { $0 != 0 })
        // All partial sums are integers of no more than that.
        let most = products.reduce(0) { $0 + $1.magnitude }
        #expect(most <= Double(1 << accumulator.precision), "\(format) \(terms)")
        #expect(products.allSatisfy { $0 == $0.rounded() })
      }
    }
  }

  @Test("A one in each row picks a row of the other factor; a permutation has each of them once")
  func rows() throws {
    var cases = ReductionCases(.fp16, seed: 5)
    let b = cases.wide(8 * 3)
    for a in [cases.oneHot(rows: 8, columns: 8), cases.permutation(8)] {
      let values = try exactProduct(a, b, .fp16, m: 8, k: 8, n: 3)
      for row in 0..<8 {
        let ones = (0..<8).filter { a[row * 8 + $0] == Format.fp16.one }
        #expect(ones.count == 1)
        for column in 0..<3 {
          #expect(values[row * 3 + column].high == Format.fp16.value(of: b[ones[0] * 3 + column]))
        }
      }
    }
    let permutation = cases.permutation(50)
    for column in 0..<50 {
      #expect((0..<50).filter { permutation[$0 * 50 + column] != 0 }.count == 1)
    }
    #expect(cases.oneHot(rows: 3, columns: 0).isEmpty && cases.permutation(0).isEmpty)
  }

  @Test("Wide exponents reach both ends, subnormal numbers are, specials stand where they should")
  func ranges() throws {
    for format in [Format.fp16, .bf16, .fp32, .e4m3] {
      var cases = ReductionCases(format, seed: 6)
      let wide = cases.wide(4000).map { format.decode($0) }
      #expect(wide.allSatisfy { $0.isFinite })
      let exponents = wide.filter { !$0.isZero }.map {
        $0.exponent + UInt32.bitWidth - 1 - $0.significand.leadingZeroBitCount
      }
      #expect(try #require(exponents.max()) == format.maxExponent)
      #expect(try #require(exponents.min()) <= format.minExponent)
      let subnormals = cases.subnormals(100).map { format.decode($0).classification }
      #expect(Set(subnormals) == [.positiveSubnormal, .negativeSubnormal])
    }
    let cases = ReductionCases(.fp16, seed: 7)
    let placed = try #require(cases.placing(-.infinity, at: [1, 9, -1], in: [0, 0, 0]))
    #expect(placed == [0, 0xfc00, 0])
    #expect(ReductionCases(.e4m3, seed: 7).placing(.infinity, at: [0], in: [0]) == nil)
    #expect(ReductionCases(.e4m3, seed: 7).placing(.nan, at: [0], in: [0]) == [0x7f])
  }

  @Test("Dots have about the condition that is asked for, and MPFR's value")
  func conditions() throws {
    for (format, conditions) in [
      (Format.fp32, [1e2, 1e8, 1e16, 1e30, 1e60]), (.bf16, [1e2, 1e6, 1e12]),
      (.fp16, [1e2, 1e6, 1e12]),
    ] {
      for condition in conditions {
        for seed in 1...5 as ClosedRange<UInt64> {
          let dot = try #require(
            IllConditionedDot(format, count: 200, condition: condition, seed: seed))
          let exact = ReductionOracle.dot(dot.x.map(format.value), dot.y.map(format.value))
          #expect(ReductionOracle.agrees(dot.exact, exact))
          #expect(
            dot.condition > condition / 100 && dot.condition < condition * 1000,
            "\(format) \(condition): \(dot.condition)")
        }
      }
    }
    #expect(IllConditionedDot(.fp16, count: 200, condition: 1e30, seed: 1) == nil)
    #expect(IllConditionedDot(.fp32, count: 5, condition: 10, seed: 1) == nil)
    for condition in [0.5, .infinity, .nan] as [Double] {
      #expect(IllConditionedDot(.fp32, count: 50, condition: condition, seed: 1) == nil)
    }
  }

  @Test("An FP32 dot errs by more ulps the worse the condition, and by no more scaled units")
  func conditionAndScale() throws {
    var ulps: [Double] = []
    for condition in [1e2, 1e5, 1e8] {
      let dot = try #require(
        IllConditionedDot(.fp32, count: 200, condition: condition, seed: 2))
      let result = zip(dot.x, dot.y).reduce(0 as Float) {
        $0 + Float(bitPattern: $1.0) * Float(bitPattern: $1.1)
      }
      var error = ScaledError(.init(accumulator: .fp32, output: .fp32, terms: 200))
      error.add(result.bitPattern, dot.exact, at: 0)
      #expect(error.largest < 5)
      let difference = (Double(result) - dot.exact.high).magnitude
      ulps.append(difference / Double(Float(dot.exact.high).ulp))
    }
    #expect(ulps[1] > 30 * ulps[0] && ulps[2] > 30 * ulps[1], "\(ulps)")
  }
}
