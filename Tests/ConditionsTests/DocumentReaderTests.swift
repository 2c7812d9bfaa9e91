// SPDX-License-Identifier: Apache-2.0
import Conditions
import TensorFiles
import Testing

@Suite("JSON documents are read strictly")
struct DocumentReaderTests {
  private func read(_ text: String) throws -> DocumentValue {
    try DocumentReader.read(FileContents(path: "d.json", bytes: Array(text.utf8)))
  }

  @Test("Every kind of value, with the spelling of its number or text resolved")
  func values() throws {
    let document = try read(
      #" { "a" : [ null, true, false, -12, 0.5, 1E+3 ], "b": {}, "c": [] , "": "x" } "#)
    let list = try #require(document.object?["a"]?.elements)
    #expect(list.map(\.summary) == ["null", "true", "false", "-12", "0.5", "1000.0"])
    #expect(document.object?.keys == ["", "a", "b", "c"])
    #expect(document.object?["b"]?.object?.members.isEmpty == true)
    #expect(document.object?["c"]?.elements?.isEmpty == true)
    #expect(document.object?["d"] == nil)
  }

  @Test("Escapes of RFC 8259, surrogate pairs included")
  func escapes() throws {
    let text = try read(#""\" \\ \/ \b \f \n \r \t \u00e9 \ud83d\ude00 é""#).text
    #expect(text == "\" \\ / \u{8} \u{c} \n \r \t \u{e9} \u{1f600} \u{e9}")
  }

  @Test("What breaks the grammar is told with its byte")
  func problems() {
    let rows: [(text: String, byte: Int?, reason: String)] = [
      ("", nil, "it is empty"), ("  ", nil, "it is empty"), ("{", 1, "a key is expected"),
      ("[1", 2, "',' or ']' is expected, found the end"), ("[1,]", 3, "a value is expected"),
      ("{\"a\":1,}", 7, "a key is expected"), ("{\"a\" 1}", 5, "':' is expected, found '1'"),
      ("{a:1}", 1, "a key is expected, found 'a'"), ("nul", 0, "a value is expected"),
      ("[1 2]", 3, "',' or ']'"), ("01", 0, "'01' is no number"), ("[-]", 1, "'-' is no number"),
      ("1.", 0, "no number"), (".5", 0, "a value is expected"), ("+1", 0, "a value is expected"),
      ("1e", 0, "no number"), ("0x10", 1, "something follows"), ("1e999", 0, "beyond"),
      ("NaN", 0, "a value is expected"), ("1 1", 2, "something follows"),
      ("{}\n{}", 3, "no JSON lines"), ("\"a", 0, "without its closing quote"),
      ("\"a\u{1}\"", 2, "a control character"), (#""\x""#, 1, "an escape that JSON does not"),
      (#""\u12g4""#, 1, "four hexadecimal digits"), (#""\ud800""#, 1, "half a surrogate"),
      (#""\ud800\u0041""#, 1, "half a surrogate"), (#""\udc00""#, 1, "half a surrogate"),
      (#"{"b": {"a":1,"c":2,"a":3}}"#, 6, "a key stands twice"),
      (String(repeating: "[", count: 100_000), 64, "nested more than 64 levels"),
    ]
    for row in rows {
      do {
        _ = try read(row.text)
        Issue.record("'\(row.text.prefix(40))' was read")
      } catch let problem as TensorFileProblem {
        #expect(problem.byte == row.byte, "\(row.text.prefix(40)): \(problem)")
        #expect(problem.description.contains(row.reason), "\(row.text.prefix(40)): \(problem)")
        #expect(problem.path == "d.json")
      } catch {
        Issue.record("\(error)")
      }
    }
  }

  @Test("Bytes that are no UTF-8 are refused")
  func encoding() {
    let bytes: [UInt8] = [0x22, 0xc3, 0x22]
    #expect(throws: TensorFileProblem.self) {
      try DocumentReader.read(FileContents(path: "d.json", bytes: bytes))
    }
  }

  @Test("Half a document is never a crash, wherever it ends")
  func truncated() {
    let text = #"{"a":[1.5e-3,"\u00e9",null],"b":{"c":true}}"#
    for length in 0..<text.utf8.count {
      #expect(throws: TensorFileProblem.self) { try read(String(text.prefix(length))) }
    }
  }
}
