// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import KernelChecks
import Verification
import Words
import Work

/// `halfway merge`: joins the shards of one campaign.
struct MergeCommand: ExemplifiedCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Joins the results of a campaign's shards into the result of the whole.",
    discussion: """
      Shards of verify, audit, elementary, units and check. Gaps, overlaps, differing configurations and \
      damaged files are refused with status 65.
      """)

  static let examples = [
    Example("halfway merge part*.jsonl --export whole.json", "all shards of one campaign")
  ]

  @Argument(
    help: "Results of shards, written with --shard i/n --export FILE.jsonl.",
    completion: Completions.shards)
  var files: [String]

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Also write a page of HTML, as check does; of its shards.", valueName: "file"),
    completion: .file(extensions: ["html"]))
  var page: String?

  @OptionGroup var gates: GateOptions

  @OptionGroup var output: OutputOptions

  func run() throws {
    var own = OwnFiles(read: files)
    if let page {
      try own.refuse(page, of: "--page")
      try AtomicFile.check(page)
      own.written.append(page)
    }
    try gates.checkFiles(output, beside: own)
    let hasFindings: Bool
    do {
      hasFindings = try merge()
    } catch let problem as FileProblem {
      throw CommandExit(.badInput, problem.description)
    }
    if hasFindings { throw CommandExit(.findings) }
  }

  /// Writes what the files make up; whether something differs. The first file says of which command
  /// they are.
  private func merge() throws -> Bool {
    let report = gates.report(of: "merge")
    let form = ShardLines.form(ofFile: files[0])
    guard page == nil || form == KernelCampaign.form || form == ArrayCampaign.form else {
      throw CommandExit.usage("--page is about checks: '\(Echo.path(files[0]))' is no shard of one")
    }
    switch form {
    case ReferenceAudit.form?: return try AuditOutput.merge(files, output: output, report: report)
    case ElementaryCampaign.form?:
      return try ElementaryOutput.merge(files, output: output, report: report)
    case UnitCampaign.form?: return try UnitsOutput.merge(files, output: output, report: report)
    case ArrayCampaign.form?:
      return try ArrayCheckOutput.merge(files, output: output, report: report, deliver: writePage)
    case KernelCampaign.form?:
      return try CheckOutput.merge(files, output: output, report: report, deliver: writePage)
    default:
      let result = try ShardFile.merge(files.map { ($0, try ShardFile.read($0)) })
      let shown = VerificationOutput(result: result, run: nil)
      try output.write(shown)
      try report.publish(shown.tests, seconds: 0)
      if result.tested == 0 {
        throw CommandExit(.nothingSelected, "the shards hold no results")
      }
      return !result.holds
    }
  }

  /// Writes the page about the whole check where one is asked for.
  private func writePage(_ result: some CheckResult) throws {
    guard let page else { return }
    let entry = SuiteOutput.Entry(name: "check", result: result, seconds: 0)
    try AtomicFile.write(CheckPage(SuiteOutput(entries: [entry]), file: nil).markup, to: page)
  }
}
