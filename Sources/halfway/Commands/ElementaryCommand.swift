// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Formats
import Verification

/// `halfway elementary`: measures exp, tanh and their kin against MPFR.
struct ElementaryCommand: ExemplifiedCommand, ThreadedCommand {
  static let configuration = CommandConfiguration(
    commandName: "elementary",
    abstract: "Measures exp, log, tanh, ... against MPFR on every number of FP32.",
    discussion: """
      The functions that training uses are the project's own, with the same bits on every machine. \
      fp32 runs all 2^32 operands of each; fp16 and bf16 run all 2^16 and round the results of \
      FP32 to the format; fp64 runs samples. A finding is an error of 0.501 ulp or more, of \
      fp64 of 1 ulp; results that are not the nearest number are counted.
      """)

  static let examples = [
    Example("halfway elementary exp --format fp32", "all 2^32 operands of one function"),
    Example("halfway elementary --format fp16,bf16", "all functions, rounded to 16 bits"),
    Example("halfway elementary tanh erf --format fp64 --samples 10000000", "random operands"),
  ]

  @Argument(
    help: "Functions: \(names.joined(separator: ", ")); all by default.",
    completion: Completions.functions)
  var functions: [String] = names

  @Option(
    name: .long, help: "Operands: fp32, fp16, bf16, fp64, or several with commas.",
    completion: Completions.formats)
  var format: [String] = ["fp16", "bf16"]

  @Option(
    name: .long, parsing: .unconditional, help: "Operands of fp64; 1000000 by default.",
    transform: Options.whole(1...ElementaryCampaign.mostSamples))
  var samples: UInt64?

  @Option(
    name: .long, parsing: .unconditional, help: "Seed of fp64's operands; 1 by default.",
    transform: Options.whole(0...UInt64.max))
  var seed: UInt64?

  @OptionGroup var campaign: CampaignOptions

  var threading: ThreadOptions { campaign.threading }

  @OptionGroup var failOn: FailOnOptions

  @OptionGroup var gates: GateOptions

  @OptionGroup var output: OutputOptions

  private static let names = ElementaryFunction.allCases.map(\.rawValue)

  func run() throws {
    let functions: [ElementaryFunction] = try Options.named(
      functions, kind: "function", option: "<functions>")
    let domains: [ElementaryDomain] = try Options.named(
      format, kind: "format", option: "--format")
    for (option, isGiven) in [("--samples", samples != nil), ("--seed", seed != nil)]
    where isGiven && !domains.contains(.fp64) {
      throw CommandExit.usage("\(option) is for fp64, which --format does not name")
    }
    let (samples, seed) = (samples ?? 1_000_000, seed ?? 1)
    let gate = try failOn.gate()
    let part = try campaign.checkedPart(beside: output)
    try gates.checkFiles(output, beside: campaign.ownFiles)
    let work = ElementaryCampaign(
      functions: functions, domains: domains, samples: samples, seed: seed)
    try ElementaryOutput.run(
      work, unit: "operands", part: part, options: campaign, output: output, gate: gate,
      report: gates.report(of: "elementary"))
  }
}
