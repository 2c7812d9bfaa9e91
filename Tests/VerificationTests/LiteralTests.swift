// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle
import Randomness
import SoftFloat
import Testing

@Suite("Numbers as text are rounded as MPFR reads them")
struct LiteralTests {
  private static let formats =
    Format.named.map(\.format) + ["e2m2", "e5m7", "e8m1", "e6m17"].compactMap(Format.init(id:))

  /// Every rounding, and the other choices of tininess, underflow and overflow in one.
  private static let semantics: [Semantics] =
    (Rounding.deterministic + [.stochastic(bits: 9, seed: 3), .stochastic(bits: 32, seed: 4)])
    .flatMap { rounding in
      [
        Semantics(rounding: rounding),
        Semantics(
          rounding: rounding, tininess: .beforeRounding, subnormals: .flushResults,
          overflow: .saturate),
      ]
    }

  /// The first differences, at most four, between reader and MPFR on a text.
  private static func differences(_ text: String, _ format: Format) throws -> [String] {
    let literal = try #require(Oracle.Literal(text), "MPFR does not read \(text)")
    let number = try NumberText(text)
    return semantics.enumerated().compactMap { index, semantics in
      let index = UInt64(index)
      let got = Arithmetic.convert(number, to: format, semantics: semantics, index: index)
      let expected = literal.rounded(to: format, semantics: semantics, index: index)
      guard got.value != expected.value || got.flags != expected.flags else { return nil }
      return "\(text) to \(format) \(semantics.rounding) \(semantics.overflow): "
        + "\(got.value) \(got.flags), MPFR \(expected.value) \(expected.flags)"
    }
  }

  /// The magnitude significand x 2^exponent as decimal text of several shapes, then a hair above
  /// and below it: one digit more, one less, a long tail of zeros or nines.
  private static func texts(_ significand: UInt64, _ exponent: Int) -> [String] {
    let decimal = DecimalDigits(significand: BigNatural(significand), exponent: exponent)
    let digits = String(decoding: decimal.digits.map { $0 + 0x30 }, as: UTF8.self)
    let point = decimal.exponent
    let last = Int(decimal.digits.last ?? 1)
    let less = digits.dropLast() + String(last - 1)
    func scientific(_ digits: some StringProtocol) -> String { "0.\(digits)e\(point)" }
    func tail(_ count: Int, _ digit: String) -> String { String(repeating: digit, count: count) }
    let hex = String(significand, radix: 16)
    return [
      decimal.positional, scientific(digits), "\(digits)00E\(point - digits.count - 2)",
      scientific(digits + "1"), scientific(digits.dropLast() + "0"),
      scientific(less + "9"), scientific(digits + tail(800, "0") + "1"),
      scientific(less + tail(800, "9")), scientific(digits + tail(900, "0")),
      "0x\(hex)p\(exponent)", "0x\(hex).\(tail(60, "0"))1p\(exponent)",
      "0x0.\(hex)p\(exponent + 4 * hex.count)",
      "0x\(String(significand - 1, radix: 16)).\(tail(60, "f"))p\(exponent)",
    ]
  }

  @Test("Midpoints of neighbours and the numbers themselves, with a hair on either side")
  func midpoints() throws {
    var found: [String] = []
    var count = 0
    for format in LiteralTests.formats {
      let last = format.largestFinite
      // All of a small format; of a large one both ends, the subnormal border and places between.
      let hidden = UInt32(1) << UInt32(format.fractionBits)
      let places: [UInt32] =
        last < 300
        ? Array(0...last)
        : [0, 1, 2, hidden - 2, hidden - 1, hidden, hidden + 1, last - 2, last - 1, last]
          + (0..<60).map { RandomWords.word(seed: 9, index: $0) % last }
      for bits in places {
        let parts = format.decode(bits)
        let (m, q) = (UInt64(parts.significand), parts.exponent)
        // The number, the midpoint above it, quarters; of the largest, where overflow begins.
        let points = [
          (m, q), (2 * m + 1, q - 1), (4 * m + 1, q - 2), (4 * m + 3, q - 2),
        ]
        for (significand, exponent) in points where significand != 0 {
          for (i, text) in LiteralTests.texts(significand, exponent).enumerated()
          where found.count < 8 {
            let sign = (Int(bits) + i) % 2 == 0 ? "" : "-"
            found += try LiteralTests.differences(sign + text, format)
            count += 1
          }
        }
      }
    }
    #expect(found == [])
    #expect(count > 50_000)
  }

  @Test("Random literals: 1 to 40 digits, exponents across and beyond every format")
  func random() throws {
    var found: [String] = []
    for index in UInt64(0)..<20_000 where found.count < 8 {
      func word(_ seed: UInt64) -> Int { Int(RandomWords.word(seed: seed, index: index)) }
      let isHexadecimal = index % 3 == 0
      let radix = isHexadecimal ? 16 : 10
      let count = 1 + word(1) % 40
      let digits = (0..<count).map { String(word(UInt64(100 + $0)) % radix, radix: radix) }
      let point = word(2) % (count + 1)
      let body = digits[..<point].joined() + "." + digits[point...].joined()
      let exponent = isHexadecimal ? word(3) % 400 - 200 : word(3) % 120 - 60
      let sign = ["", "-", "+"][word(4) % 3]
      let text = sign + (isHexadecimal ? "0x\(body)p\(exponent)" : "\(body)e\(exponent)")
      let format = LiteralTests.formats[word(5) % LiteralTests.formats.count]
      found += try LiteralTests.differences(text, format)
    }
    #expect(found == [])
  }

  @Test("Zeros, infinities and exponents beyond any range")
  func ends() throws {
    for format in LiteralTests.formats {
      for text in [
        "0", "-0", "0e99999", "-0x0p0", "inf", "-infinity", "1e400", "-1e400", "1e-400", "-1e-400",
        "1e999999999999", "1e-999999999999", "0x1p999999999999", "-0x1p-999999999999",
        "0x1p1000", "0x1p-1000",
      ] {
        #expect(try LiteralTests.differences(text, format) == [])
      }
    }
  }

  @Test("MPFR is not asked about NaNs, encodings and what is no number")
  func unasked() {
    for text in ["nan", "snan", "0x3c00", "", "1.5x", "0x1.8", "e5", "--1"] {
      #expect(Oracle.Literal(text) == nil, "\(text)")
    }
  }
}
