// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Reports

@Suite struct EscapingTests {
  @Test("Markup: no character of the text keeps a meaning")
  func markup() {
    #expect(
      Escaping.markup("<a href=\"x\">&'") == "&lt;a href=&quot;x&quot;&gt;&amp;&#39;")
    #expect(Escaping.markup("a\u{0}b\u{1b}c\u{ffff}") == "a\u{fffd}b\u{fffd}c\u{fffd}")
    #expect(Escaping.markup("2⁻²⁴ ‖x‖") == "2⁻²⁴ ‖x‖")
  }

  @Test(
    "CSV: what a field holds comes back, whatever it holds",
    arguments: ["", "plain", "a,b", "a\"b", "\"", "a\r\nb", "ü,\"\"", " x "])
  func csvRoundTrip(_ text: String) {
    var table = DataTable(columns: [text, "second"])
    table.append([.text(text), .integer(-3)])
    #expect(csvFields(table.csv) == [[text, "second"], [text, "-3"]])
  }

  @Test("CSV: no spreadsheet takes a text for a formula, and numbers stay numbers")
  func csvFormula() {
    for text in ["=1+1", "+1", "-1", "@x", "\tx"] { #expect(Escaping.csv(text) == "'" + text) }
    #expect(DataTable.field(.number(-1.5)) == "-1.5")
  }

  @Test("CSV: every Double comes back bit for bit")
  func csvNumbers() {
    for index in 0..<2000 {
      let word = Fixture.noise(index, 3)
      let value = word * (index % 2 == 0 ? 0x1p-900 : 0x1p700)
      #expect(Double(DataTable.field(.number(value)))?.bitPattern == value.bitPattern)
    }
    #expect(DataTable.field(.number(.nan)) == "nan")
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
