// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Conditions
import Words

/// The option `--fail-on` of commands with one result.
struct FailOnOptions: ParsableArguments {
  @Option(
    name: .customLong("fail-on"),
    help: ArgumentHelp(
      """
      End with status 1 where this holds of the result's JSON, such as 'summary.mismatches > 5' \
      (docs/compare.md); repeatable. It takes the place of the command's own criterion.
      """, valueName: "condition"))
  var conditions: [String] = []

  /// The gate of the conditions; throws status 64 on one that cannot be read, or that names another
  /// document.
  func gate() throws(CommandExit) -> DocumentGate {
    let gate = try DocumentGate(conditions)
    for condition in gate.conditions {
      guard let offset = condition.otherOffset else { continue }
      throw DocumentGate.usage(
        Caret.complaint(
          "'other' is for halfway compare, which has another document", about: condition.text,
          at: offset))
    }
    return gate
  }
}
