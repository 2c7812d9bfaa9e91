// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat
import Tables
import Verification
import Words
import Work

/// The result of `units` in every output format.
struct UnitsOutput: NamedWorkOutput {
  let work: UnitCampaign
  let counts: [UnitCampaign.Row]
  let shard: Shard?
  let run: RunRecord?

  private var rows: [UnitCampaign.Row] { counts }

  /// Whether something differs.
  var hasFindings: Bool { findings > 0 }
  /// Whether something was compared and nothing differs.
  var holds: Bool { results > 0 && !hasFindings }
  private var findings: Int { rows.count { $0.differing > 0 } }
  private var results: UInt64 { rows.reduce(0) { $0 + $1.results } }
  private var steps: UInt64 { rows.reduce(0) { $0 + $1.steps } }

  func text(for terminal: Terminal) -> String {
    let compared =
      "\(results.groupedDigits) results of products against the definition\(shard.text), "
      + "\(steps.groupedDigits) of its steps against exact numbers: "
    let verdict =
      compared
      + (results == 0
        ? "there are more shards than products."
        : holds
          ? "the same bits everywhere." : "other bits in \(findings) of \(rows.count) rows.")
    var lines = terminal.wrapped(verdict).map { terminal.styled($0, holds ? .green : .red) } + [""]
    lines.append(terminal.styled(line("", "results", "not finite", "zero", "differ"), .faint))
    for row in rows {
      lines.append(
        line(
          row.part.description, row.results.groupedDigits, row.nonFinite.groupedDigits,
          row.zero.groupedDigits, row.differing.groupedDigits))
    }
    for row in rows {
      guard let first = row.first else { continue }
      let found = Self.lines(of: first)
      lines += ["", "\(row.part): \(found[0])"] + found.dropFirst()
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func line(
    _ title: String, _ results: String, _ nonFinite: String, _ zero: String, _ differing: String
  ) -> String {
    title.padding(to: 38) + " " + results.padding(to: 9, onTheLeftWith: " ") + "  "
      + nonFinite.padding(to: 10, onTheLeftWith: " ") + "  "
      + zero.padding(to: 7, onTheLeftWith: " ") + "  "
      + differing.padding(to: 7, onTheLeftWith: " ")
  }

  /// Such as `product 12, row 0, column 3: got 3f800000, the definition gives 3f800001`.
  private static func sentence(_ difference: UnitCampaign.Difference) -> String {
    let place = "product \(difference.index), row \(difference.row), column \(difference.column)"
    let right = word(difference.expected)
    return switch difference.kind {
    case .product: "\(place): got \(word(difference.got)), the definition gives \(right)"
    case .definition:
      "\(place): a step of the definition gives \(word(difference.got)), exact numbers \(right)"
    }
  }

  /// A difference in a sentence, with its operands in lines of their own.
  static func lines(of first: UnitCampaign.Difference) -> [String] {
    [
      sentence(first), "a " + words(first.a), "b " + words(first.b), "c " + words([first.c]),
    ]
  }

  private static func words(_ encodings: [UInt32]) -> String {
    encodings.map(word).joined(separator: " ")
  }

  private static func word(_ encoding: UInt32) -> String {
    String(encoding, radix: 16).padding(to: 8, onTheLeftWith: "0")
  }

  var table: Table {
    Table(
      columns: [
        "unit", "shape", "a", "b", "accumulator", "results", "non_finite", "zero", "steps",
        "differing",
      ],
      rows: rows.map { row in
        [
          .text(row.part.unit.rawValue), row.part.shape.map { .text($0.rawValue) } ?? .missing,
          .text(row.part.formats[0].id), .text(row.part.formats[1].id),
          .text(row.part.accumulator.rawValue),
        ]
          + [row.results, row.nonFinite, row.zero, row.steps, row.differing].map {
            .integer(Int64(clamping: $0))
          }
      })
  }

  var document: any Encodable { Document(output: self) }

  private struct Document: Encodable {
    struct Difference: Encodable {
      var kind: UnitCampaign.Difference.Kind
      var product: UInt64
      var row: Int
      var column: Int
      var a: [String]
      var b: [String]
      var c: String
      var expected: String
      var got: String
    }

    struct Row: Encodable {
      var unit: MatrixUnit
      var shape: MatrixInstructionShape?
      var a: String
      var b: String
      var accumulator: Accumulation.SumFormat
      var results: UInt64
      var nonFinite: UInt64
      var zero: UInt64
      var steps: UInt64
      var differing: UInt64
      var first: Difference?
    }

    struct Summary: Encodable {
      var results: UInt64
      var steps: UInt64
      var findings: Int
      var holds: Bool
    }

    var schema = "halfway/units/1"
    var tool = "halfway"
    var configuration: UnitCampaign.Configuration
    var shard: Shard?
    var summary: Summary
    var results: [Row]
    var run: RunRecord?

    init(output: UnitsOutput) {
      configuration = output.work.configuration
      shard = output.shard
      summary = Summary(
        results: output.results, steps: output.steps, findings: output.findings,
        holds: output.holds)
      results = output.rows.map { row in
        Row(
          unit: row.part.unit, shape: row.part.shape, a: row.part.formats[0].id,
          b: row.part.formats[1].id, accumulator: row.part.accumulator, results: row.results,
          nonFinite: row.nonFinite, zero: row.zero, steps: row.steps, differing: row.differing,
          first: row.first.map { first in
            Difference(
              kind: first.kind, product: first.index, row: first.row, column: first.column,
              a: first.a.map(word), b: first.b.map(word), c: word(first.c),
              expected: word(first.expected), got: word(first.got))
          })
      }
      run = output.run
    }
  }
}
