// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle
import TestSupport
import Testing

/// The oracle against the CPU's correctly rounded operations.
struct HardwareTests {
  @Test("binary32 add, sub, mul, div, sqrt, fma and remainder are the CPU's")
  func binary32() {
    var words = Draw(seed: 4)
    var wrong: [String] = []
    for i in 0..<20000 where wrong.count < 4 {
      let word = words.bits()
      let a = UInt32(truncatingIfNeeded: word)
      var b = UInt32(truncatingIfNeeded: word >> 32)
      let c = UInt32(truncatingIfNeeded: words.bits())
      // Every other pair has exponents close enough to interact.
      if i % 2 == 0 { b = b & 0x80ff_ffff | a & 0x7f00_0000 }
      let (x, y, z) = (Float(bitPattern: a), Float(bitPattern: b), Float(bitPattern: c))
      let results: [(ArithmeticOperation, Float)] = [
        (.add, x + y), (.sub, x - y), (.mul, x * y), (.div, x / y), (.sqrt, x.squareRoot()),
        (.fma, z.addingProduct(x, y)), (.remainder, x.remainder(dividingBy: y)),
        (.roundToIntegral, x.rounded(.toNearestOrEven)), (.nextUp, x.nextUp),
        (.nextDown, x.nextDown),
      ]
      for (op, expected) in results {
        let actual = evaluate(op, UInt64(a), UInt64(b), UInt64(c), .fp32).value
        let bits = expected.isNaN ? 0x7fc0_0000 : UInt64(expected.bitPattern)
        if actual != bits { wrong.append("\(op)(\(x), \(y), \(z)): \(actual), not \(bits)") }
      }
    }
    #expect(wrong == [])
  }

  @Test("the directed roundings of binary32 to an integer are the CPU's")
  func integers() {
    var words = Draw(seed: 5)
    let rules: [(Rounding, FloatingPointRoundingRule)] = [
      (.nearestEven, .toNearestOrEven), (.nearestAway, .toNearestOrAwayFromZero),
      (.towardZero, .towardZero), (.up, .up), (.down, .down),
    ]
    var wrong: [String] = []
    for _ in 0..<4000 where wrong.count < 4 {
      let word = words.bits()
      let exponent = UInt32(word >> 32) % 36 + 120
      let x = Float(bitPattern: UInt32(truncatingIfNeeded: word) & 0x807f_ffff | exponent << 23)
      for (rounding, rule) in rules {
        let semantics = Semantics(rounding: rounding)
        let bits = UInt64(x.bitPattern)
        let whole = x.rounded(rule)
        let integral = evaluate(.roundToIntegral, bits, 0, 0, .fp32, semantics)
        let integer = evaluate(.toInt64, bits, 0, 0, .fp32, semantics)
        let flags: Exceptions = whole == x ? [] : .inexact
        if integral != delivered(UInt64(whole.bitPattern), flags)
          || integer != delivered(UInt64(bitPattern: Int64(whole)), flags)
        {
          wrong.append("\(x) \(rounding)")
        }
      }
    }
    #expect(wrong == [])
  }

  #if !((os(macOS) || targetEnvironment(macCatalyst)) && arch(x86_64))
    @Test("binary16 add, sub, mul, div and sqrt are the CPU's")
    func binary16() {
      var words = Draw(seed: 6)
      var wrong: [String] = []
      for _ in 0..<20000 where wrong.count < 4 {
        let word = words.bits()
        let a = UInt16(truncatingIfNeeded: word)
        let b = UInt16(truncatingIfNeeded: word >> 32)
        let (x, y) = (Float16(bitPattern: a), Float16(bitPattern: b))
        let results: [(ArithmeticOperation, Float16)] = [
          (.add, x + y), (.sub, x - y), (.mul, x * y), (.div, x / y), (.sqrt, x.squareRoot()),
        ]
        for (op, expected) in results {
          let actual = evaluate(op, UInt64(a), UInt64(b)).value
          let bits = expected.isNaN ? 0x7e00 : UInt64(expected.bitPattern)
          if actual != bits { wrong.append("\(op)(\(x), \(y)): \(actual), not \(bits)") }
        }
      }
      #expect(wrong == [])
    }
  #endif
}
