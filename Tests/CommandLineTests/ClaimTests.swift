// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import halfway

@Suite("Claims of experiments")
struct ClaimTests {
  private func written(_ text: String, to folder: String, _ name: String) throws -> String {
    let experiment = "\(folder)/\(name)"
    try FileManager.default.createDirectory(
      atPath: experiment, withIntermediateDirectories: true)
    let path = experiment + "/claims.json5"
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    return path
  }

  private static let claims = """
    {
      question: "What do formats do?",
      claims: {
        "holds": {
          claim: "2^-25 is zero.", source: "IEEE 754",
          command: ["explain", "0x1p-25", "--format", "fp16"], holds: 'results.value.decimal == "0"',
        },
        "is-said": {
          claim: "1 + 2^-11 is not 1.", source: "nobody", expected: "refuted",
          command: ["explain", "1 + 1/2048", "--format", "fp16"],
          holds: ['results.value.decimal != "1"'],
        },
        "far": { claim: "It is fast.", source: "a vendor", outOfReach: "it needs a GPU" },
      },
    }
    """

  @Test("Claims are reproduced, refuted or out of reach; one that comes out otherwise is status 1")
  func outcomes() throws {
    try withTemporaryFolder { folder in
      let path = try written(Self.claims, to: folder, "formats")
      let junit = folder + "/claims.xml"
      let run = try Tool.run(["run", path, "--junit", junit])
      #expect(run.status == 0, "\(run.errors)")
      #expect(
        run.output.contains(
          "3 claims: 1 reproduced, 1 refuted, 1 out of reach here, all as expected."))
      #expect(run.output.contains("results.value.decimal is '0'"))
      #expect(
        run.output.replacing(/\s+/, with: " ").contains("!= \"1\": results.value.decimal is '1'"))
      let tests = try String(contentsOfFile: junit, encoding: .utf8)
      #expect(tests.contains("tests=\"3\" failures=\"0\" errors=\"0\" skipped=\"1\""))
      let changed = Self.claims.replacing("expected: \"refuted\",", with: "")
      let other = try written(changed, to: folder, "formats")
      let failed = try Tool.run(["run", other, "--output-format", "json"])
      #expect(failed.status == 1)
      #expect(failed.output.contains("\"unexpected\" : 1"))
      #expect(try JSONSchema(named: "claims-1").violations(in: failed.output) == [])
    }
  }

  @Test("--all takes every folder that has claims, by name, and commands run in their folder")
  func all() throws {
    try withTemporaryFolder { folder in
      _ = try written(Self.claims, to: folder, "b")
      _ = try written(
        """
        {claims: {"sum": {claim: "c", source: "s", holds: 'results.value.decimal == "3"',
          command: ["explain", "sum(@numbers.txt)", "--accumulator", "fp16"]}}}
        """, to: folder, "a")
      try "1 2".write(toFile: folder + "/a/numbers.txt", atomically: true, encoding: .utf8)
      let run = try Tool.run(["run", "--all", folder, "--output-format", "csv"])
      #expect(run.status == 0, "\(run.errors)")
      let experiments = run.output.split(separator: "\n").dropFirst().map { $0.prefix(1) }
      #expect(experiments == ["a", "b", "b", "b"])
    }
  }

  @Test("Two values of a result, and those of two commands, stand beside each other")
  func beside() throws {
    try withTemporaryFolder { folder in
      let path = try written(
        """
        {claims: {
          "one": {claim: "c", source: "s", command: ["scalers", "inf*3", "--rules", "torch,apex"],
            holds: "results[rule=torch].final == other.results[rule=apex].final"},
          "two": {claim: "c", source: "s", command: ["scalers", "inf*3", "--rules", "torch"],
            beside: ["scalers", "inf*5", "--rules", "torch"],
            holds: "results[rule=torch].final == 4 * other"},
          "missing": {claim: "c", source: "s", command: ["scalers", "inf*3", "--rules", "torch"],
            holds: "results[0].final < other.results[0].failedAt"},
        }}
        """, to: folder, "a")
      let run = try Tool.run(["run", path, "--output-format", "csv"])
      let lines = run.output.split(separator: "\n").dropFirst().map(String.init)
      #expect(lines.map { $0.contains(",reproduced,reproduced,") } == [true, true, false])
      #expect(lines[1].contains("'inf*3' --rules torch; halfway scalers 'inf*5'"))
      #expect(lines[2].contains("what stands beside results[0].final has no value"))
      #expect(run.status == 1)
    }
  }

  @Test("A claim without a result is told with its reason; bad files and options are refused")
  func problems() throws {
    try withTemporaryFolder { folder in
      func claim(_ fields: String) throws -> (status: Int32, text: String) {
        let path = try written("{claims: {\"x\": {\(fields)}}}", to: folder, "one")
        let run = try Tool.run(["run", path])
        return (run.status, run.output + run.errors)
      }
      let all = "claim: 'c', source: 's', "
      let cases: [(fields: String, status: Int32, reason: String)] = [
        (all + "command: ['explain', '1 +'], holds: 'results.value == 1'", 1, "not made"),
        (all + "command: ['explain', '1'], holds: 'results.valeu.decimal == 1'", 1, "value"),
        (
          all + "command: ['explain', '1'], holds: 'results.value >'", 65,
          "is expected, found the end"
        ),
        (
          all + "command: ['scalers', 'ok', '--rules', 'torch'], holds: 'results[0].failedAt < 9'",
          1,
          "failedAt has no value"
        ),
        (all + "command: ['remove', 'x'], holds: 'a == 1'", 65, "'remove' makes no result"),
        (all + "command: ['explain', '1', '--export', 'x'], holds: 'a == 1'", 65, "writes no file"),
        (all + "command: 'explain 1', holds: 'a == 1'", 65, "a list of words"),
        (all + "outOfReach: 'x', holds: 'a == 1'", 65, "out of reach has no"),
        (all + "expected: 'refutd', outOfReach: 'x'", 65, "refuted"),
        ("source: 's', outOfReach: 'x'", 65, "claim"), (all, 65, "outOfReach"),
      ]
      for (fields, status, reason) in cases {
        let found = try claim(fields)
        #expect(found.status == status, "\(fields): \(found.text)")
        #expect(found.text.contains(reason), "\(fields): \(found.text)")
      }
      let empty = try Tool.run(["run", "--all", folder + "/one"])
      #expect(empty.status == 3 && empty.errors.contains("has a claims.json5"))
      let missing = try Tool.run(["run", "--all", folder + "/none"])
      #expect(missing.status == 65 && missing.errors.contains("no folder of experiments"))
      let idle = try Tool.run(["run", "--all", folder, "--resume"])
      #expect(idle.status == 64 && idle.errors.contains("--resume has no effect on claims"))
      let nothing = try Tool.run(["run"])
      #expect(nothing.status == 64 && nothing.errors.contains("--all"))
    }
  }
}
