// SPDX-License-Identifier: Apache-2.0
import Randomness
import Testing

@testable import MPFROracle

@Suite("Γ and ln |Γ| in FP64")
struct GammaSeriesTests {
  /// FP32 numbers of 2^-8 to 64 in magnitude: random ones of each binade and sign, ends, and the
  /// neighbours of poles, of the zeros of ln |Γ| and of the halves between which the recurrence steps.
  private static let operands: [Float] = {
    var operands: [Float] = [0x1p-8, -0x1p-8]
    for binade in 119..<133 as Range<UInt32> {
      for k in 0..<100 {
        let word = RandomWords.word(seed: 15, index: UInt64(binade) << 8 | UInt64(k))
        let sign: UInt32 = k % 2 == 0 ? 0 : 1 << 31
        operands.append(Float(bitPattern: sign | binade << 23 | word >> 9))
      }
    }
    let zeros: [Float] = [1, 2, -2.457_024_8, -2.747_682_7, -3.143_580_9, -3.955_294_3]
    let halves = (-64...63).map { Float($0) / 2 + 0.5 }
    for point in zeros + halves + (-63...(-1)).map(Float.init) where point != 0 {
      operands += [-64, -9, -1, 0, 1, 17, 100].map {
        Float(bitPattern: UInt32(bitPattern: Int32(bitPattern: point.bitPattern) + $0))
      }
    }
    return operands
  }()

  @Test("The recurrence errs by less than 2^-46 of the value, and is known nearly everywhere")
  func recurrence() {
    for function in [RealFunction.gamma, .lgamma] {
      let reference = ElementaryReference(function)
      var unknown = 0
      for x in Self.operands where x.magnitude >= 0x1p-8 && x.magnitude < 64 {
        guard let value = GammaSeries.value(function, at: Double(x)) else {
          unknown += 1
          continue
        }
        // 2^-46 of a value are at least 64 of its ulp.
        #expect(reference.error(of: value, at: Double(x)) <= 64, "\(function) \(x)")
      }
      #expect(unknown < Self.operands.count / 10, "\(function)")
    }
  }

  @Test("There is no value at a pole, and ln |Γ| is zero at 1 and 2")
  func points() {
    for n in 1...64 {
      #expect(GammaSeries.value(.gamma, at: -Double(n)) == nil)
      #expect(GammaSeries.value(.lgamma, at: -Double(n)) == nil)
    }
    #expect(GammaSeries.value(.lgamma, at: 1) == 0 && GammaSeries.value(.lgamma, at: 2) == 0)
  }

  @Test("The natural logarithm errs by less than 3 u (1 + |ln x|), next to 1 by 5 u of itself")
  func logarithm() {
    let reference = ElementaryReference(.log)
    for k in 0..<2000 as Range<UInt64> {
      let word = UInt64(RandomWords.word(seed: 16, index: k)) << 32 | k << 20
      let offset = Double(Int64(bitPattern: word)) * 0x1p-65 / Double(1 << (k % 25))
      let wide = Double(bitPattern: (723 + k % 600) << 52 | word >> 12)
      let x = k % 2 == 0 ? 1 + offset : wide
      let value = GammaSeries.naturalLogarithm(x)
      let error = reference.error(of: value, at: x) * value.ulp
      let isNear = x > 0.7072 && x < 1.4142
      let relative = 5 * 0x1p-53 * value.magnitude
      #expect(error <= (isNear ? relative : 3 * 0x1p-53 * (1 + value.magnitude)), "\(x)")
    }
  }
}
