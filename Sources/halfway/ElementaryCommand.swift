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
    transform: Options.whole(1...1 << 40))
  var samples: UInt64?

  @Option(
    name: .long, parsing: .unconditional, help: "Seed of fp64's operands; 1 by default.",
    transform: Options.whole(0...UInt64.max))
  var seed: UInt64?

  @OptionGroup var threading: ThreadOptions

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
    try output.checkFiles()
    let stopwatch = Stopwatch()
    let count = threading.count
    let campaign = ElementaryCampaign(
      functions: functions, domains: domains, samples: samples, seed: seed)
    let progress = Progress("elementary", total: campaign.operandCount, unit: "operands")
    let rows = campaign.run(
      control: CampaignControl(
        threads: count, isCancelled: { Interrupt.isRequested },
        report: { progress.report(completed: $0) }))
    progress.finish()
    guard let rows else {
      throw Interrupt.end("interrupted; elementary has no checkpoint, run it again")
    }
    let result = ElementaryOutput(
      configuration: .init(
        functions: functions, domains: domains, samples: domains.contains(.fp64) ? samples : nil,
        seed: domains.contains(.fp64) ? seed : nil),
      rows: rows, run: stopwatch.record(threads: count))
    try output.write(result)
    if !result.holds { throw CommandExit(.findings) }
  }
}

/// The result of `elementary` in every output format.
struct ElementaryOutput: Presentable {
  /// What was asked.
  struct Configuration: Encodable {
    var functions: [ElementaryFunction]
    var domains: [ElementaryDomain]
    /// The number of FP64 operands and their seed, where some were asked for.
    var samples: UInt64?
    var seed: UInt64?
  }

  var configuration: Configuration
  var rows: [ElementaryCampaign.Row]
  var run: RunRecord

  var holds: Bool { rows.allSatisfy(\.holds) }
  private var tested: UInt64 { rows.reduce(0) { $0 + $1.errors.tested } }
  private var findings: Int { rows.count { !$0.holds } }

  /// Such as `0.501 ulp (fp64: 1)`.
  private var bound: String {
    let domains = Set(rows.map(\.domain))
    return domains == [.fp64]
      ? "1 ulp" : "0.501 ulp" + (domains.contains(.fp64) ? " (fp64: 1)" : "")
  }

  func text(for terminal: Terminal) -> String {
    let count = tested.groupedDigits
    let verdict =
      holds
      ? "\(count) results against MPFR: every error is below \(bound)."
      : "\(count) results against MPFR: an error of \(bound) or more in "
        + "\(findings) of \(rows.count) rows."
    var lines = [terminal.styled(verdict, holds ? .green : .red), ""]
    lines.append(
      terminal.styled(
        line("", "operands", "not nearest", "largest error", "at"), .faint))
    for row in rows {
      let errors = row.errors
      lines.append(
        line(
          "\(row.function.rawValue) \(row.domain.rawValue)", errors.tested.groupedDigits,
          errors.misrounded.map { $0.groupedDigits } ?? "-",
          ElementaryOutput.ulps(errors.largest), ElementaryOutput.encoding(errors.operand)))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func line(
    _ title: String, _ tested: String, _ misrounded: String, _ error: String, _ place: String
  ) -> String {
    title.padding(to: 16) + " " + tested.padding(to: 13, onTheLeftWith: " ") + "  "
      + misrounded.padding(to: 11, onTheLeftWith: " ") + "  "
      + error.padding(to: 14, onTheLeftWith: " ") + "  " + place
  }

  private static func ulps(_ error: Double) -> String {
    error.isFinite ? "\((error * 1e6).rounded(.up) / 1e6) ulp" : "wrong special"
  }

  private static func encoding(_ bits: UInt64?) -> String {
    bits.map { "0x" + String($0, radix: 16) } ?? "-"
  }

  var table: Table {
    Table(
      columns: [
        "function", "format", "tested", "misrounded", "largest_error_ulp", "operand", "result",
      ],
      rows: rows.map { row in
        [
          .text(row.function.rawValue), .text(row.domain.rawValue),
          .integer(Int64(clamping: row.errors.tested)),
          row.errors.misrounded.map { .integer(Int64(clamping: $0)) } ?? .missing,
          .number(row.errors.largest), .text(Self.encoding(row.errors.operand)),
          .text(Self.encoding(row.errors.result)),
        ]
      })
  }

  var document: any Encodable { Document(output: self) }

  private struct Document: Encodable {
    /// A row, encodings in hexadecimal and an infinite error as null.
    struct Row: Encodable {
      var function: ElementaryFunction
      var domain: ElementaryDomain
      var tested: UInt64
      var misrounded: UInt64?
      var largestErrorUlp: Double?
      var operand: String
      var result: String
    }

    struct Summary: Encodable {
      var tested: UInt64
      var findings: Int
      var holds: Bool
    }

    var schema = "halfway/elementary/1"
    var tool = "halfway"
    var configuration: Configuration
    var summary: Summary
    var results: [Row]
    var run: RunRecord

    init(output: ElementaryOutput) {
      configuration = output.configuration
      summary = Summary(tested: output.tested, findings: output.findings, holds: output.holds)
      results = output.rows.map { row in
        Row(
          function: row.function, domain: row.domain, tested: row.errors.tested,
          misrounded: row.errors.misrounded,
          largestErrorUlp: row.errors.largest.isFinite ? row.errors.largest : nil,
          operand: ElementaryOutput.encoding(row.errors.operand),
          result: ElementaryOutput.encoding(row.errors.result))
      }
      run = output.run
    }
  }
}
