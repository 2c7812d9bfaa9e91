// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Reports

@Suite struct NumberTextTests {
  @Test("Fixed: known values, no negative zero, no exponent")
  func fixed() {
    #expect(ReadableNumber.fixed(1.005, digits: 1) == "1.0")
    #expect(ReadableNumber.fixed(-0.04, digits: 1) == "0.0")
    #expect(ReadableNumber.fixed(-2.5, digits: 0) == "-3")
    #expect(ReadableNumber.fixed(1234.5678, digits: 2) == "1234.57")
    #expect(ReadableNumber.fixed(.nan, digits: 2) == "nan")
    #expect(ReadableNumber.fixed(-.infinity, digits: 2) == "-inf")
    #expect(ReadableNumber.trimmed(120.5, digits: 3) == "120.5")
    #expect(ReadableNumber.trimmed(120, digits: 2) == "120")
  }

  @Test("Significant: three digits at every magnitude of a Double")
  func significant() {
    #expect(ReadableNumber.significant(0) == "0")
    #expect(ReadableNumber.significant(0.00123456) == "0.00123")
    #expect(ReadableNumber.significant(9.996) == "10.0")
    #expect(ReadableNumber.significant(123_456) == "123456")
    #expect(ReadableNumber.significant(1.5e-5) == "1.50e-05")
    #expect(ReadableNumber.significant(-6.02214e23) == "-6.02e+23")
    #expect(ReadableNumber.significant(.leastNonzeroMagnitude, digits: 2) == "5.0e-324")
    for exponent in stride(from: -300, through: 300, by: 7) {
      let value = 1.2345 * pow(10, Double(exponent))
      let read = Double(ReadableNumber.significant(value)) ?? .nan
      #expect(abs(read / value - 1) < 0.005, "\(value)")
    }
  }

  @Test("Grouped and percent")
  func grouped() {
    #expect(ReadableNumber.grouped(0) == "0")
    #expect(ReadableNumber.grouped(999) == "999")
    #expect(ReadableNumber.grouped(1000) == "1,000")
    #expect(ReadableNumber.grouped(.max) == "18,446,744,073,709,551,615")
    #expect(ReadableNumber.percent(0.125) == "12.5\u{a0}%")
  }

  @Test("The logarithm agrees with libm to 4 ulp over the range of Double")
  func logarithm() {
    for index in 1..<3000 {
      let value = (Fixture.noise(index, 5) + 1.0001) * pow(2, Double(index % 2000 - 1000))
      let error = abs(Powers.log2(value) - log2(value))
      #expect(error <= 4 * max(log2(value).ulp, 0x1p-53), "\(value)")
    }
    for exponent in -1074...1023 {
      #expect(
        Powers.log2(
          exponent < -1022 ? 0x1p-1074 * pow(2, Double(exponent + 1074)) : pow(2, Double(exponent)))
          == Double(exponent))
    }
  }
}
