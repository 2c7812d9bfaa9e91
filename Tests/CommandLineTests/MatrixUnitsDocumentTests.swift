// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat
import Testing

@Suite("docs/matrix-units.md keeps to the code")
struct MatrixUnitsDocumentTests {
  private func words(_ method: MatrixUnitMethod) -> String {
    func of(_ sum: TruncatedSum) -> String {
      "F = \(sum.fractionBits), \(sum.conversion.rawValue), e₀ = \(sum.zeroExponent)"
    }
    return switch method {
    case .truncated(let sum): "truncated: " + of(sum)
    case .truncatedHalves(let sum): "truncated in halves: " + of(sum)
    case .exact: "exact"
    case .flushed: "flushed"
    case .aligned: "aligned"
    case .chains: "chains"
    case .oddPairs: "odd pairs"
    case .pairs: "pairs"
    }
  }

  private func line(_ row: MatrixUnitRow) -> String {
    let units = row.units.map { "`\($0.rawValue)`" }.joined(separator: ", ")
    let inputs = row.inputs.map(\.id).joined(separator: ", ") + (row.mixes ? ", mixed" : "")
    let shapes = row.shapes.map(\.rawValue).joined(separator: ", ")
    let mixed = row.mixes && row.mixedEvidence != row.evidence
    let evidence = row.evidence.rawValue + (mixed ? "; mixed: \(row.mixedEvidence.rawValue)" : "")
    return "| \(units) | \(inputs) | \(row.accumulator.rawValue) | \(shapes) | \(row.terms) | "
      + "\(words(row.method)) | \(evidence) |"
  }

  @Test("The page's table is the table of the code")
  func table() throws {
    let text = try Repository.text("docs/matrix-units.md")
    let lines = text.split(separator: "\n").map(String.init)
    let start = try #require(lines.firstIndex { $0.hasPrefix("| unit |") })
    let table = lines[(start + 2)...].prefix { $0.hasPrefix("|") }
    let expected = MatrixUnit.rows.map(line)
    #expect(Array(table) == expected, "\(expected.joined(separator: "\n"))")
  }
}
