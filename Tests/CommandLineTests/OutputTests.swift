// SPDX-License-Identifier: Apache-2.0
import Foundation
import Tables
import Testing

@testable import halfway

@Suite("Output")
struct OutputTests {
  @Test("Every form of one result: text, JSON with its schema, JSON lines, CSV")
  func forms() throws {
    let json = try Tool.run(["formats", "--output-format", "json"])
    let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8))
    let document = try #require(object as? [String: Any])
    #expect(document["schema"] as? String == "halfway/formats/1")
    #expect(Set(document.keys) == ["schema", "tool", "environment", "configuration", "results"])
    #expect((document["results"] as? [Any])?.count == 10)

    let lines = try Tool.run(["formats", "--output-format", "jsonl"]).output
      .split(separator: "\n")
    #expect(lines.count == 10)
    for line in lines {
      #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(line.utf8)) }
    }

    let csv = try Tool.run(["formats", "--output-format", "csv"]).output
    #expect(csv.hasPrefix("id,name,bits,exponent_bits,precision,"))
    #expect(csv.contains("\nfp16,IEEE binary16,16,5,11,-14,15,65504.0,-24,true,\"Inf, NaN\"\n"))
  }

  @Test("Exports take their form from the suffix and appear whole")
  func exports() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("halfway-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let paths = ["a.csv", "a.json", "a.jsonl", "a.txt"].map {
      folder.appendingPathComponent($0).path
    }
    let run = try Tool.run(["explain", "1 + 2"] + paths.flatMap { ["--export", $0] })
    #expect(run.status == 0)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(files == ["a.csv", "a.json", "a.jsonl", "a.txt"])
    #expect(try String(contentsOfFile: paths[3], encoding: .utf8) == run.output)
  }

  @Test("The same command gives the same bytes")
  func repeatable() throws {
    let arguments = ["explain", "sqrt(2) / 3", "--rounding", "all", "--output-format", "json"]
    #expect(try Tool.run(arguments).output == Tool.run(arguments).output)
  }

  @Test("The error of a case tells a tie from what rounds to one")
  func errorsOfCases() throws {
    for (operands, error) in [
      ("03ff,1001,03ff", "-(just under 0.5)"), ("3c00,3c00,1000", "-0.5"),
      ("3c00,3c00,0001", "-6.1e-05"),
    ] {
      let run = try Tool.run([
        "verify", "fma", "--format", "fp16", "--subject", "batch", "--operands", operands,
      ])
      #expect(run.status == 0)
      #expect(run.output.contains("  error \(error)"), "\(run.output)")
    }
  }

  @Test("CSV quotes and JSON escapes what they must")
  func escaping() {
    let table = Table(
      columns: ["a", "b"],
      rows: [[.text("x,\"y\"\n"), .number(.infinity)], [.missing, .flag(true)]])
    #expect(table.csv == "a,b\n\"x,\"\"y\"\"\n\",inf\n,true\n")
    #expect(
      table.jsonLines == "{\"a\":\"x,\\\"y\\\"\\n\",\"b\":\"inf\"}\n{\"a\":null,\"b\":true}\n")
  }

  @Test("Colour appears when forced, never into a pipe or against NO_COLOR")
  func colour() throws {
    let arguments = ["explain", "0.1"]
    let plain = try Tool.run(arguments).output
    #expect(!plain.contains("\u{1b}"))
    let forced = try Tool.run(arguments, environment: ["FORCE_COLOR": "1"]).output
    #expect(forced.contains("\u{1b}[1m"))
    #expect(forced.replacing(/\u{1b}\[[0-9;]*m/, with: "") == plain)
    let refused = ["FORCE_COLOR": "1", "NO_COLOR": "1"]
    #expect(try Tool.run(arguments, environment: refused).output == plain)
  }

  @Test("Help ends in examples, each of which runs", arguments: ["explain", "formats"])
  func examples(command: String) throws {
    let help = try Tool.run([command, "--help"])
    #expect(help.status == 0)
    let parts = help.output.components(separatedBy: "EXAMPLES:\n")
    try #require(parts.count == 2)
    let lines = parts[1].replacing(" \\\n", with: " ").split(separator: "\n").filter {
      $0.hasPrefix("  halfway ")
    }
    #expect(lines.count >= 4)
    // A file of the reader's own is not here.
    for line in lines where !line.contains("@") {
      let run = try Tool.shell("\"$halfway\"" + line.dropFirst("  halfway".count))
      #expect(run.status == 0, "\(line): \(run.errors)")
      let isForPeople = !line.contains("--output-format")
      let widest = run.output.split(separator: "\n").map(\.count).max() ?? 0
      #expect(!isForPeople || widest <= 80, "\(line)")
    }
  }

  @Test("The version goes to standard output")
  func version() throws {
    let run = try Tool.run(["--version"])
    #expect(run.status == 0)
    #expect(run.output == Version.current + "\n")
  }
}
