// SPDX-License-Identifier: Apache-2.0
import Foundation
import Words

/// What GitHub shows of tests: an annotation for each that fails, and a step's summary.
struct GitHubSummary {
  /// The command.
  let suite: String
  let tests: [GateTest]

  /// GitHub shows ten annotations of a step.
  static let mostAnnotations = 10
  /// The rows of the summary, which may have 1 MiB.
  private static let mostRows = 200
  private static let longestCell = 1000

  /// Whether this runs in a step of GitHub's.
  static var isAsked: Bool { ProcessInfo.processInfo.environment["GITHUB_ACTIONS"] == "true" }

  /// The workflow commands that make the annotations, one a line.
  var annotations: [String] {
    let failing = tests.filter(\.isFailing)
    let shown = failing.count > Self.mostAnnotations ? Self.mostAnnotations - 1 : failing.count
    var lines = failing.prefix(shown).map { test in
      "::error title=\(Self.escaped(test.name, isProperty: true))::"
        + Self.escaped(test.sentence, isProperty: false)
    }
    if failing.count > shown {
      lines.append("::error title=\(suite)::\(failing.count - shown) more not shown")
    }
    return lines
  }

  /// A table in Markdown; where there are too many rows, of those that fail first.
  var summary: String {
    var shown = tests[...]
    if tests.count > Self.mostRows {
      shown = (tests.filter(\.isFailing) + tests.filter { !$0.isFailing }).prefix(Self.mostRows)
    }
    let rows = shown.map { test in
      let mark =
        switch test.outcome {
        case .passed: "holds"
        case .failed: "**fails**"
        case .skipped: "skipped"
        case .unmade: "not made"
        }
      return "| \(Self.cell(test.name)) | \(mark) | \(Self.cell(test.sentence)) |"
    }
    var lines = ["| \(suite) | | |", "| --- | --- | --- |"] + rows
    if tests.count > shown.count {
      let rest = tests.count - shown.count
      let failing = tests.count(where: \.isFailing) - shown.count(where: \.isFailing)
      lines.append(
        "| | | \(rest) more not shown, \(failing == 0 ? "none" : "\(failing)") of them failing |")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Prints the annotations and appends the summary where a step of GitHub's asks for them; nowhere
  /// else.
  func publish(_ environment: [String: String] = ProcessInfo.processInfo.environment) throws {
    guard environment["GITHUB_ACTIONS"] == "true", !tests.isEmpty else { return }
    // GitHub reads them on both streams; standard output carries the result.
    for line in annotations {
      _ = Descriptor.write(line + "\n", to: StandardError.descriptor)
    }
    guard let path = environment["GITHUB_STEP_SUMMARY"], !path.isEmpty else { return }
    // Runners that only resemble GitHub's name a file that is not there yet.
    if !FileManager.default.fileExists(atPath: path) {
      _ = FileManager.default.createFile(atPath: path, contents: nil)
    }
    guard let file = FileHandle(forUpdatingAtPath: path) else {
      return Terminal.complain("cannot write the step's summary to '\(path)'")
    }
    defer { try? file.close() }
    // Tables of several commands stand apart.
    let gap = try file.seekToEnd() > 0 ? "\n" : ""
    try file.write(contentsOf: Data((gap + summary).utf8))
  }

  /// GitHub's own escapes of workflow commands.
  private static func escaped(_ text: String, isProperty: Bool) -> String {
    var result = text.replacing("%", with: "%25").replacing("\r", with: "%0D")
      .replacing("\n", with: "%0A")
    if isProperty { result = result.replacing(":", with: "%3A").replacing(",", with: "%2C") }
    return result
  }

  /// The text as it is in a cell of Markdown: no character of it means anything there.
  private static func cell(_ text: String) -> String {
    Echo.elided(Echo.plain(text), to: longestCell).map { character in
      switch character {
      case "&": "&amp;"
      case "<": "&lt;"
      case ">": "&gt;"
      case "\\", "`", "*", "_", "[", "]", "|", "~", "$", "@": "\\\(character)"
      default: "\(character)"
      }
    }.joined()
  }
}
