// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Verification

/// `halfway merge`: joins the shards of one campaign.
struct MergeCommand: ExemplifiedCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Joins the results of a campaign's shards into the result of the whole.",
    discussion: """
      Gaps, overlaps, differing configurations and damaged files are refused with status 65.
      """)

  static let examples = [
    Example("halfway merge part*.jsonl --export whole.json", "all shards of one campaign")
  ]

  @Argument(
    help: "Results of shards, written by verify --shard i/n --export FILE.jsonl.",
    completion: Completions.shards)
  var files: [String]

  @OptionGroup var output: OutputOptions

  func run() throws {
    try output.checkFiles(beside: OwnFiles(read: files))
    let result: VerificationResult
    do {
      result = try ShardFile.merge(files.map { ($0, try ShardFile.read($0)) })
    } catch let problem as FileProblem {
      throw CommandExit(.badInput, problem.description)
    }
    try output.write(VerificationOutput(result: result, run: nil))
    if result.tested == 0 { throw CommandExit(.nothingSelected, "the shards hold no results") }
    if !result.holds { throw CommandExit(.findings) }
  }
}
