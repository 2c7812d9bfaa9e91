// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Formats
import Verification

/// `halfway audit`: compares the reference's shortcut with MPFR's own roundings.
struct AuditCommand: ExemplifiedCommand, ThreadedCommand {
  static let configuration = CommandConfiguration(
    commandName: "audit",
    abstract: "Compares the reference's shortcut with MPFR's own roundings over all pairs.",
    discussion: """
      verify takes its reference from one MPFR call toward zero per case. audit calls MPFR once \
      per case and rounding instead, in the format's own exponent range, and compares values and \
      flags: all pairs of a format of at most 16 bits, in MPFR's four roundings.
      """)

  static let examples = [
    Example(
      "halfway audit --format fp16 --export audit.json", "four operations, 2^34 results each"),
    Example("halfway audit div --format bf16", "one operation"),
    Example("halfway audit --shard 1/4 --export part1.jsonl", "one of four machines"),
  ]

  @Argument(
    help: "Operations: \(ReferenceAudit.operations.map(\.rawValue).joined(separator: ", ")).",
    completion: Completions.operations)
  var operations: [String] = ReferenceAudit.operations.map(\.rawValue)

  @Option(name: .long, help: "Formats of at most 16 bits.", completion: Completions.formats)
  var format: [String] = ["fp16"]

  @OptionGroup var campaign: CampaignOptions

  var threading: ThreadOptions { campaign.threading }

  @OptionGroup var failOn: FailOnOptions

  @OptionGroup var gates: GateOptions

  @OptionGroup var output: OutputOptions

  func run() throws {
    let (operations, formats) = (try Options.operations(operations), try Options.formats(format))
    for operation in operations where !ReferenceAudit.operations.contains(operation) {
      throw CommandExit.usage(
        "MPFR has no direct reference for \(operation.rawValue) here; known: "
          + ReferenceAudit.operations.map(\.rawValue).joined(separator: ", "))
    }
    for format in formats where !ReferenceAudit.covers(format) {
      let known = Format.named.map(\.format).filter(ReferenceAudit.covers).map(\.id)
      throw CommandExit.usage(
        "an audit takes formats of at most 16 bits with infinities, not \(format); known: "
          + known.joined(separator: ", ") + " and e<E>m<M> with E + M up to 15")
    }
    guard let audit = ReferenceAudit(operations: operations, formats: formats) else {
      throw CommandExit(.nothingSelected, "no pair is selected")
    }
    let gate = try failOn.gate()
    let part = try campaign.checkedPart(beside: output)
    try gates.checkFiles(output, beside: campaign.ownFiles)
    try AuditOutput.run(
      audit, unit: "results", part: part, options: campaign, output: output, gate: gate,
      report: gates.report(of: "audit"))
  }
}
