// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle
import Testing

@testable import KernelChecks

@Suite("Exact accumulators")
struct ExactAccumulatorTests {
  private let formats: [Format] = [.fp16, .bf16, .tf32, .fp32, .e5m2, .e4m3]

  private func accumulator(_ x: [UInt32], _ format: Format) -> ExactAccumulator {
    x.reduce(into: ExactAccumulator()) { $0.add(format.decode($1)) }
  }

  private func fp32(_ x: [Float]) -> ExactAccumulator {
    accumulator(x.map(\.bitPattern), .fp32)
  }

  @Test("Sums of random numbers of the whole range are MPFR's, in both Doubles")
  func sums() {
    var numbers = TestNumbers(1)
    for format in formats {
      for length in [1, 2, 3, 17, 200] {
        for _ in 0..<20 {
          let x = (0..<length).map { _ in numbers.encoding(format) }
          let exact = ReductionOracle.sum(x.map(format.value))
          #expect(ReductionOracle.agrees(accumulator(x, format).sum, exact), "\(format) \(length)")
        }
      }
    }
  }

  @Test("Sums of products of random numbers, also of two formats, are MPFR's")
  func products() {
    var numbers = TestNumbers(2)
    for format in formats {
      for other in [format, .fp32] {
        for length in [1, 2, 5, 100] {
          for _ in 0..<10 {
            let x = (0..<length).map { _ in numbers.encoding(format) }
            let y = (0..<length).map { _ in numbers.encoding(other) }
            var sum = ExactAccumulator()
            for (x, y) in zip(x, y) { sum.addProduct(format.decode(x), other.decode(y)) }
            let values = (x.map(format.value), y.map(other.value))
            #expect(ReductionOracle.agrees(sum.sum, ReductionOracle.dot(values.0, values.1)))
            let magnitudes = ReductionOracle.dot(
              values.0.map(\.magnitude), values.1.map(\.magnitude)
            ).double
            #expect(
              (sum.sum.magnitudes - magnitudes).magnitude
                <= magnitudes * Double(length + 2) * 0x1p-53)
          }
        }
      }
    }
  }

  @Test("What cancels leaves the rest, at both ends of the range and with carries through all bins")
  func adversarial() {
    let (largest, least) = (Float.greatestFiniteMagnitude, Float.leastNonzeroMagnitude)
    let powers = (-149...127).map { Float(sign: .plus, exponent: $0, significand: 1) }
    for terms in [
      [largest, least, -largest], [largest, largest, -least], [-largest, -largest, least],
      // 2^128 in all, by a carry through every bit; and one less than that.
      powers + [least], powers, powers.map { -$0 }, powers.map { -$0 } + [-least],
      // A borrow through every bit.
      [0x1p127, -least], [-0x1p127, least], [least, -least, least], [1, 0x1p-100, -1],
    ] {
      let exact = ReductionOracle.sum(terms.map(Double.init))
      #expect(ReductionOracle.agrees(fp32(terms).sum, exact), "\(terms.prefix(3))")
      #expect(ReductionOracle.agrees(fp32(terms.reversed()).sum, exact), "\(terms.prefix(3))")
    }
    var products = ExactAccumulator()
    for (x, y) in [(largest, largest), (least, least), (largest, -largest)] {
      products.addProduct(Format.fp32.decode(x.bitPattern), Format.fp32.decode(y.bitPattern))
    }
    #expect(products.sum.high == 0x1p-298 && products.sum.low == 0)
  }

  @Test("A Double's ties and what lies beside them are decided by all that is below")
  func ties() {
    for (terms, high, low) in [
      ([1, 0x1p-53], 1, 0x1p-53), ([1, 0x1p-52, 0x1p-53], 1 + 0x1p-51, -0x1p-53),
      ([1, 0x1p-53, 0x1p-149], 1 + 0x1p-52, -0x1p-53), ([1, 0x1p-53, -0x1p-149], 1, 0x1p-53),
      ([-1, -0x1p-53, -0x1p-149], -1 - 0x1p-52, 0x1p-53),
    ] as [([Float], Double, Double)] {
      let sum = fp32(terms).sum
      #expect(sum.high == high && (sum.low - low).magnitude <= 0x1p-107, "\(terms)")
    }
  }

  @Test("Merged accumulators hold the sum of all terms, 2^62 of them: carries wait, none is lost")
  func merging() {
    let (largest, least) = (Float.greatestFiniteMagnitude, Float.leastNonzeroMagnitude)
    for x in [largest, -largest, least, -least, -1, 1.9999999] as [Float] {
      var sum = ExactAccumulator()
      sum.addProduct(Format.fp32.decode(x.bitPattern), Format.fp32.decode(largest.bitPattern))
      var exact = (ReductionOracle.zero + Real(Double(x))) * Real(Double(largest))
      for _ in 0..<62 {
        sum.merge(sum)
        exact = exact + exact
      }
      #expect(ReductionOracle.agrees(sum.sum, exact), "\(x)")
    }
    var numbers = TestNumbers(3)
    let x = (0..<300).map { _ in numbers.encoding(.fp32) }
    var parts = ExactAccumulator()
    for first in stride(from: 0, to: 300, by: 70).reversed() {
      parts.merge(accumulator(Array(x[first..<min(300, first + 70)]), .fp32))
    }
    #expect(parts.sum.high == accumulator(x, .fp32).sum.high)
    #expect(parts.sum.low == accumulator(x, .fp32).sum.low)
  }

  @Test("Infinities of one sign are the sum; of both, a NaN or 0 x infinity make it a NaN")
  func specials() {
    func sum(_ pairs: [(Float, Float)]) -> Double {
      var sum = ExactAccumulator()
      for (x, y) in pairs {
        sum.addProduct(Format.fp32.decode(x.bitPattern), Format.fp32.decode(y.bitPattern))
      }
      return sum.sum.high
    }
    let infinity = Float.infinity
    #expect(sum([(infinity, 1), (-1e30, 1e30)]) == .infinity)
    #expect(sum([(infinity, -1), (5, 5), (-infinity, 2)]) == -.infinity)
    #expect(sum([(-infinity, -infinity)]) == .infinity)
    #expect(sum([(infinity, 1), (-infinity, 1)]).isNaN)
    #expect(sum([(infinity, 0)]).isNaN && sum([(-0.0, infinity), (1, 1)]).isNaN)
    #expect(sum([(.nan, 0)]).isNaN && sum([(.nan, 1), (infinity, 1)]).isNaN)
    #expect(fp32([infinity, 1]).sum.high == .infinity && fp32([.nan, 1]).sum.high.isNaN)
    #expect(fp32([-infinity]).sum.high == -.infinity && fp32([infinity, -infinity]).sum.high.isNaN)
  }

  @Test("A sum that is zero is +0, and -0 where every term is")
  func zeros() {
    func sign(_ terms: [Float]) -> FloatingPointSign { fp32(terms).sum.high.sign }
    #expect(sign([]) == .plus && sign([0]) == .plus && sign([1, -1]) == .plus)
    #expect(sign([-0.0, -0.0]) == .minus && sign([-0.0, 0]) == .plus)
    #expect(sign([-0.0, 1, -1]) == .plus)
    var product = ExactAccumulator()
    product.addProduct(Format.fp32.decode(0), Format.fp32.decode((-3 as Float).bitPattern))
    #expect(product.sum.high.sign == .minus)
  }

  @Test("Rounding to a format is to the nearest of its numbers, as MPFR's distances say")
  func rounding() throws {
    var numbers = TestNumbers(4)
    for format in formats {
      for turn in 0..<400 {
        // Two numbers and half of the first one's last place make ties; a third one decides them.
        let first = numbers.encoding(format)
        let parts = format.decode(first)
        let half = Double(sign: .plus, exponent: max(-149, parts.exponent - 1), significand: 1)
        var terms = [format.value(of: first), turn % 2 == 0 ? half : -half]
        if turn % 4 > 1 { terms.append(turn % 8 > 3 ? 0x1p-149 : -0x1p-149) }
        let sum = fp32(terms.map(Float.init)).sum
        let exact = ReductionOracle.sum(terms)
        let result = try #require(sum.rounded(to: format))
        guard format.decode(result).isFinite else { continue }
        func distance(_ bits: UInt32) -> Real {
          let difference = exact - Real(format.value(of: bits))
          return difference < Real(0) ? -difference : difference
        }
        for neighbour in [format.nextUp(result), format.nextDown(result)]
        where format.decode(neighbour).isFinite && !format.decode(neighbour).isZero {
          let isTie = distance(result) == distance(neighbour)
          #expect(distance(result) < distance(neighbour) || (isTie && result & 1 == 0), "\(terms)")
        }
      }
    }
  }

  @Test("From half an ulp above its largest number on a format has what stands for infinity")
  func overflow() {
    let limit: [Float] = [65504, 16]
    #expect(fp32(limit).sum.rounded(to: .fp16) == 0x7c00)
    #expect(fp32(limit + [-0x1p-149]).sum.rounded(to: .fp16) == 0x7bff)
    #expect(fp32([-0x1p127, -0x1p127]).sum.rounded(to: .fp32) == 0xff80_0000)
    #expect(fp32([-0x1p127, -0x1p127]).sum.rounded(to: .bf16) == 0xff80)
    #expect(fp32([464]).sum.rounded(to: .e4m3) == 0x7e)
    #expect(fp32([465]).sum.rounded(to: .e4m3) == 0x7f)
    #expect(fp32([100]).sum.rounded(to: .e2m1) == 7 && fp32([.nan]).sum.rounded(to: .e2m1) == nil)
    #expect(fp32([-0x1p-149]).sum.rounded(to: .fp16) == 0x8000)
  }
}
