// SPDX-License-Identifier: Apache-2.0
import TestSupport
import Testing

@testable import JSON5

/// The value in the notation of JSON, numbers as FP64, and the problem where there is one.
private func read(_ text: String) -> String { read(Array(text.utf8)) }

private func read(_ bytes: [UInt8]) -> String {
  do {
    return plain(try JSON5Reader.read(bytes, path: "f"))
  } catch {
    return error.description
  }
}

private func plain(_ value: JSON5Value) -> String {
  switch value.content {
  case .null: "null"
  case .flag(let flag): "\(flag)"
  case .number(let number): "\(number.double)"
  case .string(let text): "<\(text)>"
  case .array(let values): "[" + values.map(plain).joined(separator: " ") + "]"
  case .object(let object):
    "{" + object.members.map { "\($0.key)=\(plain($0.value))" }.joined(separator: " ") + "}"
  }
}

@Suite("JSON5")
struct JSON5ReaderTests {
  @Test("What the standard allows beyond JSON is read")
  func accepted() {
    for (text, expected) in [
      ("{}", "{}"), ("[]", "[]"), (" null ", "null"), ("[true,false,]", "[true false]"),
      ("{a: 1, 'b': 2, \"c\": 3,}", "{a=1.0 b=2.0 c=3.0}"),
      ("// x\n/* y\n * z **/ 1 // end", "1.0"), ("\u{feff}\u{a0}1\u{2028}", "1.0"),
      (
        "[0, -0, +1, .5, 5., 5.e1, 1e3, 1E-3, -.25e+2]",
        "[0.0 -0.0 1.0 0.5 5.0 50.0 1000.0 0.001 -25.0]"
      ),
      ("[0x10, -0XfF, +0xABCDEF0123456789]", "[16.0 -255.0 1.2379813738877118e+19]"),
      ("[Infinity, -Infinity, +Infinity]", "[inf -inf inf]"), ("NaN", "nan"),
      ("'it\\'s \"q\" \\\"'", "<it's \"q\" \">"),
      (
        #""\b\f\n\r\t\v\0\x41\u00e9\ud83d\ude00\q""#,
        "<\u{8}\u{c}\n\r\t\u{b}\u{0}A\u{e9}\u{1f600}q>"
      ),
      ("'a\\\nb\\\r\nc\\\u{2028}d'", "<abcd>"), ("'\u{2028}'", "<\u{2028}>"),
      (
        "{$a_1: 1, \u{e4}\u{300}: 2, \\u0061b: 3, null: 4}",
        "{$a_1=1.0 \u{e4}\u{300}=2.0 ab=3.0 null=4.0}"
      ),
      ("1.7976931348623157e308", "1.7976931348623157e+308"), ("1e999", "inf"),
    ] {
      #expect(read(text) == expected, "\(text)")
    }
  }

