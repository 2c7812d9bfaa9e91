// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// The built executable, run as a person runs it.
enum Tool {
  /// How a run ended.
  struct Run {
    var status: Int32
    var output: String
    var errors: String
  }

  /// The executable beside the test bundle. A missing one fails every test that needs it.
  static var url: URL {
    get throws {
      let folder = try #require(Bundle.main.executableURL).deletingLastPathComponent()
      let candidates = [folder, Bundle.main.bundleURL.deletingLastPathComponent()]
      let tools = candidates.map { $0.appendingPathComponent("halfway") }
      return try #require(
        tools.first { FileManager.default.isExecutableFile(atPath: $0.path) },
        "no executable 'halfway' in \(folder.path)")
    }
  }

  /// The end of `halfway` with arguments, in an environment without colour and 80 columns wide.
  static func run(
    _ arguments: [String], environment: [String: String] = [:]
  ) throws -> Run {
    try run(try url, arguments, environment)
  }

  /// The end of a shell command in which `$halfway` is the executable.
  static func shell(_ command: String) throws -> Run {
    let tool = try url.path
    return try run(
      URL(fileURLWithPath: "/bin/sh"), ["-c", command], ["halfway": tool])
  }

  private static func run(
    _ executable: URL, _ arguments: [String], _ environment: [String: String]
  ) throws -> Run {
    let process = Process()
    process.executableURL = executable
    process.arguments = arguments
    let base = ["PATH": "/usr/bin:/bin", "TERM": "xterm", "COLUMNS": "80"]
    process.environment = base.merging(environment) { _, given in given }
    // Files, for a pipe that nobody reads meanwhile would block a tool that says too much, and
    // reading one traps where a signal interrupts it.
    let urls = ["stdout", "stderr"].map {
      FileManager.default.temporaryDirectory
        .appendingPathComponent("halfway-\(UUID().uuidString).\($0)")
    }
    for url in urls { try Data().write(to: url) }
    defer { for url in urls { try? FileManager.default.removeItem(at: url) } }
    let handles = try urls.map { try FileHandle(forWritingTo: $0) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = handles[0]
    process.standardError = handles[1]
    try process.run()
    process.waitUntilExit()
    for handle in handles { try handle.close() }
    let (outputData, errorData) = (try Data(contentsOf: urls[0]), try Data(contentsOf: urls[1]))
    return Run(
      status: process.terminationStatus, output: String(decoding: outputData, as: UTF8.self),
      errors: String(decoding: errorData, as: UTF8.self))
  }
}

/// The lines of two texts that differ, for a readable failure; empty when the texts are equal.
func difference(_ actual: String, _ expected: String) -> [String] {
  let actual = actual.split(separator: "\n", omittingEmptySubsequences: false)
  let expected = expected.split(separator: "\n", omittingEmptySubsequences: false)
  let changes = actual.difference(from: expected)
  return changes.map { change in
    switch change {
    case .insert(let offset, let line, _): "+\(offset + 1): \(line)"
    case .remove(let offset, let line, _): "-\(offset + 1): \(line)"
    }
  }
}
