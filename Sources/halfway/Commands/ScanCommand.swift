// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import Measurements
import Reports
import Scan
import TensorFiles
import Words

/// `halfway scan`: what formats would do to the tensors of files, and where two dumps part.
struct ScanCommand: ThreadedCommand, ExemplifiedCommand {
  static let configuration = CommandConfiguration(
    commandName: "scan",
    abstract: "Shows what narrower formats would do to tensors, and where two dumps part.",
    discussion: """
      Files: .safetensors, .npy, .npz, and .safetensors.index.json of a model in several files. Two \
      files are compared tensor by tensor, and status 1 says that they differ; --each looks at each \
      instead, as at one file or three. docs/scan.md has the rules of the formats with scales, and \
      what the figures are.
      """)

  static let examples = [
    Example(
      "halfway scan model.safetensors", "what each format does, and which keeps 1 % of error"),
    Example(
      "halfway scan model.safetensors.index.json --error 1e-3 --output reports/model",
      "a model in several files, with a page"),
    Example(
      "halfway scan gradients.npz --formats e5m2,e5m2-pow2,mxfp8-e5m2 --export gradients.csv",
      "every tensor in three formats"),
    Example(
      "halfway scan plain.safetensors bf16.safetensors --tolerance 1e-3",
      "the first tensor in which two dumps differ by more than that"),
    Example(
      "halfway scan weights.safetensors --fail-on 'results.total.fits[candidate=e5m2].overflow > 0'",
      "status 1 where a number is beyond E5M2"),
  ]

  @Argument(
    help: ArgumentHelp("Files of tensors.", valueName: "file"), completion: .file())
  var files: [String]

  @Option(
    name: .long,
    help: """
      Formats: fp16, e4m3, e4m3-pow2, e4m3-amax (one scale a tensor), mxfp4, nvfp4, ...; \
      standard, all.
      """, completion: .list(Candidate.known))
  var formats: [String] = []

  @Option(name: .long, help: "The relative error that a format is to keep; 0.01 by default.")
  var error: Double?

  @Option(
    name: .long,
    help:
      "The relative error up to which tensors of two dumps agree; by default that of their type.")
  var tolerance: Double?

  @Flag(name: .long, help: "Look at each of two files instead of comparing them.")
  var each = false

  @Option(
    name: .long,
    help: ArgumentHelp(
      "What elements are that NumPy has no type for: bf16, e4m3, e5m2.", valueName: "type"))
  var dtype: String?

  @Option(
    name: .long,
    help: ArgumentHelp("Also write a report with a page; made where missing.", valueName: "folder"),
    completion: .directory)
  var output: String?

  @OptionGroup var threading: ThreadOptions

  @OptionGroup var failOn: FailOnOptions

  @OptionGroup var gates: GateOptions

  @OptionGroup var outputOptions: OutputOptions

  /// The relative error that a format is to keep where none is stated.
  private static let usualError = 1e-2

  func run() throws {
    let gate = try failOn.gate()
    if output?.isEmpty ?? false { throw CommandExit.usage("--output is empty: name a folder") }
    let isComparison = files.count == 2 && !each
    try refuseUnused(isComparison: isComparison)
    for (name, value) in [("--error", error), ("--tolerance", tolerance)] {
      guard let value, !(value.isFinite && value >= 0) else { continue }
      throw CommandExit.usage("\(name) \(value) is no relative error: 0 or more")
    }
    guard gates.junit == nil || !gate.isEmpty else {
      throw CommandExit.usage("--junit has a test for each --fail-on, and there is none")
    }
    let candidates = try selectedCandidates()
    let type = try elementType()
    let session = ScanSession(
      files: files, type: type, folder: output, threads: threading.count, command: commandLine)
    if isComparison {
      try session.run(outputOptions, gate: gate, gates: gates) { placed, page in
        try session.compare(placed, tolerance: tolerance, page)
      }
    } else {
      try session.run(outputOptions, gate: gate, gates: gates) { placed, page in
        try session.scan(
          placed, candidates: candidates, error: error ?? Self.usualError, page)
      }
    }
  }

  private func refuseUnused(isComparison: Bool) throws(CommandExit) {
    if isComparison, error != nil || !formats.isEmpty {
      throw .usage(
        "two files are compared, and \(error == nil ? "--formats" : "--error") is for a look at each: "
          + "add --each")
    }
    if !isComparison, tolerance != nil {
      throw .usage(
        "--tolerance is for two files that are compared, and there \(files.count == 1 ? "is" : "are") "
          + "\(files.count)\(each ? " with --each" : "")")
    }
  }

  private func selectedCandidates() throws(CommandExit) -> [Candidate] {
    var selected: [Candidate] = []
    for name in Options.names(formats.isEmpty ? ["standard"] : formats) {
      let found: [Candidate]
      switch name.lowercased() {
      case "standard": found = Candidate.standard
      case "all": found = Candidate.known.compactMap(Candidate.init(id:))
      default:
        guard let candidate = Candidate(id: name) else {
          throw .usage(
            NearestNames.complaint(
              kind: "format", name: name, known: Candidate.known,
              also: ", e<E>m<M> with E 2...8, M 1...23, standard, all", option: "--formats"))
        }
        found = [candidate]
      }
      for candidate in found where !selected.contains(candidate) { selected.append(candidate) }
    }
    return selected
  }

  private func elementType() throws(CommandExit) -> ElementType? {
    guard let dtype else { return nil }
    guard let type = ElementType(name: dtype) ?? ElementType(name: dtype.uppercased()) else {
      throw .usage(
        NearestNames.complaint(
          kind: "type", name: dtype, known: ElementType.allCases.map(\.rawValue),
          option: "--dtype"))
    }
    return type
  }

  private var commandLine: String {
    var words = CommandWords("halfway", "scan")
    for file in files { words.add(file) }
    words.add("--formats", formats.isEmpty ? nil : formats.joined(separator: ","))
    words.add("--error", error)
    words.add("--tolerance", tolerance)
    if each { words.add("--each") }
    words.add("--dtype", dtype)
    return words.line
  }
}
