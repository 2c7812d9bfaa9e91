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
    let lines = examples.map { "  # \($0.purpose)\n\(HelpText.continued($0.line))\n" }
    return "\nEXAMPLES:\n" + lines.joined()
  }
}

/// Help in lines of at most 80 columns.
enum HelpText {
  private static let width = 80

  /// The text with its usage line, which ArgumentParser leaves whole, broken between its options.
  static func wrapped(_ text: String) -> String {
    let label = "USAGE: "
    let terminal = Terminal(isInteractive: false, allowsColour: false, width: width)
    return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      guard line.hasPrefix(label), line.count > width else { return String(line) }
      // A space inside brackets is none to break at.
      let kept = line.dropFirst(label.count).replacing(/\[[^\]]*\]/) {
        $0.output.replacing(" ", with: "\u{a0}")
      }
      return terminal.wrapped(String(kept), label: label).joined(separator: "\n")
        .replacing("\u{a0}", with: " ")
    }.joined(separator: "\n")
  }

  /// A command line, indented, broken before options as a shell reads it.
  static func continued(_ line: String) -> String {
    var lines = ["  "]
    for (index, part) in line.split(separator: " --").enumerated() {
      let word = index == 0 ? String(part) : " --" + part
      if index > 0, lines[lines.count - 1].count + word.count > width - 2 {
        lines[lines.count - 1] += " \\"
        lines.append("   ")
      }
      lines[lines.count - 1] += word
    }
    return lines.joined(separator: "\n")
  }
}
