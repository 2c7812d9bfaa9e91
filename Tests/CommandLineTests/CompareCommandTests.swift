// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@Suite("compare: two results of one command")
struct CompareCommandTests {
  private static let fma = ["verify", "fma", "--format", "fp16", "--cases", "coverage:1"]

  /// Runs `body` with the paths of this arithmetic's and the processor's results of the same cases.
  private func withSubjects(_ body: (_ soft: String, _ native: String, String) throws -> Void)
    throws
  {
    try withTemporaryFolder { folder in
      for subject in ["soft", "native"] {
        let run = try Tool.run(
          Self.fma + ["--subject", subject, "--export", "\(folder)/\(subject).json"])
        #expect(run.status == (subject == "soft" ? 0 : 1), "\(run.errors)")
      }
      try body("\(folder)/soft.json", "\(folder)/native.json", folder)
    }
  }

  @Test("Two runs of one command are the same, whatever their times")
  func same() throws {
    try withTemporaryFolder { folder in
      for name in ["a", "b"] {
        let run = try Tool.run(
          ["elementary", "exp", "--format", "bf16", "--export", "\(folder)/\(name).json"])
        #expect(run.status == 0, "\(run.errors)")
      }
      let run = try Tool.run(["compare", "\(folder)/a.json", "\(folder)/b.json"])
      #expect(run.status == 0, "\(run.errors)\(run.output)")
      #expect(run.output.hasPrefix("The same: no value of these two halfway/elementary/1 differs."))
    }
  }

  @Test("More mismatches are worse, fewer better; the subject that is compared decides nothing")
  func subjects() throws {
    try withSubjects { soft, native, _ in
      let worse = try Tool.run(["compare", soft, native])
      #expect(worse.status == 1 && worse.errors.isEmpty, "\(worse.errors)")
      #expect(worse.output.hasPrefix("Worse: 2 of 4 figures; none better.\n"), "\(worse.output)")
      #expect(worse.output.contains("\n  summary.mismatches\n      228, was 0: 228 more\n"))
      #expect(worse.output.contains("\n  configuration.subject\n      native, was soft\n"))
      let better = try Tool.run(["compare", native, soft])
      #expect(better.status == 0, "\(better.errors)")
      #expect(better.output.hasPrefix("Better: 2 of 4 figures, and none worse.\n"))
      #expect(better.output.contains("\n      0, was 228: 228 less\n"))
      for line in worse.output.split(separator: "\n") where line.count > 80 {
        #expect(!line.drop { $0 == " " }.contains(" "), "\(line)")
      }
    }
  }

  @Test("Every output format; the JSON keeps to its schema")
  func formats() throws {
    try withSubjects { soft, native, folder in
      let exports = ["json", "jsonl", "csv", "txt"].map { "\(folder)/x.\($0)" }
      let run = try Tool.run(
        ["compare", soft, native, "--fail-on", "summary.mismatches > other"]
          + exports.flatMap { ["--export", $0] })
      #expect(run.status == 1)
      let texts = try exports.map { try String(contentsOfFile: $0, encoding: .utf8) }
      #expect(try JSONSchema(named: "comparison-1").violations(in: texts[0]) == [])
      let document = try JSONValue(texts[0])
      #expect(document["results"]?["verdict"]?.text == "worse")
      #expect(document["results"]?["conditions"]?.elements.first?["holds"] == .boolean(true))
      #expect(
        texts[1].contains(
          #""judgement":"worse","path":"summary.mismatches","before":0,"after":228"#))
      #expect(texts[2].hasPrefix("judgement,path,before,after,difference,ratio,note\nworse,"))
      #expect(texts[2].contains("\nworse,summary.mismatches,0,228,228,,\n"))
      #expect(texts[3] == run.output)
    }
  }

  @Test("Under different configurations nothing follows, and their keys are named")
  func undecidable() throws {
    try withTemporaryFolder { folder in
      for samples in ["100", "200"] {
        let run = try Tool.run(
          ["elementary", "exp", "--format", "fp64", "--samples", samples]
            + ["--export", "\(folder)/\(samples).json"])
        #expect(run.status == 0, "\(run.errors)")
      }
      let files = ["\(folder)/100.json", "\(folder)/200.json"]
      let run = try Tool.run(["compare"] + files)
      #expect(run.status == 3)
      #expect(
        run.output.hasPrefix(
          "Undecidable because the configurations differ in configuration.samples.\n"))
      #expect(run.errors.contains("configuration.samples"))
      for (condition, status) in [
        ("summary.tested < other", 3), ("summary.tested > other", 1), ("summary.tested > 200", 0),
      ] {
        let run = try Tool.run(["compare"] + files + ["--fail-on", condition])
        #expect(run.status == Int32(status), "\(condition): \(run.errors)")
      }
    }
  }

