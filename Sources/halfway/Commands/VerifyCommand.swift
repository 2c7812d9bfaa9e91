// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Formats
import Verification
import Words
import Work

/// `halfway verify`: compares a subject with MPFR over case sets.
struct VerifyCommand: ExemplifiedCommand, ThreadedCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Compares arithmetic with MPFR, bit for bit and flag for flag.",
    discussion: """
      Long runs save a checkpoint every two seconds, at Ctrl-C and at SIGTERM; --resume takes them \
      up again. \
      The result is the same on any number of threads, after any number of interruptions.
      """)

  static let examples = [
    Example(
      "halfway verify add sub mul div sqrt fma --format fp16 --rounding all",
      "six operations in binary16, six roundings, about 10^5 cases each"),
    Example(
      "halfway verify mul --format bf16 --cases exhaustive --rounding ieee --subject batch",
      "all 2^32 pairs of bfloat16"),
    Example(
      "halfway verify fma --format fp16 --subject native --cases level2",
      "the processor's own fused multiply-add, which rounds twice"),
    Example(
      "halfway verify fma --format fp16 --subject native --cases level2 --mismatch-list fma.csv",
      "the same, and all of its mismatches with operands, results and flags"),
    Example(
      "halfway verify fma --format fp16 --operands 4200,3556,0001", "one case in full"),
    Example(
      "halfway verify div --cases exhaustive --shard 1/4 --export part1.jsonl",
      "a quarter of a campaign, for halfway merge"),
    Example(
      "testfloat_gen f16_add | halfway verify add --format fp16 --vectors -",
      "Berkeley TestFloat's cases and results judge this arithmetic"),
    Example(
      "halfway verify all --format fp32 --vectors Add-Shift.fptest",
      "so do IBM FPgen's; a CSV with columns a, b, result and flags does, too"),
  ]

  @Argument(
    help:
      "Operations: \(ArithmeticOperation.allCases.map(\.rawValue).joined(separator: ", ")), all.",
    completion: Completions.operations)
  var operations: [String] = []

  @Option(
    name: .long, help: "Formats of the operands: fp16,bf16, e5m7, all.",
    completion: Completions.formats)
  var format: [String] = ["fp16"]

  @Option(
    name: .long, help: "Formats that convert delivers; all named ones by default.",
    completion: Completions.formats)
  var to: [String] = []

  @Option(
    name: .long,
    help: """
      Roundings: nearest-even (the default), rne,rz, ieee, all, stochastic:8:1. Of vectors that \
      name theirs, all by default.
      """, completion: Completions.roundings)
  var rounding: [String] = []

  @Option(
    name: .long,
    help: """
      Case sets: boundary, level1 (the default), level2, coverage[:N], random[:N], exhaustive, \
      significands.
      """, completion: Completions.cases)
  var cases: [String] = []

  @Option(
    name: .long,
    help: "Implementation: \(SubjectCatalog.all.map(\.subject.name).joined(separator: ", ")).",
    completion: Completions.subjects)
  var subject = "soft"

  @OptionGroup var attributes: SemanticsOptions

  @Option(
    name: .long, parsing: .unconditional, help: "Seed of random and coverage cases; 1 by default.",
    transform: Options.whole(0...UInt64.max))
  var seed: UInt64?

  @Option(
    name: .long, parsing: .unconditional,
    help: "Mismatches to show for each row; \(Configuration.defaultMismatchLimit) by default.",
    transform: Options.whole(0...Configuration.largestMismatchLimit))
  var mismatches: Int?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Also write every mismatch to a file, as CSV in the order of the cases.", valueName: "file"),
    completion: .file())
  var mismatchList: String?

  @OptionGroup var campaign: CampaignOptions

  var threading: ThreadOptions { campaign.threading }

  @Option(name: .long, help: "Run one case: its operands as encodings, 3c00,4200.")
  var operands: String?

  @Option(
    name: .long, parsing: .unconditional,
    help: "The index of that case, which stochastic rounding depends on; 0 by default.",
    transform: Options.whole(0...UInt64.max))
  var index: UInt64?

  @OptionGroup var vectors: VectorOptions

  @OptionGroup var failOn: FailOnOptions

  @OptionGroup var gates: GateOptions

  @OptionGroup var output: OutputOptions

  func run() throws {
    try refuseContradictions()
    let gate = try failOn.gate()
    let (configuration, subject) = try configured()
    if let path = vectors.vectors {
      try judge(path, configuration, subject, gate)
      return
    }
    if let operands {
      try runSingle(operands, configuration, subject, gate)
      return
    }
    let part = try campaign.checkedPart(beside: output)
    let plan = Plan(configuration, subject: subject)
    guard plan.caseCount > 0 else { throw nothingSelected(plan) }
    // Each case is counted once for each of at most 2^10 roundings.
    guard plan.caseCount >> 53 == 0 else {
      throw CommandExit.usage("the case sets have 2^53 cases or more together: ask for fewer")
    }
    try checkFiles()
    let work = Campaign(plan: plan, subject: subject, reference: MPFRReference())
    try gate.check(
      VerificationOutput(
        result: VerificationResult(
          plan: plan, state: WorkState(work), shard: part ?? .whole),
        run: Stopwatch().record(threads: 1)))
    let runner = CampaignRunner(
      work: work, name: "verify", part: part,
      fingerprint: try configuration.fingerprint(shard: part ?? .whole), options: campaign,
      listPath: mismatchList)
    let end = try runner.run { state, run in
      let result = VerificationResult(plan: plan, state: state, shard: part ?? .whole)
      let shown = VerificationOutput(result: result, run: run, listPath: mismatchList)
      try output.write(shown)
      try gates.report(of: "verify").publish(gate.tests(of: shown), seconds: run.seconds)
      return gate.end(after: shown, hasFindings: result.mismatches > 0)
    }
    if let end { throw end }
  }

  /// Throws before the work where a file cannot be written or would take the place of another.
  func checkFiles(read: [String] = []) throws {
    var own = campaign.ownFiles
    own.read = read
    own.written += [mismatchList].compactMap(\.self)
    try gates.checkFiles(output, beside: own)
  }

  /// Refuses options that another one leaves without effect.
  private func refuseContradictions() throws(CommandExit) {
    if vectors.vectors != nil {
      let others = [
        ("--cases", !cases.isEmpty), ("--shard", campaign.shard != nil),
        ("--resume", campaign.resume),
        ("--checkpoint", campaign.checkpoint != nil), ("--seed", seed != nil),
        ("--operands", operands != nil),
      ].filter(\.1).map(\.0)
      if !others.isEmpty {
        throw .usage(
          "--vectors takes its cases from a stream, to which \(others.joined(separator: " and ")) "
            + "cannot apply: leave out either")
      }
    } else {
      try vectors.refuseWithoutVectors()
    }
    if operands != nil {
      let others = [
        ("--cases", !cases.isEmpty), ("--shard", campaign.shard != nil),
        ("--resume", campaign.resume),
        ("--checkpoint", campaign.checkpoint != nil), ("--seed", seed != nil),
        ("--mismatches", mismatches != nil), ("--mismatch-list", mismatchList != nil),
        ("--threads", campaign.threading.threads != nil),
      ].filter(\.1).map(\.0)
      if !others.isEmpty {
        throw .usage(
          "--operands runs one case, to which \(others.joined(separator: " and ")) "
            + "cannot apply: leave out either")
      }
    } else if index != nil {
      throw .usage("--index is the index of the case that --operands gives: leave out --index")
    }
    if let mismatchList {
      if mismatchList.isEmpty || mismatchList == "-" {
        throw .usage(
          "--mismatch-list takes a file, not '\(mismatchList)': standard output is the result's")
      }
      let others = output.exports + [campaign.checkpoint].compactMap(\.self)
      if let same = others.first(where: {
        $0 == mismatchList || AtomicFile.areSame($0, mismatchList)
      }) {
        throw .usage("--mismatch-list and '\(Echo.word(same))' name the same file")
      }
    }
  }

  private func configured() throws -> (Configuration, any Subject) {
    let known = SubjectCatalog.all.map(\.subject.name)
    guard let subject = SubjectCatalog.subject(named: subject) else {
      throw CommandExit.usage(
        NearestNames.complaint(kind: "subject", name: subject, known: known, option: "--subject"))
    }
    let operations = try Options.operations(operations)
    if !to.isEmpty, !operations.contains(.convert) {
      throw CommandExit.usage("--to is for convert: leave it out or add the operation convert")
    }
    let targets = try to.isEmpty ? Format.named.map(\.format) : Options.formats(to, option: "--to")
    let configuration = Configuration(
      operations: operations, formats: try Options.formats(format),
      targets: operations.contains(.convert) ? targets : [],
      roundings: try Options.roundings(rounding.isEmpty ? ["nearest-even"] : rounding),
      semantics: try attributes.semantics(),
      cases: try readCases(), seed: seed ?? 1, subject: subject.name,
      reference: MPFRReference().name,
      mismatchLimit: mismatches ?? Configuration.defaultMismatchLimit)
    guard configuration.unitCount <= Configuration.largestUnitCount else {
      throw CommandExit.usage(
        "\(UInt64(configuration.unitCount).groupedDigits) combinations of operations, formats and "
          + "cases, more than \(UInt64(Configuration.largestUnitCount).groupedDigits): ask for fewer"
      )
    }
    return (configuration, subject)
  }

  private func readCases() throws -> [CaseSelection] {
    if cases.isEmpty { return [.level1] }
    var selections: [CaseSelection] = []
    for word in Options.names(cases) {
      guard let selection = CaseSelection(name: word) else {
        let stem = word.prefix { $0 != ":" }.lowercased()
        if CaseSelection.names.contains(stem) {
          throw CommandExit.usage(
            "case set '\(Echo.word(word))' has a wrong number: "
              + ([
                "coverage": "coverage:N takes N in 1..<2^32",
                "random": "random:N takes N in 1..<2^53",
              ][
                stem] ?? "\(stem) takes none"))
        }
        throw CommandExit.usage(
          NearestNames.complaint(
            kind: "case set", name: word, known: CaseSelection.names,
            also: " (coverage:N with N in 1..<2^32, random:N with N in 1..<2^53)", option: "--cases"
          ))
      }
      if !selections.contains(selection) { selections.append(selection) }
    }
    return selections
  }

  private func nothingSelected(_ plan: Plan) -> CommandExit {
    let reasons = Set(plan.skipped.map(\.reason)).sorted().prefix(3).joined(separator: "; ")
    return CommandExit(
      .nothingSelected,
      reasons.isEmpty ? "no case selected" : "no case selected: \(reasons)")
  }

  private func runSingle(
    _ text: String, _ configuration: Configuration, _ subject: any Subject, _ gate: DocumentGate
  ) throws {
    try checkFiles()
    let stopwatch = Stopwatch()
    let plan = Plan(configuration, subject: subject)
    var units: [(ArithmeticOperation, Format, Format)] = []
    for operation in configuration.operations {
      for format in configuration.formats {
        for to in operation == .convert ? configuration.targets : [format] {
          units.append((operation, format, to))
        }
      }
    }
    var reports: [CaseReport] = []
    for (operation, format, to) in units {
      let values = try OperandText.read(text, for: operation, format: format)
      for semantics in configuration.variants {
        let evaluation = Evaluation(
          operation: operation, format: format, to: to, semantics: semantics)
        if let report = CaseReport(
          evaluation, operands: values, index: index ?? 0, subject: subject)
        {
          reports.append(report)
        }
      }
    }
    guard !reports.isEmpty else { throw nothingSelected(plan) }
    let result = SingleCaseOutput(reports: reports, subject: subject.name)
    try output.write(result)
    try gates.report(of: "verify").publish(gate.tests(of: result), seconds: stopwatch.seconds)
    if let end = gate.end(after: result, hasFindings: reports.contains(where: \.differs)) {
      throw end
    }
  }
}
