// SPDX-License-Identifier: Apache-2.0
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
    }
  }

  /// One element.
  func line(of operands: [UInt64]) -> String {
    guard operands.count == 1 else { return line }
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
    switch configuration.subject {
    case .library(let path, let symbol, let signature):
      words.add("--library", path)
      words.add("--symbol", symbol)
      words.add("--signature", signature.text)
    case .python(let callable, _): words.add("--python", callable)
    case .command(let command): words.add("--worker", command.joined(separator: " "))
    }
    words.add("--format", configuration.format)
    return words
  }
}
