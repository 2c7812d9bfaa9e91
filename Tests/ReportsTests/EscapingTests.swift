// SPDX-License-Identifier: Apache-2.0
import Foundation
import Tables
import Testing
import Words

@testable import Reports

@Suite struct EscapingTests {
  @Test("Markup: no character of the text keeps a meaning")
  func markup() {
    #expect(
      Escaping.markup("<a href=\"x\">&'") == "&lt;a href=&quot;x&quot;&gt;&amp;&#39;")
    #expect(Escaping.markup("a\u{0}b\u{1b}c\u{ffff}") == "a\\u{0}b\\u{1b}c\\u{ffff}")
    #expect(Escaping.markup("2⁻²⁴ ‖x‖") == "2⁻²⁴ ‖x‖")
  }

  @Test(
    "CSV: what a field holds comes back, whatever it holds",
    arguments: ["", "plain", "a,b", "a\"b", "\"", "a\"\u{301}b", "a\r\nb", "ü,\"\"", " x "])
  func csvRoundTrip(_ text: String) {
    var table = Table(columns: [text, "second"])
    table.append([.text(text), .integer(-3)])
    #expect(csvFields(table.csv) == [[text, "second"], [text, "-3"]])
  }

  @Test("No document holds a character that turns, hides or moves what stands around it")
  func invisible() throws {
    let hidden: [Unicode.Scalar] = [
      "\u{7}", "\u{1b}", "\u{7f}", "\u{85}", "\u{9b}", "\u{ad}", "\u{34f}", "\u{61c}", "\u{115f}",
      "\u{180e}", "\u{200b}", "\u{200d}", "\u{200e}", "\u{200f}", "\u{2028}", "\u{2029}",
      "\u{202a}",
      "\u{202b}", "\u{202c}", "\u{202d}", "\u{202e}", "\u{2060}", "\u{2066}", "\u{2067}",
      "\u{2068}",
      "\u{2069}", "\u{206a}", "\u{3164}", "\u{fe0f}", "\u{feff}", "\u{fff9}", "\u{fffe}",
      "\u{e0041}",
    ]
    let name = hidden.map { "fp16\($0)" }.joined() + "-safe"
    var run = Fixture.run(steps: 12, text: name)
    run.policies[3].policy.name = name
    let report = MixedPrecisionStepReport(proof: Fixture.proof, run: run, context: Fixture.context)
    for file in try report.files() {
      let found = hidden.filter(file.text.unicodeScalars.contains)
      #expect(found.isEmpty, "\(file.path): \(found.map(\.value))")
    }
    let page = try #require(try report.files().first { $0.path == "index.html" }).text
    for scalar in hidden {
      #expect(page.contains("fp16\\u{\(String(scalar.value, radix: 16))}"))
    }
    let json = try JSONText.encode([name])
    #expect(try JSONDecoder().decode([String].self, from: Data(json.utf8)) == [name])
    #expect(VisibleText.of("Größe ‖x‖ 量子化 2⁻²⁴\u{a0}%") == "Größe ‖x‖ 量子化 2⁻²⁴\u{a0}%")
  }

  @Test("CSV: no spreadsheet takes a text for a formula, and numbers stay numbers")
  func csvFormula() {
    for text in ["=1+1", "+1", "-1", "@x", "\tx"] { #expect(Table.field(text) == "'" + text) }
    #expect(Table.Cell.number(-1.5).field == "-1.5")
  }

  @Test("CSV: every Double comes back bit for bit")
  func csvNumbers() {
    for index in 0..<2000 {
      let word = Fixture.noise(index, 3)
      let value = word * (index % 2 == 0 ? 0x1p-900 : 0x1p700)
      #expect(Double(Table.Cell.number(value).field)?.bitPattern == value.bitPattern)
    }
    #expect(Table.Cell.number(.nan).field == "nan")
  }

  @Test("Prose: exponents are raised, markup in the text stays text")
  func prose() {
    #expect(Markup.prose("below 2^-24 is") == "below 2<sup>\u{2212}24</sup> is")
    #expect(Markup.prose("1.2e-05") == "1.2\u{a0}×\u{a0}10<sup>\u{2212}5</sup>")
    #expect(Markup.prose("`a<b`") == "<code>a&lt;b</code>")
    #expect(Markup.prose("`open <b>") == "<code>open &lt;b&gt;</code>")
  }

  @Test("TeX: special characters become commands")
  func tex() {
    #expect(Escaping.tex("a_b & 5 % {x}") == "a\\_b \\& 5 \\% \\{x\\}")
    #expect(Escaping.identifier("../a b/c,{d}") == "..-a-b-c--d-")
  }
}