  @Test("What breaks the grammar is told with line and column")
  func refused() {
    for (text, expected) in [
      ("", "line 1, column 1: nothing but white space and comments: a value is missing"),
      (" \n // x", "line 2, column 6: nothing but white space and comments: a value is missing"),
      ("{\n  a 1}", "line 2, column 5: ':' is expected after the key 'a', found '1'"),
      ("[1 2]", "line 1, column 4: ',' or ']' is expected, found '2'"),
      ("{a: 1; b: 2}", "line 1, column 6: ',' or '}' is expected, found ';'"),
      ("{a: 1", "line 1, column 6: the object that begins on line 1 has no end"),
      ("\n[\n[1],", "line 3, column 5: the list that begins on line 2 has no end"),
      ("{a: }", "line 1, column 5: a value is expected, found '}'"),
      ("{,}", "line 1, column 2: a key is expected, found ','"),
      ("[,]", "line 1, column 2: a value is expected, found ','"),
      ("{a:1,,}", "line 1, column 6: a key is expected, found ','"),
      ("{1a: 1}", "line 1, column 2: a key is expected, found '1'"),
      ("hello", "line 1, column 1: 'hello' is no value; a string stands in quotes"),
      ("'a\nb'", "line 1, column 1: the string that begins here does not end on its line"),
      ("/* x", "line 1, column 1: the comment that begins here has no end"),
      ("/ 1", "line 1, column 1: a '/' that begins no comment"),
      ("1 2", "line 1, column 3: nothing may follow the value, found '2'"),
      ("01", "line 1, column 1: '01' is no number"),
      ("1.2.3", "line 1, column 1: '1.2.3' is no number"),
      ("+", "line 1, column 1: '' is no number"), ("0x", "line 1, column 1: '0x' is no number"),
      ("1e", "line 1, column 1: '1e' is no number"), ("--1", "line 1, column 1: '-' is no number"),
      ("'\\8'", "line 1, column 2: \\8 is no escape"),
      ("'\\x4'", "line 1, column 2: the escape wants 2 hexadecimal digits"),
      ("'\\ud83d'", "line 1, column 2: half of a surrogate pair"),
      ("'\\ud83d\\u0041'", "line 1, column 2: half of a surrogate pair"),
      ("'\\01'", "line 1, column 2: no digit may follow \\0"),
      ("{\\u0031a: 1}", "line 1, column 2: the escape is no letter of a key"),
      ("{\n a: 1,\n 'a': 2 }", "line 3: 'a' stands twice, first on line 2"),
      ("\r\n\r [1 \u{7}]", "line 3, column 5: ',' or ']' is expected, found '\u{7}'"),
    ] {
      #expect(read(text) == "'f', " + expected, "\(text)")
    }
    #expect(
      read(Array("{\n a: '".utf8) + [0xff]).hasPrefix("'f', line 2: byte 7 of the file begins no"))
    #expect(
      read([UInt8](repeating: 32, count: 1 << 21)) == "'f': 2097152 bytes; at most 1048576 are read"
    )
  }

  @Test("Nesting is bounded on either side of the limit")
  func nesting() {
    func nested(_ depth: Int) -> String {
      read(String(repeating: "[", count: depth) + String(repeating: "]", count: depth))
    }
    #expect(nested(64).count == 128)
    #expect(nested(65) == "'f', line 1, column 65: nested more than 64 levels deep")
    #expect(read(String(repeating: "{a:", count: 300_000)).hasSuffix("levels deep"))
  }

  @Test("Every key and value knows its line and column, for LF, CR and CRLF")
  func places() throws {
    for end in ["\n", "\r", "\r\n"] {
      let text = ["{ // one", "  a: 'x\u{e9}', b:", "  [1,", "   2] }"].joined(separator: end)
      let value = try JSON5Reader.read(Array(text.utf8), path: "f")
      guard case .object(let object) = value.content else { return #expect(Bool(false)) }
      let b = try #require(object["b"])
      #expect(object["a"]?.place == JSON5Place(line: 2, column: 3))
      #expect(b.place == JSON5Place(line: 2, column: 12))
      #expect(b.value.place == JSON5Place(line: 3, column: 3))
      guard case .array(let values) = b.value.content else { return #expect(Bool(false)) }
      #expect(values[1].place == JSON5Place(line: 4, column: 4))
    }
  }

  @Test("Whole numbers keep all 64 bits, in either notation, and nothing else passes for one")
  func whole() throws {
    func whole(_ text: String) throws -> UInt64? {
      let value = try JSON5Reader.read(Array(text.utf8), path: "f")
      guard case .number(let number) = value.content else { return nil }
      return number.whole(as: UInt64.self)
    }
    #expect(try whole("18446744073709551615") == .max)
    #expect(try whole("0xffffffffffffffff") == .max)
    #expect(try whole("2e3") == 2000)
    for text in ["18446744073709551616", "-1", "1.5", "1e-1", "1e30", "Infinity", "NaN"] {
      #expect(try whole(text) == nil, "\(text)")
    }
  }

  @Test("No mutation of a text crashes the reader")
  func mutations() {
    let text = """
      { // an experiment
        kind: "training", list: [1, -2.5e3, +0x1F, Infinity, .5,], 'quoted\\u0041\\x41': null,
        /* nested */ deep: { a: { b: [ { c: true }, 'line \\
      goes on', ] } }, seed: 18446744073709551615,
      }
      """
    var draw = Draw(seed: 1)
    var read = 0
    for _ in 0..<30_000 {
      let bytes = draw.mutation(of: Array(text.utf8))
      if (try? JSON5Reader.read(bytes, path: "f")) != nil { read += 1 }
    }
    #expect(read > 100 && read < 29_000)
  }
}
