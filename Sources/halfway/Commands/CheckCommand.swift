// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import KernelChecks
import OwnKernels
import Words

/// `halfway check`: somebody's own kernel against MPFR.
struct CheckCommand: ExemplifiedCommand, ThreadedCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Checks a kernel of yours, such as a symbol of a shared library, against MPFR.",
    discussion: """
      The kernel runs in a process of its own, between pages that nobody may touch: a crash, an \
      endless loop, a write outside its output are findings with the input that does it. Errors \
      are in units in the last place (ulp) at the exact value. docs/kernels.md leads from a C file \
      to a gate in CI.
      """)

  static let examples = [
    Example(
      "halfway check --library libm.so.6 --symbol expf --signature 'float(float)'",
      "a function of the C library"),
    Example(
      "halfway check tanh --library ./libk.so --symbol my_tanh --signature 'void(const float*, float*, size_t)' --cases exhaustive --criterion ulp:2",
      "a kernel of your own on all 2^32 inputs"),
    Example("halfway check exp --python torch:exp --format bf16", "a Python function"),
    Example(
      "halfway check matmul --inputs a.npy b.npy --outputs c.npy",
      "what a program wrote into files"),
    Example(
      "halfway check kernels.json5 --junit out.xml --baseline-folder baselines", "a gate in CI"),
  ]

  @Argument(
    help:
      "The function that it is to compute, known from the symbol's name where that is one; or a file of checks, NAME.json5.",
    completion: Completions.kernels)
  var function: String?

  @Option(
    name: .long, help: ArgumentHelp("A shared library.", valueName: "file"), completion: .file())
  var library: String?

  @Option(name: .long, help: "The function's name in it.")
  var symbol: String?

  @Option(
    name: .long,
    help: "Its C signature: 'float(float)', 'void(const float*, float*, size_t)' and the like.")
  var signature: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "A function of Python: module:function or file.py:function.", valueName: "callable"))
  var python: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "A command that speaks the worker's protocol (docs/kernel-worker.md), its words split at "
        + "spaces.", valueName: "command"))
  var worker: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "A kernel of Halfway's own: arithmetic, elementary, product:FORMAT or unit:NAME.",
      valueName: "name"), completion: .list(OwnKernel.names))
  var own: String?

  @Option(
    name: .long, parsing: .upToNextOption,
    help: ArgumentHelp(
      "Instead of a kernel what it had, in files: x.npy, or x.npz:name and x.safetensors:name.",
      valueName: "file"), completion: .file())
  var inputs: [String] = []

  @Option(
    name: .long, help: ArgumentHelp("What it made of them.", valueName: "file"),
    completion: .file())
  var outputs: String?

  @Option(
    name: .long, help: "The format of operands and results; the signature's by default.",
    completion: Completions.formats)
  var format: String?

  @Option(
    name: .long,
    help: "The format of results where it is another one, of kernels of arrays.",
    completion: Completions.formats)
  var resultFormat: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "A further argument of a Python function of arrays, such as dim=-1; may be repeated.",
      valueName: "name=value"))
  var argument: [String] = []

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "Find out how a sum, dot or matmul adds up sums of so many terms: order, accumulator, "
        + "products and subnormal numbers.", valueName: "terms"),
    transform: Options.whole(1...65536))
  var identify: UInt64?

  @Option(
    name: .long,
    help: "The format that sums are to be added up in; another one is a finding.",
    completion: Completions.formats)
  var accumulates: String?

  @Flag(
    name: .long,
    help:
      "Also look for properties: monotonic, odd, even, within the range; of arrays independent of the batch and the place in it."
  )
  var properties = false

  @Option(
    name: .long, parsing: .upToNextOption,
    help: ArgumentHelp(
      "Properties whose lack is a finding: monotonic, odd, even, range, batch-invariant, "
        + "position-invariant.", valueName: "property"),
    completion: .list(KernelProperty.allCases.map(\.rawValue)))
  var requires: [String] = []

  @OptionGroup(title: "Reference") var reference: ReferenceOptions

  @Option(
    name: .long,
    help: ArgumentHelp(
      "exhaustive, random, boundary, hardest, FIRST..LAST or, of several operands, X,Y, encodings in "
        + "hexadecimal; exhaustive by default where "
        + "that is at most 2^16 elements, otherwise random. Of arrays: shapes with their data, "
        + "'64x64x64:normal 17x31x13:integers'; some dozens by default."))
  var cases: String?

  @Option(
    name: .long, parsing: .unconditional, help: "Random elements; 1000000 by default.",
    transform: Options.whole(1...1 << 40))
  var samples: UInt64?

  @Option(
    name: .long, parsing: .unconditional, help: "Seed of random elements; 1 by default.",
    transform: Options.whole(0...UInt64.max))
  var seed: UInt64?

  @Option(
    name: .long,
    help:
      "correctly-rounded, ulp:N or profile:NAME (opencl-full, opencl-embedded, torch); ulp:1 by default. Of arrays: bound:FORMAT, scaled:N or correctly-rounded; bound:fp32 by default."
  )
  var criterion: String?

  @Option(
    name: .long, parsing: .unconditional,
    help: "Seconds that one call of the kernel may take; 10 by default.",
    transform: Options.whole(1...86400))
  var timeLimit: UInt64?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Compare with what the kernel did when this file was written; worse is a finding.",
      valueName: "file"), completion: .file())
  var baseline: String?

  @Flag(name: .long, help: "Write the baseline, whatever the comparison says.")
  var updateBaseline = false

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Baselines of a file's checks, NAME.json for each.", valueName: "folder"),
    completion: .directory)
  var baselineFolder: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Also write a page of HTML with the errors' figures and tables.", valueName: "file"),
    completion: .file(extensions: ["html"]))
  var page: String?

  @OptionGroup var gates: GateOptions

  @OptionGroup var campaign: CampaignOptions

  var threading: ThreadOptions { campaign.threading }

  @OptionGroup var failOn: FailOnOptions

  @OptionGroup var output: OutputOptions

  func run() throws {
    let conditions = try failOn.gate()
    let part = try campaign.checkedPart(beside: output)
    let request = CheckRequest(
      function: function, library: library, symbol: symbol, signature: signature, python: python,
      worker: worker, format: format, cases: cases, samples: samples, seed: seed,
      criterion: criterion, timeLimit: timeLimit, baseline: baseline, resultFormat: resultFormat,
      arguments: argument, identify: identify, accumulates: accumulates, inputs: inputs,
      outputs: outputs, own: own, reference: reference.request, properties: properties,
      requires: requires)
    if let function, function.hasSuffix(".json5") {
      guard request.describesNothingButFunction else {
        throw CommandExit.usage(
          "'\(Echo.path(function))' says what is checked: of the options that describe a check none "
            + "goes with it")
      }
      guard part == nil, conditions.isEmpty else {
        throw CommandExit.usage(
          "--\(part == nil ? "fail-on" : "shard") is for one check, not for a file of them")
      }
      return try runSuite(try CheckSuite(ofFile: function), file: function)
    }
    guard baselineFolder == nil else {
      throw CommandExit.usage("--baseline-folder is for a file of checks; --baseline names one")
    }
    guard part == nil || (!properties && requires.isEmpty && reference.request.isEmpty) else {
      throw CommandExit.usage(
        "--shard is of a part of the cases: properties and references are looked at with all of them"
      )
    }
    try checkFiles(read: [])
    let check = try request.prepared(isUpdated: updateBaseline)
    try check.checkConditions(conditions, part: part)
    try check.checkGate(part: part, output: output)
    let stopwatch = Stopwatch()
    let name = check.name
    var end: CommandExit?
    let powerless = try check.run(part: part, options: campaign) { result in
      try output.write(result)
      end =
        conditions.end(after: result, hasFindings: result.hasFindings)
        ?? (result.hasFindingsBesideConditions ? CommandExit(.findings) : nil)
      let entry = SuiteOutput.Entry(
        name: name, result: result, seconds: stopwatch.seconds,
        isBesideConditions: !conditions.isEmpty,
        provenance: page == nil ? [:] : check.provenance)
      try publish(
        SuiteOutput(entries: [entry]), conditions: conditions.conditionTests(of: result))
    }
    if let end = end ?? powerless { throw end }
  }

  /// Runs the checks of a file one after another, each on all threads, whatever becomes of those
  /// before it.
  private func runSuite(_ suite: CheckSuite, file: String) throws {
    try checkFiles(read: [file])
    if let baselineFolder, updateBaseline {
      try FileManager.default.createDirectory(
        atPath: baselineFolder, withIntermediateDirectories: true)
    }
    var result = SuiteOutput()
    for (name, request) in suite.checks {
      let stopwatch = Stopwatch()
      var entry = SuiteOutput.Entry(name: name, seconds: 0)
      do {
        var request = request
        if request.baseline == nil, let baselineFolder {
          request.baseline = "\(baselineFolder)/\(name).json"
        }
        let check = try request.prepared(isUpdated: updateBaseline)
        try check.checkGate(part: nil, output: output)
        entry.problem = try check.run(part: nil, options: campaign) { entry.result = $0 }
        if page != nil { entry.provenance = check.provenance }
      } catch let problem as CommandExit
        where problem.status != .interrupted && problem.status != .terminated
      {
        entry.problem = problem
      }
      entry.seconds = stopwatch.seconds
      result.entries.append(entry)
    }
    try output.write(result)
    try publish(result, file: file)
    if result.status != .holds {
      let reasons = result.entries.compactMap { entry in
        entry.problem.map { "\(entry.name): \($0)" }
      }
      throw CommandExit(result.status, reasons.first, details: Array(reasons.dropFirst()))
    }
  }

  private func checkFiles(read: [String]) throws {
    var own = campaign.ownFiles
    own.read = read + inputs + [outputs].compactMap(\.self)
    if let baseline {
      if updateBaseline { own.written.append(baseline) } else { own.read.append(baseline) }
    }
    if let page {
      try own.refuse(page, of: "--page")
      try AtomicFile.check(page)
      own.written.append(page)
    }
    try gates.checkFiles(output, beside: own)
  }

  /// Writes what people and CI systems read beside the result.
  ///
  /// - Parameters:
  ///   - conditions: The conditions as tests.
  ///   - file: The file of checks; nil of one check.
  private func publish(
    _ result: SuiteOutput, conditions: @autoclosure () -> [GateTest] = [], file: String? = nil
  ) throws {
    if let page {
      try AtomicFile.write(CheckPage(result, file: file).markup, to: page)
    }
    try gates.report(of: "check").publish(
      result.entries.map { GateTest($0) } + conditions(),
      seconds: result.entries.reduce(0) { $0 + $1.seconds })
  }
}
