// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Formats
import Verification
import Words

/// The options of `verify --vectors`.
struct VectorOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Cases and expected results from a file, - for standard input: TestFloat's, FPgen's, CSV.",
      valueName: "file"), completion: .file())
  var vectors: String?

  @Option(
    name: .long, help: "How they are written: testfloat, fpgen, csv; by the lines by default.",
    completion: Completions.vectorFormats)
  var vectorFormat: String?

  @Option(
    name: .long,
    help: "What their comparisons are asked for: eq, lt, le, gt, ge, unordered; else relations.",
    completion: Completions.predicates)
  var predicate: String?

  @Flag(name: .long, help: "Count differences by documented choices as faults.")
  var strict = false

  /// Refuses what has no effect without vectors.
  func refuseWithoutVectors() throws(CommandExit) {
    let given = [
      ("--vector-format", vectorFormat != nil), ("--predicate", predicate != nil),
      ("--strict", strict),
    ].filter(\.1).map(\.0)
    if let name = given.first { throw .usage("\(name) is of --vectors: name the file") }
  }

  /// The notation that was named; nil for none.
  func notation() throws(CommandExit) -> VectorNotation? {
    try read(vectorFormat, "format of vectors", "--vector-format")
  }

  /// The predicate that was named; nil for none.
  func comparison() throws(CommandExit) -> VectorPredicate? {
    try read(predicate, "predicate", "--predicate")
  }

  private func read<Value: RawRepresentable & CaseIterable>(
    _ word: String?, _ kind: String, _ option: String
  ) throws(CommandExit) -> Value? where Value.RawValue == String {
    guard let word, word.lowercased() != "auto" else { return nil }
    if let value = Value(rawValue: word.lowercased()) { return value }
    throw .usage(
      NearestNames.complaint(
        kind: kind, name: word, known: Value.allCases.map(\.rawValue), option: option))
  }
}

extension VerifyCommand {
  /// Judges the subject by vectors; throws status 1 where there is a fault.
  func judge(
    _ path: String, _ configuration: Configuration, _ subject: any Subject, _ gate: DocumentGate
  ) throws {
    if path.isEmpty {
      throw CommandExit.usage("--vectors is empty: name a file, or - for standard input")
    }
    let outputs = output.exports + [mismatchList].compactMap(\.self)
    if let same = outputs.first(where: { AtomicFile.areSame($0, path) }) {
      throw CommandExit.usage("'\(Echo.word(same))' would overwrite the vectors")
    }
    try checkFiles(read: path == "-" ? [] : [path])
    let notation = try vectors.notation()
    let roundings = rounding.isEmpty ? [] : configuration.roundings
    if roundings.contains(where: { if case .stochastic = $0 { true } else { false } }) {
      throw CommandExit.usage(
        "stochastic rounding depends on the index of a case: vectors have none")
    }
    let request = VectorRequest(
      operations: configuration.operations, formats: configuration.formats,
      targets: configuration.targets, roundings: roundings, semantics: try attributes.semantics(),
      predicate: try vectors.comparison(), isStrict: vectors.strict,
      notation: notation ?? .testfloat, subject: subject.name, limit: configuration.mismatchLimit)
    let runner = VectorRunner(
      path: path, request: request, notation: notation,
      hasDefaultTininess: attributes.tininess == nil, subject: subject,
      threads: campaign.threading.count, listPath: mismatchList)
    let result = try runner.run()
    try output.write(result)
    try gates.report(of: "verify").publish(gate.tests(of: result), seconds: result.run.seconds)
    if let end = gate.end(after: result, hasFindings: result.result.faultCount > 0) { throw end }
  }
}
