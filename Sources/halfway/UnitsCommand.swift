// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Formats
import SoftFloat
import Verification

/// `halfway units`: compares the products of matrix units with their definition and with exact numbers.
struct UnitsCommand: ExemplifiedCommand, ThreadedCommand {
  static let configuration = CommandConfiguration(
    commandName: "units",
    abstract: "Compares products of matrix units with their definition, bit for bit.",
    discussion: """
      Each product, of random shape and operands, is compared with the walk of the unit's definition, \
      and each step of the walk with exact numbers by rules of their own. docs/matrix-units.md has \
      the units; the result names operands and results of the first difference.
      """)

  static let examples = [
    Example("halfway units", "every unit and format"),
    Example("halfway units hopper --format fp16 --products 20000", "one, thoroughly"),
    Example("halfway units --export units.json", "a document for a report"),
  ]

  @Argument(
    help: "Units: \(MatrixUnit.allCases.map(\.rawValue).joined(separator: ", ")).",
    completion: Completions.units)
  var units: [String] = MatrixUnit.allCases.map(\.rawValue)

  @Option(
    name: .long, help: "Formats of operands, with commas; all that a unit takes by default.",
    completion: Completions.formats)
  var format: [String] = []

  @Option(
    name: .long, parsing: .unconditional,
    help: "Products of each unit and pair of formats, of some 30 results; 200 by default.",
    transform: Options.whole(1...1 << 32))
  var products: UInt64?

  @Option(
    name: .long, parsing: .unconditional, help: "Seed of the operands; 1 by default.",
    transform: Options.whole(0...UInt64.max))
  var seed: UInt64?

  @OptionGroup var threading: ThreadOptions

  @OptionGroup var output: OutputOptions

  func run() throws {
    let units: [MatrixUnit] = try Options.named(units, kind: "matrix unit", option: "<units>")
    let formats = format.isEmpty ? [] : try Options.formats(format)
    let (products, seed) = (products ?? 200, seed ?? 1)
    try output.checkFiles()
    let stopwatch = Stopwatch()
    let count = threading.count
    let campaign = UnitCampaign(units: units, formats: formats, products: products, seed: seed)
    guard !campaign.parts.isEmpty else {
      throw CommandExit(
        .nothingSelected,
        "none of these units takes operands of \(formats.map(\.id).joined(separator: ", "))")
    }
    let progress = Progress("units", total: campaign.productCount, unit: "products")
    let rows = campaign.run(
      control: CampaignControl(
        threads: count, isCancelled: { Interrupt.isRequested },
        report: { progress.report(completed: $0) }))
    progress.finish()
    guard let rows else {
      throw Interrupt.end("interrupted; units has no checkpoint, run it again")
    }
    let result = UnitsOutput(
      configuration: .init(
        units: units, formats: formats.map(\.id), products: products, seed: seed), rows: rows,
      run: stopwatch.record(threads: count))
    try output.write(result)
    if !result.holds { throw CommandExit(.findings) }
  }
}

/// The result of `units` in every output format.
struct UnitsOutput: Presentable {
  /// What was asked.
  struct Configuration: Encodable {
    var units: [MatrixUnit]
    /// Those asked for; empty for all.
    var formats: [String]
    var products: UInt64
    var seed: UInt64
  }

  var configuration: Configuration
  var rows: [UnitCampaign.Row]
  var run: RunRecord

  var holds: Bool { findings == 0 }
  private var findings: Int { rows.count { $0.differing > 0 } }
  private var results: UInt64 { rows.reduce(0) { $0 + $1.results } }
  private var steps: UInt64 { rows.reduce(0) { $0 + $1.steps } }

  func text(for terminal: Terminal) -> String {
    let compared =
      "\(results.groupedDigits) results of products against the definition, "
      + "\(steps.groupedDigits) of its steps against exact numbers: "
    let verdict =
      compared
      + (holds
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
      lines += ["", "\(row.part): " + Self.sentence(first)]
      lines += ["a " + Self.words(first.a), "b " + Self.words(first.b)]
      lines.append("c " + Self.words([first.c]))
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
    var configuration: Configuration
    var summary: Summary
    var results: [Row]
    var run: RunRecord

    init(output: UnitsOutput) {
      configuration = output.configuration
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
