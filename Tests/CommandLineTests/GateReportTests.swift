// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@Suite("--junit and GitHub: a command's outcome as tests")
struct GateReportTests {
  private static let native = [
    "verify", "fma", "--format", "fp16", "--cases", "coverage:1", "--subject", "native",
  ]

  /// The end of a command with --junit, and what it wrote.
  private func tested(
    _ arguments: [String], in folder: String, environment: [String: String] = [:]
  ) throws -> (run: Tool.Run, junit: JUnitDocument) {
    let path = "\(folder)/out.xml"
    let run = try Tool.run(arguments + ["--junit", path], environment: environment)
    return (run, try JUnitDocument(ofFile: path))
  }

  @Test("Each row is a test, the numbers in a failure's text")
  func rows() throws {
    try withTemporaryFolder { folder in
      let rows:
        [(arguments: [String], status: Int32, tests: [String], failing: [String], text: String)] =
          [
            (
              Self.native + ["--rounding", "rne,up"], 1,
              ["fma fp16 coverage:1 nearest-even", "fma fp16 up"],
              ["fma fp16 coverage:1 nearest-even"], "218 more not shown"
            ),
            (
              ["elementary", "exp", "tanh", "--format", "bf16"], 0, ["exp bf16", "tanh bf16"], [],
              "65,536 operands, largest error 0.498445 ulp, 0 not nearest"
            ),
            (["audit", "add", "--format", "e5m2"], 0, ["add e5m2"], [], "0 differ"),
            (
              ["units", "volta", "--products", "6"], 0, [], [], "results and"
            ),
            (
              ["verify", "fma", "--subject", "native", "--operands", "4200,3556,0001"], 1,
              ["fma fp16 nearest-even 0x4200,0x3556,0x0001"],
              ["fma fp16 nearest-even 0x4200,0x3556,0x0001"],
              "is not MPFR's result"
            ),
          ]
      for row in rows {
        let (run, junit) = try tested(row.arguments, in: folder)
        #expect(run.status == row.status, "\(row.arguments): \(run.errors)")
        #expect(junit.suite == "halfway \(row.arguments[0])")
        if !row.tests.isEmpty { #expect(junit.tests == row.tests) }
        #expect(junit.failing == row.failing && junit.broken.isEmpty)
        #expect(junit.text.contains(row.text), "\(junit.text)")
        #expect(run.errors.isEmpty, "\(run.errors)")
      }
      // What the processor does not do is told, and is neither a success nor a failure.
      let (_, junit) = try tested(Self.native + ["--rounding", "rne,up"], in: folder)
      #expect(junit.skipped == ["fma fp16 up"])
      #expect(junit.text.contains("228 differ"), "\(junit.text)")
      // The first mismatches stand in it with their operands.
      #expect(junit.text.contains("expected") && junit.text.contains("halfway verify fma"))
    }
  }

  @Test("Vectors are judged row by row")
  func vectors() throws {
    try withTemporaryFolder { folder in
      let vectors = "\(folder)/v.txt"
      try "3C00 3C00 4000 00\n3C00 3C00 4001 00\n".write(
        toFile: vectors, atomically: true, encoding: .utf8)
      let (run, junit) = try tested(
        ["verify", "add", "--format", "fp16", "--vectors", vectors, "--rounding", "rne"],
        in: folder)
      #expect(run.status == 1, "\(run.errors)")
      #expect(junit.tests == ["add fp16 nearest-even"] && junit.failing == junit.tests)
      #expect(junit.text.contains("2 vectors judged, 1 fault") && junit.text.contains("line 2"))
    }
  }

  @Test("Conditions are the tests where there are some")
  func conditions() throws {
    try withTemporaryFolder { folder in
      let (holding, right) = ("summary.mismatches > 1000", "summary.mismatches >= 228")
      let (run, junit) = try tested(
        Self.native + ["--fail-on", holding, "--fail-on", right], in: folder)
      #expect(run.status == 1)
      #expect(junit.tests == [holding, right] && junit.failing == [right])
      #expect(junit.text.contains("summary.mismatches is 228"))
      // In check they stand beside the check, which holds but for its default criterion.
      let check = [
        "check", "exp", "--library", try SampleKernels.library.get(), "--symbol", "half",
        "--signature", SampleKernels.signature, "--cases", "0x40490000..0x4049ffff", "--fail-on",
        "summary.misrounded > 1000000",
      ]
      let (allowed, both) = try tested(check, in: folder)
      #expect(allowed.status == 0, "\(allowed.errors)")
      #expect(both.tests == ["half", "summary.misrounded > 1000000"] && both.failing.isEmpty)
    }
  }

  @Test("A training's conditions are its tests, and without any there is none")
  func training() throws {
    try withTemporaryFolder { folder in
      let train =
        SchemaTests.train + ["--policies", "fp16-amp", "--seeds", "0", "--output", folder]
      let conditions = [1000, 0.01].map { "results.outcomes[policy=fp16-amp].finalLoss > \($0)" }
      let (run, junit) = try tested(train + conditions.flatMap { ["--fail-on", $0] }, in: folder)
      #expect(run.status == 1, "\(run.errors)")
      #expect(junit.suite == "halfway train")
      #expect(junit.tests == conditions && junit.failing == [conditions[1]])
      let none = try Tool.run(train + ["--junit", "\(folder)/none.xml"])
      #expect(none.status == 64 && none.errors.contains("a test for each --fail-on"))
    }
  }

  @Test("A comparison is one test, or one for each condition")
  func comparison() throws {
    try withTemporaryFolder { folder in
      let (soft, native) = ("\(folder)/soft.json", "\(folder)/native.json")
      _ = try Tool.run(Array(Self.native.dropLast(2)) + ["--export", soft])
      _ = try Tool.run(Self.native + ["--export", native])
      let (worse, junit) = try tested(["compare", soft, native], in: folder)
      #expect(worse.status == 1)
      #expect(junit.failing == ["halfway/verification/1: no figure is worse"])
      #expect(junit.text.contains("228, was 0: 228 more"), "\(junit.text)")
      let (better, none) = try tested(["compare", native, soft], in: folder)
      #expect(better.status == 0 && none.failing.isEmpty && none.tests.count == 1)
      let condition = "summary.mismatches > other"
      let (held, one) = try tested(["compare", soft, native, "--fail-on", condition], in: folder)
      #expect(held.status == 1 && one.failing == [condition])
    }
  }

  @Test("Shards that are merged are tests, too; a row without cases in a shard is skipped")
  func shards() throws {
    try withTemporaryFolder { folder in
      let parts = (1...2).map { "\(folder)/part\($0).jsonl" }
      for (index, part) in parts.enumerated() {
        _ = try Tool.run(Self.native + ["--shard", "\(index + 1)/2", "--export", part])
      }
      let (run, junit) = try tested(["merge"] + parts, in: folder)
      #expect(run.status == 1 && junit.suite == "halfway merge")
      #expect(junit.failing == ["fma fp16 coverage:1 nearest-even"])
      let (empty, none) = try tested(
        ["elementary", "tanh", "--format", "bf16", "--shard", "900000/1000000"], in: folder)
      #expect(empty.status == 0 && none.skipped == ["tanh bf16"])
    }
  }

  @Test("GitHub gets annotations and a summary of every gate, and nobody else does")
  func github() throws {
    try withTemporaryFolder { folder in
      let summary = "\(folder)/summary.md"
      try Data().write(to: URL(fileURLWithPath: summary))
      let environment = ["GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": summary]
      let single = try Tool.run(
        ["verify", "fma", "--subject", "native", "--operands", "4200,3556,0001"],
        environment: environment)
      #expect(
        single.errors.hasPrefix("::error title=fma fp16 nearest-even 0x4200%2C0x3556%2C"),
        "\(single.errors)")
      let many = try Tool.run(Self.native, environment: environment)
      #expect(
        many.errors.hasPrefix("::error title=fma fp16 coverage%3A1 nearest-even::")
          && many.errors.contains("228 differ"), "\(many.errors)")
      _ = try Tool.run(["audit", "add", "--format", "e5m2"], environment: environment)
      let text = try String(contentsOfFile: summary, encoding: .utf8)
      #expect(text.contains("| halfway verify | | |") && text.contains("| halfway audit | | |"))
      #expect(text.contains("| **fails** |") && text.contains("| add e5m2 | holds |"))
      #expect(text.contains("\n\n| halfway audit"), "tables stand apart: \(text)")
      let plain = try Tool.run(Self.native)
      #expect(plain.errors.isEmpty)
    }
  }

  @Test("Files that would take each other's place are refused before the work")
  func conflicts() throws {
    try withTemporaryFolder { folder in
      let file = "\(folder)/r.json"
      let long = ["verify", "mul", "--cases", "exhaustive"]
      for arguments in [
        long + ["--export", file, "--junit", file], long + ["--checkpoint", file, "--junit", file],
        ["merge", file, "--junit", file], ["compare", file, file, "--junit", file],
        long + ["--junit", ""],
      ] {
        try "{}".write(toFile: file, atomically: true, encoding: .utf8)
        let run = try Tool.run(arguments)
        #expect(run.status == 64, "\(arguments): \(run.errors)")
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "{}")
      }
      let nowhere = try Tool.run(long + ["--junit", "\(folder)/none/out.xml"])
      #expect(nowhere.status == 2, "\(nowhere.errors)")
    }
  }
}
