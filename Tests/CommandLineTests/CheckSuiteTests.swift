// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@Suite("check: files of checks")
struct CheckSuiteTests {
  private func folder() throws -> URL {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("halfway-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return folder
  }

  private func file(_ checks: String, in folder: URL) throws -> String {
    let path = folder.appendingPathComponent("kernels.json5")
    try checks.write(to: path, atomically: true, encoding: .utf8)
    return path.path
  }

  private func entry(_ symbol: String) throws -> String {
    """
      '\(symbol)': {
        function: 'exp', library: '\(try SampleKernels.library.get())', symbol: '\(symbol)',
        signature: '\(SampleKernels.signature)', cases: '0x3f800000..0x3f80ffff',
      },
    """
  }

  @Test("Each check has its outcome and its baseline; the whole fails with one of them")
  func outcomes() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let checks = try file(
      "{checks: {\(try entry("good"))\(try entry("zeros"))\(try entry("missing"))}}", in: folder)
    let junit = folder.appendingPathComponent("out.xml").path
    let run = try Tool.run(["check", checks, "--junit", junit])
    #expect(run.status == 1, "\(run.errors)")
    #expect(
      run.output.hasPrefix("3 checks: 1 hold, 1 with findings, 1 could not be made."),
      "\(run.output)")
    #expect(run.errors.contains("no symbol 'missing'"))
    let document = try JUnitDocument(ofFile: junit)
    #expect(document.tests == ["good", "zeros", "missing"])
    #expect(document.failing == ["zeros"] && document.broken == ["missing"])
    // Some systems show a failure's text alone: the numbers stand in it.
    #expect(document.text.contains("largest error"))
  }

  @Test("Baselines of a folder are written and compared under the checks' names")
  func baselines() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let checks = try file("{checks: {\(try entry("plain_exp"))}}", in: folder)
    let baselines = folder.appendingPathComponent("baselines").path
    let none = try Tool.run(["check", checks, "--baseline-folder", baselines])
    #expect(none.status == 65 && none.errors.contains("--update-baseline writes it"))
    let written = try Tool.run([
      "check", checks, "--baseline-folder", baselines, "--update-baseline",
    ])
    #expect(written.status == 0, "\(written.errors)")
    #expect(FileManager.default.fileExists(atPath: "\(baselines)/plain_exp.json"))
    let same = try Tool.run(["check", checks, "--baseline-folder", baselines])
    #expect(same.status == 0 && same.output.contains("the same bits"))
  }

  @Test("GitHub gets annotations and a summary, ten at most and the number of the rest")
  func annotations() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let many = try (0..<12).map { index in
      try entry("zeros").replacing("'zeros': {", with: "'zeros-\(index)': {")
    }.joined()
    let checks = try file("{checks: {\(many)}}", in: folder)
    let summary = folder.appendingPathComponent("summary.md")
    try Data().write(to: summary)
    let run = try Tool.run(
      ["check", checks],
      environment: ["GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": summary.path])
    #expect(run.status == 1)
    let lines = run.errors.split(separator: "\n").filter { $0.hasPrefix("::error ") }
    #expect(lines.count == 10)
    #expect(lines.last == "::error title=halfway check::3 more not shown")
    let table = try String(contentsOf: summary, encoding: .utf8)
    #expect(table.split(separator: "\n").count == 14 && table.contains("| zeros-11 | **fails** |"))
  }

  @Test("A file that is wrong is told with its lines, and nothing runs")
  func badFiles() throws {
    let folder = try folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let rows: [(text: String, status: Int32, message: String)] = [
      ("{checks: {a: {libary: 'x'}}}", 65, "nearest: library"),
      ("{checks: {'../a': {library: 'x'}}}", 65, "it names its baseline's file"),
      ("{checks: [1]}", 65, "the checks are an object"), ("{}", 65, "'checks' of a file of checks"),
      ("{checks: {}}", 3, "has no checks"), ("{checks: {a: {samples: 0}}}", 65, "a whole number"),
    ]
    for (text, status, message) in rows {
      let run = try Tool.run(["check", try file(text, in: folder)])
      #expect(run.status == status && run.errors.contains(message), "\(text): \(run.errors)")
    }
    let mixed = try Tool.run(["check", try file("{}", in: folder), "--symbol", "x"])
    #expect(mixed.status == 64 && mixed.errors.contains("says what is checked"))
  }
}
