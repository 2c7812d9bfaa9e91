// SPDX-License-Identifier: Apache-2.0
import Conditions
import Testing

@Suite("Numbers of documents compare exactly")
struct DocumentNumberTests {
  private func number(_ text: String) throws -> DocumentNumber {
    try #require(DocumentNumber(text), "\(text)")
  }

  /// Ascending exact values. FP64 alone would take those beyond 2^53 for equal to neighbours.
  private static let ascending = [
    "-1e300", "-9223372036854775808", "-9007199254740993",
    "-9007199254740992.0", "-1.5", "-1", "-0.1", "0", "5e-324", "0.1", "1", "1.0000000000000002",
    "9007199254740992", "9007199254740993", "9007199254740994.0", "18446744073709551614",
    "18446744073709551615", "18446744073709551616e0", "1e300",
  ]

  @Test("The order of whole numbers and numbers of FP64 is that of their exact values")
  func order() throws {
    let numbers = try Self.ascending.map(number)
    for (i, a) in numbers.enumerated() {
      for (j, b) in numbers.enumerated() {
        #expect(a.isLess(than: b) == (i < j), "\(a) < \(b)")
        #expect(a.isEqual(to: b) == (i == j), "\(a) == \(b)")
      }
    }
  }

  @Test("Spellings of one value are equal")
  func equal() throws {
    for (a, b) in [
      ("1", "1.0"), ("1000", "1e3"), ("-0", "0"), ("0.5", "5e-1"),
      ("9007199254740992", "9007199254740992.0"),
      ("18446744073709551616", "18446744073709551616.0"),
      ("-9223372036854775808", "-9223372036854775808.0"),
    ] {
      #expect(try number(a).isEqual(to: number(b)), "\(a) == \(b)")
      #expect(try number(b).isEqual(to: number(a)), "\(b) == \(a)")
    }
  }

  @Test("A NaN is neither less than, nor equal to anything; infinities are beyond all")
  func special() throws {
    let (nan, infinity) = (DocumentNumber(Double.nan), DocumentNumber(Double.infinity))
    let minus = DocumentNumber(-Double.infinity)
    for other in try Self.ascending.map(number) + [nan, infinity] {
      #expect(!nan.isLess(than: other) && !other.isLess(than: nan) && !nan.isEqual(to: other))
    }
    for other in try Self.ascending.map(number) {
      #expect(other.isLess(than: infinity) && !infinity.isLess(than: other))
      #expect(minus.isLess(than: other) && !other.isLess(than: minus))
      #expect(!other.isEqual(to: infinity))
    }
  }

  @Test("Sums, differences and products of whole numbers are exact, others those of FP64")
  func arithmetic() throws {
    let large = try number("9007199254740993")
    #expect(try large.plus(number("2")).description == "9007199254740995")
    #expect(try large.minus(number("1")).description == "9007199254740992")
    #expect(try large.times(number("3")).description == "27021597764222979")
    #expect(try number("2").minus(number("5")).description == "-3")
    #expect(
      try number("18446744073709551615").plus(number("1")).description == "1.8446744073709552e+19")
    #expect(
      try number("18446744073709551615").times(number("18446744073709551615")).double == 0x1p128)
    #expect(try number("-9223372036854775808").negated.description == "9223372036854775808")
    #expect(try number("0.1").plus(number("0.2")).double == 0.1 + 0.2)
    #expect(try number("3").times(number("0.1")).double == 3 * 0.1)
  }

  @Test("Texts that RFC 8259 does not have for numbers are none")
  func malformed() {
    for text in [
      "", "-", "+1", "01", "-01", "1.", ".1", "1.e3", "1e", "1e+", "0x1", "inf", "nan", "1 ", " 1",
      "1_000", "--1", "1e999", "１",
    ] {
      #expect(DocumentNumber(text) == nil, "\(text)")
    }
  }
}
