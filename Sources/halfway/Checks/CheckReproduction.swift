// SPDX-License-Identifier: Apache-2.0
import Formats
import KernelChecks

/// The command lines that do a check, or a part of it, again.
struct CheckReproduction {
  let configuration: KernelCampaign.Configuration

  init(_ work: KernelCampaign) { configuration = work.configuration }

  /// The whole check.
  var line: String {
    switch configuration.cases {
    case .exhaustive: line { $0.add("--cases", "exhaustive") }
    case .random(let count, let seed):
      line {
        $0.add("--samples", count)
        $0.add("--seed", seed)
      }
    case .range(let first, let last): line { $0.add("--cases", range(first, last)) }
    case .boundary: line { $0.add("--cases", "boundary") }
    case .given: line { _ in }
    }
  }

  /// One element.
  func line(of operands: [UInt64]) -> String {
    guard operands.count == 1, !configuration.subject.isFiles else { return line }
    return line { $0.add("--cases", range(operands[0], operands[0])) }
  }

  private func range(_ first: UInt64, _ last: UInt64) -> String {
    "0x\(String(first, radix: 16))..0x\(String(last, radix: 16))"
  }

  private func line(_ addCases: (inout CommandWords) -> Void) -> String {
    var words = start
    addCases(&words)
    words.add("--criterion", configuration.criterion.text)
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

/// The command lines that do a check of arrays, or one case of it, again.
struct ArrayReproduction {
  let configuration: ArrayCampaign.Configuration
  /// Whether its cases are those that are taken unasked.
  let isStandard: Bool

  /// The terms of the sums that are looked into, and what is asked of them.
  var identify: Int?
  var accumulates: Format?

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
    words.add("--criterion", configuration.criterion.text)
    if isWhole {
      words.add("--identify", identify)
      words.add("--accumulates", accumulates?.id)
    }
    if configuration.timeLimit != 10 { words.add("--time-limit", Int(configuration.timeLimit)) }
    return words.line
  }
}

extension CommandWords {
  /// The options that name a kernel.
  fileprivate mutating func add(_ subject: KernelSubject) {
    switch subject {
    case .library(let path, let symbol, let signature):
      add("--library", path)
      add("--symbol", symbol)
      add("--signature", signature.text)
    case .python(let callable, _): add("--python", callable)
    case .command(let command): add("--worker", command.joined(separator: " "))
    case .files(let inputs, let output):
      add("--inputs")
      for input in inputs { add(input) }
      add("--outputs", output)
    }
  }
}
