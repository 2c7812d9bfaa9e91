// SPDX-License-Identifier: Apache-2.0
import Formats
import KernelChecks

/// The command lines that do a check, or a part of it, again.
struct CheckReproduction {
  let configuration: KernelCampaign.Configuration
  private let properties: PropertyReport
  var gate = ReproducedGate()

  init(_ work: KernelCampaign, _ properties: PropertyReport = PropertyReport()) {
    (configuration, self.properties) = (work.configuration, properties)
  }

  /// The whole check.
  var line: String {
    switch configuration.cases {
    case .exhaustive: whole { $0.add("--cases", "exhaustive") }
    case .random(let count, let seed):
      whole {
        $0.add("--samples", count)
        $0.add("--seed", seed)
      }
    case .range(let first, let last): whole { $0.add("--cases", range(first, last)) }
    case .boundary: whole { $0.add("--cases", "boundary") }
    case .hardest: whole { $0.add("--cases", "hardest") }
    case .tuple(let encodings): whole { $0.add("--cases", tuple(encodings)) }
    case .given: whole { _ in }
    }
  }

  /// One element.
  func line(of operands: [UInt64]) -> String {
    guard !configuration.subject.isFiles else { return line }
    return line(ReproducedGate()) {
      $0.add(
        "--cases", operands.count == 1 ? range(operands[0], operands[0]) : tuple(operands))
    }
  }

  private func tuple(_ operands: [UInt64]) -> String {
    operands.map { "0x\(String($0, radix: 16))" }.joined(separator: ",")
  }

  private func range(_ first: UInt64, _ last: UInt64) -> String {
    "0x\(String(first, radix: 16))..0x\(String(last, radix: 16))"
  }

  private func whole(_ addCases: (inout CommandWords) -> Void) -> String { line(gate, addCases) }

  private func line(
    _ gate: ReproducedGate, _ addCases: (inout CommandWords) -> Void
  ) -> String {
    var words = start
    addCases(&words)
    words.add(gate, criterion: configuration.criterion.text)
    words.add(configuration.reference)
    words.add(properties)
    if configuration.timeLimit != 10 {
      words.add("--time-limit", Int(configuration.timeLimit))
    }
    return words.line
  }

  private var start: CommandWords {
    var words = CommandWords("halfway", "check")
    words.add(configuration.function.rawValue)
    words.add(configuration.subject)
    words.add("--format", configuration.format)
    return words
  }
}

/// What a check is judged by.
struct ReproducedGate {
  /// The baseline's file; nil without one.
  var baseline: String?
  /// Whether the criterion is part of the gate beside a baseline.
  var isCriterionAsked = false

  init() {}

  init(_ result: some CheckResult) {
    (baseline, isCriterionAsked) = (result.baseline, result.isCriterionAsked)
  }
}

/// The command lines that do a check of arrays, or one case of it, again.
struct ArrayReproduction {
  let configuration: ArrayCampaign.Configuration
  /// Whether its cases are those that are taken unasked.
  let isStandard: Bool

  var properties = PropertyReport()
  /// The terms of the sums that are looked into, and what is asked of them.
  var identify: Int?
  var accumulates: Format?
  var gate = ReproducedGate()

  init(_ work: ArrayCampaign) {
    configuration = work.configuration
    isStandard = work.hasStandardCases
  }

  /// The whole check.
  var line: String {
    line(isStandard ? nil : configuration.cases.joined(separator: " "), isWhole: true)
  }

  /// One case.
  func line(of text: String) -> String {
    configuration.inputs == nil ? line(text, isWhole: false) : line
  }

  private func line(_ cases: String?, isWhole: Bool) -> String {
    var words = CommandWords("halfway", "check")
    words.add(configuration.operation.rawValue)
    words.add(configuration.subject)
    for (name, value) in configuration.arguments.sorted(by: { $0.key < $1.key }) {
      words.add("--argument", "\(name)=\(value.text)")
    }
    words.add("--format", configuration.format)
    if configuration.resultFormat != configuration.format {
      words.add("--result-format", configuration.resultFormat)
    }
    if let cases { words.add("--cases", cases) }
    if configuration.inputs == nil { words.add("--seed", configuration.seed) }
    words.add(isWhole ? gate : ReproducedGate(), criterion: configuration.criterion.text)
    if isWhole {
      words.add("--identify", identify)
      words.add("--accumulates", accumulates?.id)
    }
    words.add(configuration.reference)
    if isWhole { words.add(properties) }
    if configuration.timeLimit != 10 { words.add("--time-limit", Int(configuration.timeLimit)) }
    return words.line
  }
}

extension CommandWords {
  /// The options that say what decides. A criterion that nobody asked for is no gate beside a
  /// baseline, and would be one if it were named.
  fileprivate mutating func add(_ gate: ReproducedGate, criterion: String) {
    if gate.baseline == nil || gate.isCriterionAsked { add("--criterion", criterion) }
    add("--baseline", gate.baseline)
  }

  /// The options that name a reference.
  fileprivate mutating func add(_ reference: ReferenceKernel?) {
    guard let reference else { return }
    switch reference.subject {
    case .library(let path, let symbol, let signature):
      add("--reference-library", path)
      add("--reference-symbol", symbol)
      add("--reference-signature", signature.text)
    case .python(let callable, _): add("--reference-python", callable)
    case .command(let command): add("--reference-worker", command.joined(separator: " "))
    case .own, .files: break
    }
    for (name, value) in reference.arguments.sorted(by: { $0.key < $1.key }) {
      add("--reference-argument", "\(name)=\(value.text)")
    }
    add("--reference-format", reference.format)
  }

  /// The options that ask for properties.
  fileprivate mutating func add(_ properties: PropertyReport) {
    if !properties.required.isEmpty {
      add("--requires", properties.required.map(\.rawValue).joined(separator: ","))
    } else if !properties.results.isEmpty {
      add("--properties")
    }
  }

  /// The options that name a kernel.
  fileprivate mutating func add(_ subject: KernelSubject) {
    switch subject {
    case .library(let path, let symbol, let signature):
      add("--library", path)
      add("--symbol", symbol)
      add("--signature", signature.text)
    case .python(let callable, _): add("--python", callable)
    case .command(let command): add("--worker", command.joined(separator: " "))
    case .own(let name): add("--own", name)
    case .files(let inputs, let output):
      add("--inputs")
      for input in inputs { add(input) }
      add("--outputs", output)
    }
  }
}
