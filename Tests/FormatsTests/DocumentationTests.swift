// SPDX-License-Identifier: Apache-2.0
import Formats
import Foundation
import Testing

@Suite("docs/formats.md")
struct DocumentationTests {
  @Test("The table has the constants of the code, a row per named format")
  func table() throws {
    let root = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let text = try String(
      contentsOf: root.appendingPathComponent("docs/formats.md"), encoding: .utf8)
    let rows = text.split(separator: "\n").compactMap { line -> [String]? in
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      return cells.count == 8 && cells[0].hasPrefix("`") ? cells : nil
    }
    #expect(rows.map { $0[0] } == Format.named.map { "`\($0.id)`" })
    for (cells, named) in zip(rows, Format.named) {
      let format = named.format
      #expect(cells[2] == "\(format.exponentBits)")
      #expect(cells[3] == "\(format.precision)")
      #expect(cells[4] == "\(format.minExponent)..\(format.maxExponent)")
      #expect(cells[6] == "2^\(format.minUlpExponent)")
      let significand = format.fractionBits == 0 ? "" : "(2-2^-\(format.fractionBits)) "
      let largest =
        format.exponentBits < 8
        ? format.exactText(format.largestFinite) : significand + "2^\(format.maxExponent)"
      #expect(cells[5] == largest)
    }
  }
}
