// SPDX-License-Identifier: Apache-2.0
import Formats
import Testing

@Suite("Reading numbers")
struct NumberTextTests {
  private func magnitude(_ text: String) throws -> TruncatedSignificand {
    guard case .finite(_, let magnitude) = try NumberText(text) else { return .zero }
    return magnitude
  }

  @Test("One number in many spellings")
  func spellings() throws {
    let expected = TruncatedSignificand(significand: 3 << 62, exponent: -63, hasMore: false)
    for text in ["1.5", "+1.50", "15e-1", "0.15E1", ".15e+1", "0x1.8p0", "0X3P-1", "0x.cp1"] {
      #expect(try magnitude(text) == expected, "\(text)")
    }
    #expect(try NumberText("-1.5") == .finite(isNegative: true, magnitude: expected))
    #expect(try NumberText("-Infinity") == .infinity(isNegative: true))
    #expect(try NumberText("0x3C00") == .encoding(0x3c00))
    #expect(try NumberText("NaN") == .nan(isNegative: false, isSignaling: false, payload: 0))
    #expect(
      try NumberText("-snan(0x1f)") == .nan(isNegative: true, isSignaling: true, payload: 0x1f))
  }

  @Test("Truncation keeps 64 bits and remembers the rest")
  func truncation() throws {
    let tenth = try magnitude("0.1")
    #expect(tenth.significand == 0xcccc_cccc_cccc_cccc)
    #expect(tenth.exponent == -67 && tenth.hasMore)
    let wide = try magnitude("18446744073709551617")
    #expect(wide.significand == 1 << 63 && wide.exponent == 1 && wide.hasMore)
    let even = try magnitude("18446744073709551618")
    #expect(even.significand == (1 << 63) + 1 && even.exponent == 1 && !even.hasMore)
    let long = try magnitude("1." + String(repeating: "0", count: 5_000) + "1")
    #expect(long.significand == 1 << 63 && long.hasMore)
    let zeros = try magnitude("1" + String(repeating: "0", count: 50) + "e-50")
    #expect(zeros.significand == 1 << 63 && zeros.exponent == -63 && !zeros.hasMore)
    let hex = try magnitude("0x1." + String(repeating: "0", count: 5_000) + "1p0")
    #expect(hex.significand == 1 << 63 && hex.exponent == -63 && hex.hasMore)
  }

  @Test("Absurd exponents end quickly and stay on their side")
  func extremes() throws {
    #expect(try magnitude("1e99999999999999999999").exponent > 500)
    #expect(try magnitude("1e-99999999999999999999").exponent < -500)
    #expect(try magnitude("0e99999999999999999999").significand == 0)
    #expect(try magnitude("0x1p99999999999999999999").exponent > 500)
    #expect(
      try magnitude("0." + String(repeating: "0", count: 10_000) + "1e10001") == magnitude("1"))
  }

  @Test(
    "A malformed number names the reason and the place",
    arguments: [
      ("", 0, "expected a digit"), ("abc", 0, "expected a digit"), ("1.5x", 3, "unexpected text"),
      ("1e", 2, "expected a digit"), ("--1", 1, "expected a digit"), (".", 1, "expected a digit"),
      ("1.2.3", 3, "unexpected text"), ("0x", 2, "expected a digit"),
      ("0x1.8", 5, "expected a binary exponent"), ("-0x3c00", 7, "an encoding takes no sign"),
      ("0x123456789", 11, "an encoding has at most 32 bits"), ("nan(1)", 4, "expected a payload"),
      ("nan(0x1", 7, "expected ')'"),
      ("snan(0x0)", 8, "a signaling NaN's payload is not 0"),
      ("infinit", 3, "unexpected text"), ("1 ", 1, "unexpected"),
      ("é", 0, "expected a digit"),
    ])
  func malformed(text: String, offset: Int, reason: String) {
    do {
      let number = try NumberText(text)
      Issue.record("\(text) was read as \(number)")
    } catch {
      #expect(error.offset == offset)
      #expect(error.reason.hasPrefix(reason))
    }
  }
}
