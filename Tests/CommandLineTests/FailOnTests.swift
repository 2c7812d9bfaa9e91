// SPDX-License-Identifier: Apache-2.0
import Conditions
import Foundation
import Testing

@Suite("--fail-on: a result as a gate")
struct FailOnTests {
  // Each of the campaigns takes minutes: only a refusal before the work ends the test in time.
  @Test("A condition that cannot hold of the result is refused before the work, with a caret")
  func refused() throws {
    let long = [
      ["verify", "mul", "--cases", "exhaustive"], ["audit"], ["elementary", "--format", "fp32"],
      ["units", "--products", "100000"],
    ]
    for arguments in long {
      for (condition, reason, column) in [
        ("summary.holdz == true", "character 9: unknown key 'holdz'; did you mean holds?", 8),
        ("sumary.tested > 0", "character 1: unknown key 'sumary'; did you mean summary?", 0),
        ("summary.holds >", "character 16: a number, a text or 'other' is expected", 15),
        ("summary.holds > 0", "cannot be compared with a number", 8),
        ("summary.holds == other", "character 18: 'other' is for halfway compare", 17),
      ] {
        let run = try Tool.run(arguments + ["--fail-on", condition])
        #expect(run.status == 64, "\(arguments) \(condition): \(run.errors)")
        #expect(run.output.isEmpty)
        #expect(run.errors.contains(reason), "\(run.errors)")
        #expect(
          run.errors.hasSuffix(
            "\n  \(condition)\n" + String(repeating: " ", count: column + 2) + "^\n"),
          "\(run.errors)")
      }
    }
    for arguments in [
      ["bench"], SchemaTests.train, ["run", "none.json5"],
    ] {
      let run = try Tool.run(arguments + ["--fail-on", "a >"])
      #expect(run.status == 64, "\(arguments): \(run.errors)")
      #expect(run.errors.hasPrefix("halfway: --fail-on: character 4: "), "\(run.errors)")
    }
  }

  @Test("Conditions take the place of verify's criterion, and the one that holds is named")
  func verification() throws {
    let campaign = [
      "verify", "fma", "--format", "fp16", "--cases", "coverage:1", "--subject", "native",
    ]
    let rows: [(conditions: [String], status: Int32, errors: String)] = [
      ([], 1, ""), (["summary.mismatches > 228"], 0, ""),
      (["results[operation=fma].mismatches > 228", "skipped.count > 0"], 0, ""),
      (
        ["summary.mismatches > 1000", "summary.mismatches >= 228"], 1,
        "halfway: --fail-on 'summary.mismatches >= 228' holds: summary.mismatches is 228\n"
      ),
      (
        ["results[*].firstMismatches.count == 10 and summary.holds == false"], 1,
        "halfway: --fail-on 'results[*].firstMismatches.count == 10 and summary.holds == false' "
          + "holds: results[0].firstMismatches.count is 10, summary.holds is false\n"
      ),
      (
        ["results[operation=fma].mismatchesNotListed != 218"], 0, ""
      ),
    ]
    for row in rows {
      let run = try Tool.run(campaign + row.conditions.flatMap { ["--fail-on", $0] })
      #expect(run.status == row.status, "\(row.conditions): \(run.errors)")
      #expect(run.errors == row.errors)
      #expect(run.output.contains("228 differ"))
    }
    // All of verify's results are gates.
    let single = ["verify", "fma", "--subject", "native", "--operands", "4200,3556,0001"]
    let condition = ["--fail-on", "results[*].differs == true"]
    #expect(try Tool.run(single + condition).status == 1)
    #expect(try Tool.run(single + ["--fail-on", "results.count > 1"]).status == 0)
    #expect(try Tool.run(single + ["--fail-on", "results.cuont > 1"]).status == 64)
  }

  @Test("elementary, units and audit end by their conditions")
  func others() throws {
    let rows: [(arguments: [String], condition: String, status: Int32)] = [
      (["elementary", "exp", "--format", "bf16"], "results[function=exp].misrounded > 1000000", 0),
      (["elementary", "exp", "--format", "bf16"], "results[*].tested >= 65536", 1),
      (["units", "volta", "--products", "6"], "results[unit=volta].differing > 0", 0),
      (["units", "volta", "--products", "6"], "summary.steps > 0", 1),
      (["audit", "add", "--format", "e5m2"], "results[0].audit.compared < 65536", 0),
      (["audit", "add", "--format", "e5m2"], "summary.holds == true", 1),
    ]
    for row in rows {
      let run = try Tool.run(row.arguments + ["--fail-on", row.condition])
      #expect(run.status == row.status, "\(row.arguments) \(row.condition): \(run.errors)")
      #expect(run.errors.isEmpty == (row.status == 0), "\(run.errors)")
    }
  }

  @Test("In check they take the place of the default criterion, not of what no kernel may do")
  func check() throws {
    let library = try SampleKernels.library.get()
    func status(_ symbol: String, _ more: [String]) throws -> Int32 {
      try Tool.run(
        [
          "check", "exp", "--library", library, "--symbol", symbol, "--signature",
          SampleKernels.signature, "--cases", "0x40490000..0x4049ffff",
        ] + more
      ).status
    }
    let allows = ["--fail-on", "summary.misrounded > 1000000"]
    #expect(try status("half", []) == 1)
    #expect(try status("half", allows) == 0)
    #expect(try status("half", allows + ["--criterion", "ulp:1"]) == 1)
    #expect(try status("good", ["--fail-on", "summary.largestError > 0.6"]) == 0)
    #expect(try status("good", ["--fail-on", "summary.tested == 65536"]) == 1)
    // A wrong special has no size: the largest error is missing, which no limit allows.
    #expect(try status("nans", ["--fail-on", "summary.largestError > 1e300"]) == 1)
    #expect(try status("crashing", allows) == 1)
  }

  @Test("A training is a gate, too; a path that leads nowhere is told when it is written")
  func training() throws {
    try withTemporaryFolder { folder in
      let train = SchemaTests.train + ["--policies", "fp16-amp", "--seeds", "0"]
      for (condition, status) in [
        ("results.outcomes[policy=fp16-amp].finalLoss > 1000", 0),
        ("results.outcomes[policy=fp16-amp].finalLoss > 0.01", 1),
        ("results.outcomes[policy=fp16-apm].finalLoss > 0.01", 64),
      ] {
        let run = try Tool.run(train + ["--output", folder, "--fail-on", condition])
        #expect(run.status == Int32(status), "\(condition): \(run.errors)")
        #expect(!run.output.isEmpty)
      }
      let printed = try Tool.run(train + ["--print-experiment", "--fail-on", "a > 1"])
      #expect(printed.status == 64 && printed.errors.contains("--fail-on has no effect beside it"))
    }
  }

  @Test("Every condition of the documents is one")
  func documents() throws {
    var count = 0
    for path in ["docs/compare.md", "docs/kernels.md", "docs/verification.md", "README.md"] {
      for match in try Repository.text(path).matches(of: /--fail-on '([^']+)'/) {
        #expect(throws: Never.self, "\(path)") { try Condition(String(match.output.1)) }
        count += 1
      }
    }
    #expect(count >= 14)
  }
}
