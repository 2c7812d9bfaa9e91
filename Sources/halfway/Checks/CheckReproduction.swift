// SPDX-License-Identifier: Apache-2.0
import KernelChecks

/// The command lines that do a check, or a part of it, again.
struct CheckReproduction {
  let configuration: KernelCampaign.Configuration

  init(_ work: KernelCampaign) { configuration = work.configuration }

  /// The whole check.
  var line: String {
    switch configuration.cases {
    case .exhaustive: start + " --cases exhaustive" + end
    case .random(let count, let seed): start + " --samples \(count) --seed \(seed)" + end
    case .range(let first, let last): start + cases(first, last) + end
    }
  }

  /// One element.
  func line(of operands: [UInt64]) -> String {
    guard operands.count == 1 else { return line }
    return start + cases(operands[0], operands[0]) + end
  }

  private func cases(_ first: UInt64, _ last: UInt64) -> String {
    " --cases 0x\(String(first, radix: 16))..0x\(String(last, radix: 16))"
  }

  private var start: String {
    var words = ["halfway", "check", configuration.function.rawValue]
    switch configuration.subject {
    case .library(let path, let symbol, let signature):
      words += [
        "--library", quoted(path), "--symbol", quoted(symbol), "--signature",
        quoted(signature.text),
      ]
    case .python(let callable, _): words += ["--python", quoted(callable)]
    case .command(let command):
      words += ["--worker", quoted(command.joined(separator: " "))]
    }
    return (words + ["--format", configuration.format]).joined(separator: " ")
  }

  private var end: String {
    " --criterion \(configuration.criterion.text)"
      + (configuration.timeLimit == 10 ? "" : " --time-limit \(Int(configuration.timeLimit))")
  }

  private func quoted(_ word: String) -> String {
    let plain = word.allSatisfy { $0.isLetter || $0.isNumber || "._/-:+=,".contains($0) }
    return plain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
  }
}
