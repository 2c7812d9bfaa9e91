// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// A command whose help ends in command lines to copy.
protocol ExemplifiedCommand: ParsableCommand {
  /// Complete command lines with what each shows.
  static var examples: [Example] { get }
}

/// A command line and what it shows.
struct Example: Sendable {
  /// The complete command line, starting with `halfway`.
  var line: String
  /// What a reader learns from it, in a few words.
  var purpose: String

  /// A command line and its purpose.
  init(_ line: String, _ purpose: String) {
    self.line = line
    self.purpose = purpose
  }
}

/// The last section of a help text; ArgumentParser has no place for one after the options.
enum Examples {
  /// The section of the command that `arguments` ask help for, empty where it has no examples.
  static func text(for arguments: [String], root: any ParsableCommand.Type) -> String {
    var command = root
    for word in arguments where !word.hasPrefix("-") {
      let next = command.configuration.subcommands.first { $0._commandName == word }
      command = next ?? command
    }
    guard let examples = (command as? any ExemplifiedCommand.Type)?.examples, !examples.isEmpty
    else { return "\n" }
    let lines = examples.map { "  # \($0.purpose)\n  \($0.line)\n" }
    return "\nEXAMPLES:\n" + lines.joined()
  }
}
