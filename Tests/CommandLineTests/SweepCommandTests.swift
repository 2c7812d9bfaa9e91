// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import halfway

@Suite("sweep loss-scale, scalers and attribute")
struct SweepCommandTests {
  private static let text =
    Repository.root.path + "/Experiments/mixed-precision-step/newton-opticks-book1.txt"
  private static let clipping =
    Repository.root.path + "/Experiments/clipping-and-averages/clipping.json5"
  private static let sweep = [
    "sweep", "loss-scale", "--model", "transformer", "--width", "16", "--depth", "1", "--batch",
    "2", "--data", text,
  ]

  @Test("A sweep writes a report with its figures, says the floor and names its regimes")
  func report() throws {
    try withTemporaryFolder { folder in
      let output = folder + "/out"
      let run = try Tool.run(
        Self.sweep + ["--at", "2", "--scales", "2^0..2^30,1000", "--output", output])
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.output.contains("fp16-amp at step 2: the gradients err by"))
      #expect(run.output.contains("2^30   overflow") && run.output.contains("1,000  rounding"))
      for file in [
        "index.html", "sweep.json", "resolved-experiment.json5", "data/scales.csv",
        "data/tensors.csv", "data/error-by-scale.csv", "figures/error-by-scale.svg",
        "figures/damage-by-scale.tex", "figures/zeroed-by-tensor.svg",
      ] {
        #expect(FileManager.default.fileExists(atPath: "\(output)/\(file)"), "\(file)")
      }
      let figure = try String(
        contentsOfFile: output + "/figures/error-by-scale.svg", encoding: .utf8)
      for regime in ["rounding floor", "overflow: skipped"] {
        #expect(figure.contains(regime), "\(regime)")
      }
      // The page of a sweep is no report of `train`, nor the other way round.
      let train = try Tool.run(
        ["train", "--steps", "1", "--batch", "2", "--data", Self.text, "--output", output])
      #expect(train.status == 2 && train.errors.contains("without its report.json"))
    }
  }

  @Test("Conditions on a sweep: exit 1 names the one that holds")
  func conditions() throws {
    try withTemporaryFolder { folder in
      let run = try Tool.run(
        Self.sweep + ["--output", folder + "/out"]
          + ["--fail-on", "results.policies[*].steps[*].summary.floor > 0"])
      #expect(run.status == 1 && run.errors.contains("--fail-on"), "\(run.errors)")
    }
  }

  @Test(
    "Bad input of sweep: one line, status 64",
    arguments: [
      (["sweep", "loss-scales"], "did you mean loss-scale?"),
      (["sweep"], "subject"),
      (["sweep", "loss-scale", "--scales", "0"], "'0' is no positive finite number of FP32"),
      (["sweep", "loss-scale", "--scales", "2^200"], "'2^200' is no positive finite"),
      (["sweep", "loss-scale", "--scales", "1e40"], "'1e40' is no positive finite"),
      (["sweep", "loss-scale", "--scales", "-8"], "'-8' is no positive finite"),
      (["sweep", "loss-scale", "--scales", "nan"], "'nan' is no positive finite"),
      (["sweep", "loss-scale", "--scales", "2^9..2^3"], "descends: write 2^3..2^9"),
      (["sweep", "loss-scale", "--scales", "2^0..2^200"], "'2^200' is no positive finite"),
      (["sweep", "loss-scale", "--scales", "1..1024"], "are to be powers"),
      (["sweep", "loss-scale", "--scales", "2^-149"], "the inverse of '2^-149'"),
      (["sweep", "loss-scale", "--scales", "16777217"], "the next is 16777216"),
      (["attribute", "--orders", "5"], "--orders is for --layers"),
      (["sweep", "loss-scale", "--scales", ""], "'' is no positive finite"),
      (["sweep", "loss-scale", "--at", "0"], "'0' is no step"),
      (["sweep", "loss-scale", "--at", "201"], "--steps for a longer one"),
      (
        ["sweep", "loss-scale", "--policies", Self.clipping],
        "has 'clipping': the sweep is of gradients before they are clipped"
      ),
      (["train", "--policies", Self.clipping], "no gradient is clipped: add --clip-norm"),
      (["sweep", "loss-scale", "--policies", "fp16-am"], "did you mean fp16-amp"),
      (["sweep", "loss-scale", "--model", "transfomer"], "did you mean transformer"),
      (["sweep", "loss-scale", "--output", ""], "--output is empty"),
      (["attribute", "--policy", "fp16-am"], "did you mean fp16-amp"),
      (["attribute", "--policy", "fp16-amp,bf16-amp"], "one at a time"),
      (["attribute", "--policy", "fp64"], "is a reference"),
      (["attribute", "--scale", "0"], "'0' is no positive finite"),
      (["attribute", "--scale", "1,2"], "--scale takes one scale"),
      (["attribute", "--at", "x"], "'x' is no step"),
      (["attribute", "--orders", "1"], "2...10000"),
      (["scalers", "ok,maybe"], "'maybe' is no step"),
      (["scalers", "ok*2,(inf"], "does not end"),
      (["scalers", "inf", "--rules", "torc"], "did you mean torch?"),
      (["scalers", "inf", "--policy", "fp16-amp"], "training.json"),
      (["scalers", ""], "no step"),
    ])
  func badInput(arguments: [String], reason: String) throws {
    let run = try Tool.run(arguments)
    #expect(run.status == 64, "\(run.errors)")
    #expect(run.errors.contains(reason), "\(run.errors)")
    #expect(run.output.isEmpty)
  }

  @Test("A trace from a file: its place is told; from a run: the steps that were skipped")
  func traces() throws {
    try withTemporaryFolder { folder in
      let file = folder + "/trace.txt"
      try "# two lines\nok*3, inf\nok*2, what".write(
        toFile: file, atomically: true, encoding: .utf8)
      let bad = try Tool.run(["scalers", file])
      #expect(bad.status == 65 && bad.errors.contains("line 3, column 7: 'what' is no step"))
      let missing = try Tool.run(["scalers", folder + "/none.txt"])
      #expect(missing.status == 65 && missing.errors.contains("none.txt"))
      let trained = folder + "/run"
      let train = try Tool.run([
        "train", "--steps", "3", "--batch", "2", "--data", Self.text, "--output", trained,
        "--policies", "fp32,fp16-amp", "--loss-scaling", "fixed:1e30",
      ])
      #expect(train.status == 0, "\(train.errors)")
      let run = try Tool.run(
        ["scalers", trained + "/training.json", "--rules", "torch,megatron"]
          + ["--output", folder + "/out"])
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.output.contains("3 steps, 3 of them with an overflow"))
      #expect(run.output.contains("2^13"))
      #expect(FileManager.default.fileExists(atPath: folder + "/out/figures/scales.svg"))
      let other = try Tool.run(["scalers", trained + "/training.json", "--policy", "fp16-am"])
      #expect(other.status == 64 && other.errors.contains("did you mean fp16-amp?"))
    }
  }

  @Test("An attribution writes a report whose shares add up, and names the cause")
  func attribution() throws {
    try withTemporaryFolder { folder in
      let output = folder + "/out"
      let run = try Tool.run([
        "attribute", "--width", "8", "--batch", "4", "--data", Self.text, "--layers", "--output",
        output, "--export", folder + "/shares.csv",
      ])
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.output.contains("fp16-amp at step 1: the gradients err by"))
      #expect(run.output.contains("To blame: ") && run.output.contains("By layer: "))
      for file in [
        "index.html", "attribution.json", "data/shares.csv", "figures/sources.svg",
        "figures/layers.tex",
      ] {
        #expect(FileManager.default.fileExists(atPath: "\(output)/\(file)"), "\(file)")
      }
      let rows = try String(contentsOfFile: folder + "/shares.csv", encoding: .utf8)
        .split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
      for kind in ["source", "layer"] {
        let shares = rows.filter { $0[3] == kind }.compactMap { Double($0[5]) }
        #expect(shares.count > 3 && (shares.reduce(0, +) - 1).magnitude < 1e-12, "\(kind)")
      }
    }
  }

  @Test("A scale that overflows leaves nothing to divide, and says so")
  func overflow() throws {
    try withTemporaryFolder { folder in
      let run = try Tool.run([
        "attribute", "--width", "8", "--batch", "4", "--data", Self.text, "--scale", "2^60",
        "--output", folder + "/out",
      ])
      let flat = run.output.replacing("\n", with: " ")
      #expect(run.status == 3 && flat.contains("no error can be divided"), "\(run.errors)")
    }
  }
}
