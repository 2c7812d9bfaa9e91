// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import Reports
import SoftFloat
import Tables
import Threads
import Words

/// The form in which a result is written.
enum OutputFormat: String, CaseIterable, ExpressibleByArgument, Sendable {
  /// For people.
  case text
  /// One document with schema, tool version, environment, configuration and results.
  case json
  /// One JSON object per row.
  case jsonl
  /// Comma-separated rows under a header (RFC 4180, lines end in a newline).
  case csv
}

/// A result that can be shown in every output format.
protocol Presentable {
  /// The text for people, ending in a newline, no wider than the terminal where that is possible.
  func text(for terminal: Terminal) -> String
  /// The rows behind the text.
  var table: Table { get }
  /// The rows as JSON lines.
  func jsonLines() throws -> String
  /// The complete document.
  var document: any Encodable { get }
}

extension Presentable {
  func jsonLines() throws -> String { table.jsonLines }
}

/// The options `--output-format` and `--export` of every command that has a result.
struct OutputOptions: ParsableArguments {
  @Option(name: .long, help: "How standard output shows the result.")
  var outputFormat: OutputFormat = .text

  @Option(
    name: .customLong("export"),
    help: ArgumentHelp(
      "Also write the result to a file; its suffix (.txt, .json, .jsonl, .csv) tells the form.",
      valueName: "file"), completion: .file())
  var exports: [String] = []

  /// Refuses a suffix that names no form, before any work is done.
  mutating func validate() throws {
    for path in exports { _ = try OutputOptions.format(ofFile: path) }
  }

  /// Throws status 64 when an export would take the place of a file that the command reads or
  /// writes, and status 2 with the reason when one cannot be written: known before the work, not
  /// after an hour of it.
  func checkFiles(beside own: OwnFiles = OwnFiles()) throws(CommandExit) {
    try own.refuse(exports)
    for path in exports { try AtomicFile.check(path) }
  }

  /// Writes a result to the exported files, then to standard output: files first, for a reader of
  /// standard output may leave. What cannot be written does not keep the rest from being written.
  func write(_ result: some Presentable) throws {
    let page = Terminal(isInteractive: false, allowsColour: false, width: 80)
    let files = exports.map { path in
      {
        let format = try OutputOptions.format(ofFile: path)
        try AtomicFile.write(try render(result, as: format, for: page), to: path)
      }
    }
    try OutputOptions.runAll(
      files + [{ try StandardOutput.write(try render(result, as: outputFormat, for: .output)) }])
  }

  /// Runs every action, each on a thread of its own where there are enough, then throws the last
  /// error and complains about those before it.
  static func runAll(threads: Int = 1, _ actions: [() throws -> Void]) throws {
    var failures = [(any Error)?](repeating: nil, count: actions.count)
    failures.withUnsafeMutableBufferPointer { failures in
      ThreadTeam.run(tasks: actions.count, threads: threads) { action in
        do { try actions[action]() } catch { failures[action] = error }
      }
    }
    let complaints = failures.compactMap(\.self)
    for failure in complaints.dropLast() { Terminal.complain("\(failure)") }
    if let failure = complaints.last { throw failure }
  }

  /// The text of a result in a form.
  private func render(
    _ result: some Presentable, as format: OutputFormat, for terminal: Terminal
  ) throws -> String {
    switch format {
    case .text: result.text(for: terminal)
    case .json: try JSONText.encode(result.document)
    case .jsonl: try result.jsonLines()
    case .csv: result.table.csv
    }
  }

  private static func format(ofFile path: String) throws -> OutputFormat {
    let suffix = URL(fileURLWithPath: path).pathExtension.lowercased()
    if let format = suffix == "txt" ? .text : OutputFormat(rawValue: suffix) { return format }
    throw ValidationError(
      "cannot tell the form of '\(Echo.word(path))': end it in .txt, .json, .jsonl or .csv")
  }
}
