// SPDX-License-Identifier: Apache-2.0
import Formats
import Randomness
import SoftFloat
import TestSupport
import Testing

@Suite("Text to formats")
struct ParseNumberTests {
  @Test("Every encoding survives hex, exact and shortest text", arguments: Format.enumerable)
  func roundTrip(format: Format) throws {
    let wrong = try format.counterexamples { bits in
      let exact = [
        format.hexText(bits), format.exactDecimalText(bits), format.encodingText(bits),
      ]
      return try exact.allSatisfy { text in
        try Arithmetic.parse(text, format: format) == Rounded(value: UInt64(bits), flags: [])
      } && Arithmetic.parse(format.shortestText(bits), format: format).value == UInt64(bits)
    }
    #expect(wrong == [])
  }

  /// Decimal texts of many lengths and magnitudes, halfway points among them.
  private static func texts(seed: UInt64, count: UInt64) -> [String] {
    (0..<count).map { index in
      let word = RandomWords.word(seed: seed, index: index)
      let more = RandomWords.word(seed: seed + 1, index: index)
      let exponent = Int(more % 90) - 50
      return "\(more & 256 == 0 ? "" : "-")\(word >> (more >> 27)).\(more)e\(exponent)"
    }
  }

  @Test("Nearest even agrees with the standard library's Float", arguments: [11, 12])
  func float(seed: UInt64) throws {
    for text in ParseNumberTests.texts(seed: seed, count: 5_000) {
      let reference = try #require(Float(text))
      let parsed = try Arithmetic.parse(text, format: .fp32)
      #expect(parsed.value == UInt64(reference.bitPattern), "\(text)")
    }
  }

  @Test("Every halfway point between FP16 neighbours, and a hair beside it")
  func halves() throws {
    for bits in UInt32(0)..<0x7bff where bits % 7 == 0 || bits < 64 {
      let above = bits + 1
      let sum = Format.fp16.value(of: bits) + Format.fp16.value(of: above)
      // Twice the precision of fp16 holds the halfway point: e8m23 writes it.
      let middle = Format.fp32.exactDecimalText(Float(sum / 2).bitPattern)
      let point = middle.contains(".") ? middle : middle + "."
      let beyond = point + String(repeating: "0", count: 60) + "1"
      let even = bits & 1 == 0 ? bits : above
      func value(_ text: String, _ rounding: Rounding) throws -> UInt32 {
        let semantics = Semantics(rounding: rounding)
        return UInt32(try Arithmetic.parse(text, format: .fp16, semantics: semantics).value)
      }
      #expect(try value(middle, .nearestEven) == even)
      #expect(try value(middle, .nearestAway) == above)
      #expect(try value(middle, .towardZero) == bits)
      #expect(try value(beyond, .nearestEven) == above)
      #expect(try value(beyond, .down) == bits)
      #expect(try value(beyond, .up) == above)
      #expect(try value("-" + beyond, .up) == bits | 0x8000)
      #expect(try value(beyond, .toOdd) == (bits & 1 == 1 ? bits : above))
    }
  }

  @Test(
    "Values and flags of single texts",
    arguments: [
      ("65519.99", "fp16", Rounding.nearestEven, 0x7bff, "....x"),
      ("65520", "fp16", .nearestEven, 0x7c00, "..o.x"),
      ("1e400", "fp16", .towardZero, 0x7bff, "..o.x"),
      ("-1e400", "fp16", .nearestEven, 0xfc00, "..o.x"),
      ("1e-400", "fp16", .nearestEven, 0x0000, "...ux"),
      ("-1e-400", "fp16", .nearestEven, 0x8000, "...ux"),
      ("1e-400", "fp16", .up, 0x0001, "...ux"),
      ("0x1p-25", "fp16", .nearestEven, 0x0000, "...ux"),
      ("0x1.000001p-25", "fp16", .nearestEven, 0x0001, "...ux"),
      ("0x1p-24", "fp16", .nearestEven, 0x0001, "....."),
      ("464", "e4m3", .nearestEven, 0x7e, "....x"),
      ("464.1", "e4m3", .nearestEven, 0x7f, "..o.x"),
      ("inf", "e4m3", .nearestEven, 0x7f, "..o.x"),
      ("nan", "e2m1", .nearestEven, 0x7, "v...."),
      ("snan", "fp16", .nearestEven, 0x7c01, "....."),
      ("nan(0x1ff)", "fp16", .nearestEven, 0x7fff, "....."),
      ("snan", "e4m3", .nearestEven, 0x7f, "....."),
      ("0.1", "bf16", .nearestEven, 0x3dcd, "....x"),
      ("0x3c00", "fp16", .up, 0x3c00, "....."),
    ])
  func single(
    text: String, id: String, rounding: Rounding, value: UInt64, flags: String
  ) throws {
    let format = try #require(Format(id: id))
    let parsed = try Arithmetic.parse(
      text, format: format, semantics: Semantics(rounding: rounding))
    #expect(parsed.value == value)
    #expect(parsed.flags.description == flags)
  }

  @Test("An encoding wider than the format is refused")
  func wideEncoding() {
    #expect(throws: NumberText.Malformed.self) {
      try Arithmetic.parse("0x1ff", format: .e5m2)
    }
  }

  @Test(
    "A payload for which the format has no room is refused, not dropped",
    arguments: [
      ("nan(0x200)", Format.fp16), ("nan(0xffffff)", .fp16), ("snan(0x200)", .fp16),
      ("nan(0x40)", .bf16), ("nan(0x1)", .e4m3), ("nan(0x1)", .e2m1), ("snan(0x2)", .e4m3),
      ("nan(0xffffffffffff)", .fp32),
    ])
  func widePayload(text: String, format: Format) {
    #expect(throws: NumberText.Malformed.self) { try Arithmetic.parse(text, format: format) }
  }
}
