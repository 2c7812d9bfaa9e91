// SPDX-License-Identifier: Apache-2.0
import Foundation
import Words

/// What GitHub shows of checks: an annotation for each that fails, and a step's summary.
struct GitHubSummary {
  let output: SuiteOutput

  /// GitHub shows ten annotations of a step.
  static let mostAnnotations = 10

  /// The workflow commands that make the annotations, one a line.
  var annotations: [String] {
    let failing = output.entries.filter { $0.hasFindings || $0.problem != nil }
    let shown = failing.count > Self.mostAnnotations ? Self.mostAnnotations - 1 : failing.count
    var lines = failing.prefix(shown).map { entry in
      "::error title=\(Self.escaped(entry.name, isProperty: true))::"
        + Self.escaped(entry.sentence, isProperty: false)
    }
    if failing.count > shown {
      lines.append("::error title=halfway check::\(failing.count - shown) more not shown")
    }
    return lines
  }

  /// A table in Markdown.
  var summary: String {
    var lines = ["| check | | |", "| --- | --- | --- |"]
    for entry in output.entries {
      let mark = entry.problem != nil ? "not made" : entry.hasFindings ? "**fails**" : "holds"
      let sentence = Echo.plain(entry.sentence).replacing("|", with: "\\|")
      lines.append("| \(entry.name) | \(mark) | \(sentence) |")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Prints the annotations and appends the summary where a step of GitHub's asks for them; nowhere
  /// else.
  func publish(_ environment: [String: String] = ProcessInfo.processInfo.environment) throws {
    guard environment["GITHUB_ACTIONS"] == "true" else { return }
    // GitHub reads them on both streams; standard output carries the result.
    for line in annotations {
      _ = Descriptor.write(line + "\n", to: StandardError.descriptor)
    }
    guard let path = environment["GITHUB_STEP_SUMMARY"], !path.isEmpty else { return }
    guard let file = FileHandle(forUpdatingAtPath: path) else {
      return Terminal.complain("cannot write the step's summary to '\(path)'")
    }
    defer { try? file.close() }
    try file.seekToEnd()
    try file.write(contentsOf: Data(summary.utf8))
  }

  /// GitHub's own escapes of workflow commands.
  private static func escaped(_ text: String, isProperty: Bool) -> String {
    var result = text.replacing("%", with: "%25").replacing("\r", with: "%0D")
      .replacing("\n", with: "%0A")
    if isProperty { result = result.replacing(":", with: "%3A").replacing(",", with: "%2C") }
    return result
  }
}
