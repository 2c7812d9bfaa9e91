// SPDX-License-Identifier: Apache-2.0
import Conditions
import ExperimentFiles
import Foundation
import TensorFiles
import Testing

@testable import halfway

@Suite("tune")
struct TuneCommandTests {
  private static let text =
    Repository.root.path + "/Experiments/mixed-precision-step/newton-opticks-book1.txt"
  private static let model = [
    "--model", "transformer", "--width", "16", "--depth", "1", "--batch", "2", "--data", text,
  ]
  private static let tune =
    ["tune"] + model + ["--at", "1", "--held-out-at", "3", "--held-out-seeds", "1"]

  private func document(_ path: String) throws -> ConditionDocument {
    let contents = try FileContents(ofFile: path, sizeLimit: 1 << 26)
    return ConditionDocument(try DocumentReader.read(contents))
  }

  @Test("The policy of a search is a file that train takes, and keeps the bound there, too")
  func policyFile() throws {
    try withTemporaryFolder { folder in
      let output = folder + "/out"
      let run = try Tool.run(
        Self.tune + ["--bound", "gradientError < 1e-3", "--output", output]
          + ["--export", folder + "/path.csv"])
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.output.contains("gradientError < 1e-3 holds with"))
      #expect(run.output.contains("held-out moments"))
      for file in [
        "index.html", "tuning.json", "policy.json5", "data/path-table.csv", "figures/path.svg",
        "resolved-experiment.json5",
      ] {
        #expect(FileManager.default.fileExists(atPath: "\(output)/\(file)"), "\(file)")
      }
      let file = try PolicyFile(
        try FileContents(ofFile: output + "/policy.json5", sizeLimit: 1 << 20).bytes,
        path: "policy.json5")
      #expect(file.policies.count == 1 && file.policies[0].contradictions.isEmpty)
      let trained = folder + "/trained"
      let train = try Tool.run(
        ["train"] + Self.model + ["--policies", output + "/policy.json5,fp32", "--steps", "3"]
          + ["--local-every", "1", "--output", trained])
      #expect(train.status == 0, "\(train.errors)")
      // The same step from the same weights has the same error.
      let tuned = try document(output + "/tuning.json")
      let moment = tuned.value[["results", "moments"]]?.elements?.first {
        $0[["seed"]]?.number?.double == 1 && $0[["step"]]?.number?.double == 1
      }
      let wanted = try #require(moment?[["figures", "gradientError"]]?.number?.double)
      let report = try document(trained + "/training.json")
      let steps = report.value[["results", "policies"]]?.elements?.first?[["steps"]]?.elements
      let found = try #require(
        steps?.first?[["localGradients"]].flatMap(Self.error))
      #expect((found / wanted - 1).magnitude < 1e-6 && found < 1e-3)
    }
  }

  /// The relative L2 of sums as training.json has them.
  private static func error(_ sums: DocumentValue) -> Double? {
    guard let error = sums[["differenceSquares"]]?.number?.double,
      let reference = sums[["referenceSquares"]]?.number?.double
    else { return nil }
    return (error / reference).squareRoot()
  }

  @Test("A bound that no policy keeps: status 1, and the closest one is told")
  func unkept() throws {
    try withTemporaryFolder { folder in
      let run = try Tool.run(
        Self.tune + [
          "--bound", "lossError < 1e-15", "--bound", "layers[layer=output].gradientError < 1e-13",
        ] + ["--output", folder + "/out"])
      #expect(run.status == 1, "\(run.errors)")
      let output = run.output.replacing("\n", with: " ")
      #expect(output.contains("The closest costs"))
      // The bounds' own figures and no other.
      #expect(output.contains("the loss errs by ") && output.contains("output errs by "))
      #expect(!output.contains("the gradients err by"))
      #expect(FileManager.default.fileExists(atPath: folder + "/out/policy.json5"))
    }
  }

  @Test("A machine of one's own in a few lines")
  func machine() throws {
    try withTemporaryFolder { folder in
      let file = folder + "/mine.json5"
      try "{name: 'mine', peaks: {fp32: 1, bf16: 8}, bandwidth: 0.1, watts: 30}".write(
        toFile: file, atomically: true, encoding: .utf8)
      let run = try Tool.run(
        Self.tune + ["--bound", "gradientError < 0.05", "--minimize", "time", "--machine", file]
          + ["--output", folder + "/out"])
      #expect(run.status == 0, "\(run.errors)")
      let output = run.output.replacing("\n", with: " ")
      #expect(output.contains("modelled time on mine"))
      #expect(run.output.contains("Left out: fp16, since mine has no peak for it."))
      try "{name: 'mine', peaks: {fp33: 1},\n bandwith: 0}".write(
        toFile: file, atomically: true, encoding: .utf8)
      let bad = try Tool.run(Self.tune + ["--bound", "gradientError < 1", "--machine", file])
      #expect(bad.status == 65)
      for reason in [
        "'fp33' is no key of the peaks; nearest: fp32", "line 2", "nearest: bandwidth",
      ] {
        #expect(bad.errors.contains(reason), "\(bad.errors)")
      }
      // A slip of the exponent, with which times would be zero or infinite.
      try "{name: 'mine', peaks: {fp32: 1e308}, bandwidth: 0.1}".write(
        toFile: file, atomically: true, encoding: .utf8)
      let beyond = try Tool.run(Self.tune + ["--bound", "gradientError < 1", "--machine", file])
      #expect(beyond.status == 65 && beyond.errors.contains("from 1e-9 to 1e9"), "\(beyond.errors)")
    }
  }

  private static let wrong: [([String], String)] = [
    ([], "--bound is missing"),
    (["--bound", "gradientErr < 1"], "did you mean gradientError"),
    (["--bound", "gradientError <"], "--bound: "),
    (["--bound", "layers[layer=outpt].gradientError < 1"], "did you mean output"),
    (["--bound", "gradientError > 0.01"], "a step without any error breaks this bound"),
    (["--bound", "gradientError < other"], "'other' is for halfway compare"),
    (["--bound", "gradientError < 1", "--minimize", "bites"], "did you mean bytes"),
    (["--bound", "gradientError < 1", "--machine", "h10"], "did you mean h100"),
    (["--bound", "gradientError < 1", "--formats", "fp17"], "did you mean fp16"),
    (
      ["--bound", "gradientError < 1", "--minimize", "energy", "--formats", "fp8,tf32"],
      "no format of --formats has an energy"
    ),
    (["--bound", "gradientError < 1", "--base", "fp64"], "is a reference"),
    (["--bound", "gradientError < 1", "--at", "0"], "'0' is no step"),
  ]

  @Test("Bad input of tune: one line, status 64", arguments: TuneCommandTests.wrong)
  func badInput(arguments: [String], reason: String) throws {
    try withTemporaryFolder { folder in
      let run = try Tool.run(
        ["tune"] + Self.model + arguments + ["--output", folder + "/out"])
      #expect(run.status == 64, "\(run.errors)")
      #expect(run.errors.contains(reason), "\(run.errors)")
      #expect(run.output.isEmpty)
    }
  }
}
