// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import halfway

@Suite("halfway run of a study")
struct StudyCommandTests {
  private static let text =
    Repository.root.path + "/Experiments/mixed-precision-step/newton-opticks-book1.txt"

  /// Writes a study of four points that take no time.
  private func write(_ folder: String, more: String = "", seeds: String = "[1, 2]") throws {
    try """
    { kind: "training", name: "grid", question: "Wider?",
      model: { name: "mlp", width: [8, 16], context: 4 }, data: "text.txt", batch: 4, steps: 3,
      seed: \(seeds), seeds: 0, policies: ["fp16-amp", "bf16-amp"], \(more) }
    """.write(toFile: folder + "/grid.json5", atomically: true, encoding: .utf8)
    if !FileManager.default.fileExists(atPath: folder + "/text.txt") {
      try FileManager.default.copyItem(atPath: Self.text, toPath: folder + "/text.txt")
    }
  }

  private func read(_ path: String) throws -> String {
    try String(contentsOfFile: path, encoding: .utf8)
  }

  /// The files of a report that are functions of the configuration.
  private func contents(_ folder: String) throws -> [String: String] {
    var files: [String: String] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: folder)
    where [".csv", ".svg", ".tex"].contains(where: path.hasSuffix) || path == "study.json"
      || path.hasSuffix("training.json") || path.hasSuffix("point.json")
    {
      files[path] = try read(folder + "/" + path).replacing(/"timing":\{[^}]*\}/, with: "")
    }
    return files
  }

  @Test("One file, one command: figures, tables, CSV, page; the same bytes on any threads")
  func report() throws {
    try withTemporaryFolder { folder in
      try write(folder)
      let first = try Tool.shell(
        "cd \(folder); \"$halfway\" run grid.json5 --output one --threads 1 --export all.csv")
      #expect(first.status == 0, "\(first.errors)")
      #expect(first.output.contains("From width 8 to 16 the gradient error of"))
      let one = try contents(folder + "/one")
      for file in [
        "study.json", "study.csv", "data/gradient-error-by-width.csv", "tables/means.tex",
        "figures/gradient-error-by-width.svg", "figures/gradient-error-by-width.tex",
        "data/differences.csv", "tables/differences.tex", "points/width-16_seed-2/training.json",
      ] {
        #expect(one[file] != nil, "\(file)")
      }
      #expect(try read(folder + "/all.csv") == one["study.csv"])
      #expect(one["study.csv"]?.split(separator: "\n").count == 1 + 4 * 3)
      #expect(
        try JSONSchema(named: "study-1").violations(in: read(folder + "/one/study.json")) == [])
      let two = try Tool.shell("cd \(folder); \"$halfway\" run grid.json5 --output two --threads 3")
      #expect(two.status == 0, "\(two.errors)")
      #expect(try contents(folder + "/two") == one)
      // A point is the experiment by itself, and one command makes it again.
      let point = "one/points/width-16_seed-2"
      let alone = try Tool.shell(
        "cd \(folder); \"$halfway\" run \(point)/resolved-experiment.json5 --output alone")
      #expect(alone.status == 0, "\(alone.errors)")
      #expect(
        try contents(folder + "/alone")["training.json"]
          == one["points/width-16_seed-2/training.json"])
    }
  }

  @Test("What is finished is skipped, shards are merged by the same command, the same bytes")
  func resume() throws {
    try withTemporaryFolder { folder in
      try write(folder)
      for part in ["2/3", "1/3"] {
        let run = try Tool.shell(
          "cd \(folder); \"$halfway\" run grid.json5 --output parts --shard \(part)")
        #expect(run.status == 0 && run.output.contains("without --shard"), "\(run.errors)")
      }
      #expect(!FileManager.default.fileExists(atPath: folder + "/parts/study.json"))
      let merged = try Tool.shell("cd \(folder); \"$halfway\" run grid.json5 --output parts")
      #expect(merged.status == 0 && merged.errors.contains("3 of 4 points are finished already"))
      let whole = try Tool.shell("cd \(folder); \"$halfway\" run grid.json5 --output whole")
      #expect(whole.status == 0)
      let files = try contents(folder + "/parts")
      #expect(try contents(folder + "/whole") == files)
      // A grown grid runs what is new; other steps make other points of the same names.
      try write(folder, seeds: "[1, 2, 3]")
      let grown = try Tool.shell("cd \(folder); \"$halfway\" run grid.json5 --output parts")
      #expect(grown.status == 0 && grown.errors.contains("4 of 6 points"), "\(grown.errors)")
      try write(folder, more: "measureEvery: 2", seeds: "[1, 2, 3]")
      let other = try Tool.shell(
        "cd \(folder); \"$halfway\" run grid.json5 --output parts --shard 1/6")
      #expect(other.status == 0 && !other.errors.contains("finished already"), "\(other.errors)")
    }
  }

  @Test("A study that is asked to end says how much is finished, and goes on to the same bytes")
  func interrupt() throws {
    try withTemporaryFolder { folder in
      try write(folder, seeds: "[1]")
      let run = try Tool.shell(
        "cd \(folder); sed -i 's/steps: 3/steps: 100/' grid.json5; "
          + "\"$halfway\" run grid.json5 --output part & p=$!; sleep 0.5; kill -INT $p; wait $p")
      #expect(run.status == 130, "\(run.errors)")
      #expect(
        run.errors.contains(
          /interrupted; [0-2] of 2 points are finished; the same command goes on/),
        "\(run.errors)")
      let resumed = try Tool.shell("cd \(folder); \"$halfway\" run grid.json5 --output part")
      #expect(resumed.status == 0, "\(resumed.errors)")
      let whole = try Tool.shell("cd \(folder); \"$halfway\" run grid.json5 --output whole")
      #expect(whole.status == 0, "\(whole.errors)")
      #expect(try contents(folder + "/part") == contents(folder + "/whole"))
    }
  }

  @Test("Conditions, and bad input: the line of the file, or of the command")
  func badInput() throws {
    try withTemporaryFolder { folder in
      try write(folder)
      func end(_ arguments: String) throws -> Tool.Run {
        try Tool.shell("cd \(folder); \"$halfway\" run grid.json5 --output out \(arguments)")
      }
      let path = "results.means[group=width-8,policy=fp16-amp].metrics.gradientError.mean"
      let gate = try end("--fail-on '\(path) > 0'")
      #expect(gate.status == 1 && gate.errors.contains("holds: "), "\(gate.errors)")
      #expect(try end("--fail-on '\(path) > 1'").status == 0)
      for (arguments, reason) in [
        ("--shard 3/2", "--shard is i/n"), ("--shard 1/2 --export a.csv", "--export has no effect"),
        ("--shard 1/2 --output-format json", "--output-format has no effect"),
        ("--export out/study.csv", "writes itself"),
      ] {
        let run = try end(arguments)
        #expect(run.status == 64 && run.errors.contains(reason), "\(run.errors)")
      }
      try write(folder, more: "\nlocalEvery: []")
      let empty = try end("")
      #expect(empty.status == 65)
      #expect(
        empty.errors == "halfway: 'grid.json5', line 4: 'localEvery' is an empty list; "
          + "name the values that the study runs\n")
      try write(folder, seeds: "1")
      try read(folder + "/grid.json5").replacing("[8, 16]", with: "8").write(
        toFile: folder + "/grid.json5", atomically: true, encoding: .utf8)
      let single = try end("--shard 1/2")
      #expect(single.status == 64 && single.errors.contains("has no lists"), "\(single.errors)")
      try
        "{ claims: { a: { claim: 'b', source: 'c', holds: 'd == 1', \ncommand: ['run', 'x', '--shard', '1/2'] } } }"
        .write(toFile: folder + "/claims.json5", atomically: true, encoding: .utf8)
      let claims = try Tool.shell("cd \(folder); \"$halfway\" run claims.json5")
      #expect(
        claims.status == 65 && claims.errors.contains("line 2: '--shard'"), "\(claims.errors)")
    }
  }
}
