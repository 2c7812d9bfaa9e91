// SPDX-License-Identifier: Apache-2.0
import Foundation
import Measurements
import Reports
import TestSupport
import Testing

@testable import halfway

@Suite("Text for people is no wider than it is asked to be")
struct EightyColumnsTests {
  private func run(named names: [String]) throws -> TrainingRun {
    var run = try TrainCommand.parse(
      Array(SchemaTests.train.dropFirst()) + ["--width", "8", "--seeds", "0"]
    ).session().experiment().run()
    for (index, name) in names.enumerated() { run.policies[index].policy.name = name }
    return run
  }

  @Test("A training's text, with names of any length and losses of any size")
  func training() throws {
    let long = String(repeating: "ci/far-run-", count: 4)
    for names in [[], [long, "ci/far-run"]] {
      var run = try run(named: names)
      let policy = run.policies[2]
      let steps = policy.steps.map {
        var record = $0
        record.exactLoss = 4.4e23
        return record
      }
      run.policies[2] = PolicyRun(policy: policy.policy, steps: steps, tensors: policy.tensors)
      for width in [40, 80, 132] {
        let terminal = Terminal(isInteractive: false, allowsColour: false, width: width)
        let lines = TrainingOutput(run: run).text(for: terminal).split(separator: "\n")
        for line in lines where line.count > width {
          // A word is never broken.
          #expect(!line.contains(" "), "\(line)")
        }
        let text = lines.joined(separator: "\n")
        #expect(text.contains("4.4e23") && !text.contains("440000000"))
        for name in names { #expect(text.contains(name), "a name that is broken: \(text)") }
      }
    }
  }

  @Test("Explanations in every format, FP64 with its 64 bits too")
  func explanations() throws {
    for format in ["e2m1", "fp16", "fp32", "fp64"] {
      for text in ["0.1 + 0.2", "exp(0.1)", "sum(repeat(0.1, 100))", "convert(0.1, fp16)"] {
        let run = try Tool.run(["explain", text, "--format", format, "--rounding", "all"])
        #expect(run.status == 0, "\(run.errors)")
        for line in run.output.split(separator: "\n") where line.count > 80 {
          Issue.record("\(text) in \(format): \(line)")
        }
      }
    }
  }

  @Test("Every command's help, its usage and its examples, and the list of policies")
  func help() throws {
    let commands = HalfwayCommand.configuration.subcommands.map { $0._commandName }
    #expect(commands.count > 10)
    for arguments in commands.map({ [$0, "--help"] }) + [["--help"], ["policies"]] {
      let run = try Tool.run(arguments)
      #expect(run.status == 0)
      for line in run.output.split(separator: "\n") where line.count > 80 {
        Issue.record("\(arguments): \(line)")
      }
    }
    #expect(
      HelpText.continued("halfway verify --a 1 --b 2") == "  halfway verify --a 1 --b 2")
    let parts = HelpText.continued(
      "halfway train --data \(String(repeating: "x", count: 40)) --steps 1000 --output mine"
    ).split(separator: "\n")
    #expect(parts.count == 2 && parts[0].hasSuffix(" \\") && parts[1] == "    --output mine")
  }
}
