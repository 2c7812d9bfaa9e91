// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import ExperimentFiles
import Policies
import Words

/// `halfway policies`: what the presets are, and any policy as a complete block of a file.
struct PoliciesCommand: ExemplifiedCommand {
  static let configuration = CommandConfiguration(
    commandName: "policies",
    abstract: "Lists the precision policies, or shows some as blocks of an experiment's file.",
    discussion: """
      A block has every field with its value and can stand in the list 'policies' of an experiment, \
      or in a file for 'halfway train --policies'. docs/experiments.md defines every key.
      """)

  static let examples = [
    Example("halfway policies", "the presets, and what each is"),
    Example("halfway policies fp16-amp", "every field of one"),
    Example("halfway policies mine.json5", "what the policies of a file come to"),
  ]

  @Argument(
    help: "Presets, all, or files of policies (.json5); none for a list of the presets.",
    completion: Completions.policies)
  var names: [String] = []

  func run() throws {
    if names.isEmpty { return try StandardOutput.write(list) }
    let policies = try PolicySelection(names, option: "<names>").policies
    try StandardOutput.write(
      policies.count == 1 ? PolicyWriter.text(policies[0]) : PolicyWriter.text(policies))
  }

  private var list: String {
    let width = Policy.presets.map(\.name.count).max() ?? 0
    return Policy.presets.map { preset in
      let padding = String(repeating: " ", count: width - preset.name.count)
      return Terminal.output.wrapped(
        preset.description.summary, label: "\(preset.name)\(padding)  "
      ).map { $0 + "\n" }.joined()
    }.joined()
  }
}

/// The policies of a list of presets' names and files.
struct PolicySelection {
  /// The policies in the order of the list, none twice.
  private(set) var policies: [Policy] = []
  /// The files among them.
  private(set) var files: [PolicyFile] = []

  /// The policies of words; throws status 64 for a name that there is not, 65 for a file that
  /// cannot be used.
  init(_ words: [String], option: String) throws(CommandExit) {
    let known = Policy.presets.map(\.name)
    var seen: Set<Policy> = []
    for name in Options.names(words) {
      for policy in try policies(name, known, option) where seen.insert(policy).inserted {
        if policies.contains(where: { $0.name == policy.name }) {
          throw .usage("\(option) names two policies '\(Echo.word(policy.name))'")
        }
        policies.append(policy)
      }
    }
  }

  private mutating func policies(
    _ name: String, _ known: [String], _ option: String
  ) throws(CommandExit) -> [Policy] {
    if name.lowercased() == "all" { return Policy.presets.filter { $0 != .fp64 } }
    if name.lowercased().hasSuffix(".json5") {
      let file = try ExperimentInput.policies(name)
      files.append(file)
      return file.policies
    }
    guard let policy = Policy.preset(named: name) else {
      throw .usage(
        NearestNames.complaint(
          kind: "policy", name: name, known: known, also: ", all, or a file.json5", option: option))
    }
    return [policy]
  }
}
