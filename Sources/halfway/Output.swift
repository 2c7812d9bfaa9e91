// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation

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
  /// The complete document.
  var document: any Encodable { get }
}

/// The options `--output-format` and `--export` of every command that has a result.
struct OutputOptions: ParsableArguments {
  @Option(name: .long, help: "How standard output shows the result.")
  var outputFormat: OutputFormat = .text

  @Option(
    name: .customLong("export"),
    help: ArgumentHelp(
      "Also write the result to a file; its suffix (.txt, .json, .jsonl, .csv) tells the form.",
      valueName: "file"))
  var exports: [String] = []

  /// Refuses a suffix that names no form, before any work is done.
  mutating func validate() throws {
    for path in exports { _ = try OutputOptions.format(ofFile: path) }
  }

  /// Writes a result to the exported files, then to standard output: files first, for a reader of
  /// standard output may leave.
  func write(_ result: some Presentable) throws {
    for path in exports {
      let format = try OutputOptions.format(ofFile: path)
      let terminal = Terminal(isInteractive: false, allowsColour: false, width: 80)
      try AtomicFile.write(try render(result, as: format, for: terminal), to: path)
    }
    try StandardOutput.write(try render(result, as: outputFormat, for: .output))
  }

  /// The text of a result in a form.
  func render(
    _ result: some Presentable, as format: OutputFormat, for terminal: Terminal
  ) throws -> String {
    switch format {
    case .text: result.text(for: terminal)
    case .json: try JSONText.encode(result.document)
    case .jsonl: result.table.jsonLines
    case .csv: result.table.csv
    }
  }

  private static func format(ofFile path: String) throws -> OutputFormat {
    let suffix = URL(fileURLWithPath: path).pathExtension.lowercased()
    if let format = suffix == "txt" ? .text : OutputFormat(rawValue: suffix) { return format }
    throw ValidationError(
      "cannot tell the form of '\(path)': end it in .txt, .json, .jsonl or .csv")
  }
}

/// JSON as this tool writes it.
enum JSONText {
  /// The document with sorted keys, two-space indentation and a final newline: equal values give
  /// equal bytes.
  static func encode(_ value: any Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
  }
}

/// Files that appear whole or not at all.
enum AtomicFile {
  private static let permissions: mode_t = 0o666

  /// Writes a text beside its place and renames it; throws status 2 with the system's reason.
  static func write(_ text: String, to path: String) throws(CommandExit) {
    let partial = "\(path).\(getpid()).partial"
    let descriptor = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, permissions)
    guard descriptor >= 0 else { throw failure(path, errno) }
    var reason = Descriptor.write(text, to: descriptor)
    if close(descriptor) != 0, reason == 0 { reason = errno }
    if reason == 0, rename(partial, path) != 0 { reason = errno }
    if reason != 0 {
      unlink(partial)
      throw failure(path, reason)
    }
  }

  private static func failure(_ path: String, _ reason: Int32) -> CommandExit {
    CommandExit(.couldNotRun, "cannot write '\(path)': \(String(cString: strerror(reason)))")
  }
}

/// Standard output without buffering.
enum StandardOutput {
  /// Writes the whole text; throws status 2 when the system refuses it, as on a full disk.
  static func write(_ text: String) throws(CommandExit) {
    let reason = Descriptor.write(text, to: STDOUT_FILENO)
    guard reason != 0 else { return }
    throw CommandExit(
      .couldNotRun, "cannot write to standard output: \(String(cString: strerror(reason)))")
  }
}

/// Open files of the system.
enum Descriptor {
  /// Writes the whole text; 0, or the system's reason against it.
  static func write(_ text: String, to descriptor: Int32) -> Int32 {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR && errno != EAGAIN {
        return errno
      }
    }
    return 0
  }
}
