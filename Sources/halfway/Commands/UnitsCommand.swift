// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Formats
import SoftFloat
import Verification

/// `halfway units`: compares the products of matrix units with their definition and with exact
/// numbers.
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
    transform: Options.whole(1...UnitCampaign.mostProducts))
  var products: UInt64?

  @Option(
    name: .long, parsing: .unconditional, help: "Seed of the operands; 1 by default.",
    transform: Options.whole(0...UInt64.max))
  var seed: UInt64?

  @OptionGroup var campaign: CampaignOptions

  var threading: ThreadOptions { campaign.threading }

  @OptionGroup var failOn: FailOnOptions

  @OptionGroup var gates: GateOptions

  @OptionGroup var output: OutputOptions

  func run() throws {
    let units: [MatrixUnit] = try Options.named(units, kind: "matrix unit", option: "<units>")
    let formats = format.isEmpty ? [] : try Options.formats(format)
    let (products, seed) = (products ?? 200, seed ?? 1)
    let gate = try failOn.gate()
    let part = try campaign.checkedPart(beside: output)
    try gates.checkFiles(output, beside: campaign.ownFiles)
    let work = UnitCampaign(units: units, formats: formats, products: products, seed: seed)
    guard !work.parts.isEmpty else {
      throw CommandExit(
        .nothingSelected,
        "none of these units takes operands of \(formats.map(\.id).joined(separator: ", "))")
    }
    try UnitsOutput.run(
      work, unit: "products", part: part, options: campaign, output: output, gate: gate,
      report: gates.report(of: "units"))
  }
}