  @Test("Conditions alone decide where there are some; those that hold are named with their values")
  func conditions() throws {
    try withSubjects { soft, native, _ in
      let rows: [(condition: String, status: Int32, text: String)] = [
        ("summary.mismatches > 228", 0, ""), ("summary.mismatches > other + 228", 0, ""),
        (
          "summary.mismatches > 227", 1,
          "halfway: --fail-on 'summary.mismatches > 227' holds: summary.mismatches is 228\n"
        ),
        (
          "results[*].mismatches >= other + 228", 1,
          "halfway: --fail-on 'results[*].mismatches >= other + 228' holds: "
            + "results[0].mismatches is 228 (limit 228)\n"
        ),
        ("configuration.subject == native and summary.tested != other", 0, ""),
        ("configuration.subject == native and summary.holds == false", 1, "subject is 'native', "),
        (
          "summary.mismatche > 0", 64,
          "halfway: --fail-on: character 9: unknown key 'mismatche'; did you mean mismatches? "
        ),
        (
          "summary.mismatches > ", 64,
          "\n  summary.mismatches > \n" + String(repeating: " ", count: 23) + "^\n"
        ),
      ]
      for row in rows {
        let run = try Tool.run(["compare", soft, native, "--fail-on", row.condition])
        #expect(run.status == row.status, "\(row.condition): \(run.errors)")
        #expect(
          row.text.isEmpty ? run.errors.isEmpty : run.errors.contains(row.text), "\(run.errors)")
      }
      let both = try Tool.run(
        ["compare", soft, native, "--fail-on", "summary.mismatches > 1000"]
          + ["--fail-on", "summary.holds == false", "--fail-on", "summary.mismatches > other"])
      #expect(both.status == 1)
      #expect(both.errors.filter { $0 == "\n" }.count == 2, "\(both.errors)")
    }
  }

  @Test("What cannot be compared is told in a line with its status, before anything is written")
  func badInput() throws {
    try withTemporaryFolder { folder in
      let files = [
        "good": #"{"schema": "halfway/audit/1", "summary": {}}"#,
        "other": #"{"schema": "halfway/units/1", "summary": {}}"#,
        "foreign": #"{"results": []}"#, "list": "[1, 2]", "empty": "",
        "lines": "{\"schema\": \"halfway/audit/1\"}\n{\"row\": 1}\n",
        "twice": #"{"schema": "halfway/audit/1", "a": 1, "a": 2}"#,
        "cut": #"{"schema": "halfway/audit/1", "a": "#,
      ]
      for (name, text) in files {
        try text.write(toFile: "\(folder)/\(name).json", atomically: false, encoding: .utf8)
      }
      let rows: [(name: String, status: Int32, text: String)] = [
        ("good", 0, ""), ("other", 2, "results of one command and version can be compared"),
        ("foreign", 65, "no result of halfway: 'schema' is missing"), ("list", 65, "no result"),
        ("empty", 65, "it is empty"), ("lines", 65, "byte 30: something follows"),
        ("twice", 65, "byte 0: a key stands twice"), ("cut", 65, "byte 35: a value is expected"),
        ("none", 65, "No such file"),
      ]
      for row in rows {
        let run = try Tool.run(["compare", "\(folder)/good.json", "\(folder)/\(row.name).json"])
        #expect(run.status == row.status, "\(row.name): \(run.errors)")
        guard row.status != 0 else { continue }
        #expect(run.errors.contains(row.text), "\(row.name): \(run.errors)")
        #expect(run.output.isEmpty && run.errors.filter { $0 == "\n" }.count == 1, "\(run.errors)")
      }
      #expect(try Tool.run(["compare", folder, folder]).errors.contains("it is a folder"))
      let own = try Tool.run(
        ["compare", "\(folder)/good.json", "\(folder)/good.json"]
          + ["--export", "\(folder)/good.json"])
      #expect(own.status == 64 && own.errors.contains("which this command reads"))
    }
  }
}
