// SPDX-License-Identifier: Apache-2.0
import Datasets
import ExperimentFiles
import Foundation
import Models
import Network
import Policies
import TestSupport
import Testing
import Twins

@testable import halfway

@Suite("halfway run and halfway policies")
struct RunCommandTests {
  private static let text =
    Repository.root.path + "/Experiments/mixed-precision-step/newton-opticks-book1.txt"

  /// The files of a report's folder without what may differ between two runs.
  private func contents(_ folder: String) throws -> [String: String] {
    var files: [String: String] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: folder) {
      guard path.hasSuffix(".csv") || path.hasSuffix(".svg") || path == "training.json" else {
        continue
      }
      let text = try String(contentsOfFile: folder + "/" + path, encoding: .utf8)
      files[path] = text.replacing(/"timing":\{[^}]*\}/, with: "")
    }
    return files
  }

  @Test("Every process gives a stochastic rounding the same words, running averages' among them")
  func stochasticRounding() throws {
    try withTemporaryFolder { folder in
      let policy = folder + "/sr.json5"
      try #"[{name: "sr", base: "bf16-pure", rounding: "stochastic:16:1"}]"#.write(
        toFile: policy, atomically: true, encoding: .utf8)
      func files(_ name: String, threads: Int) throws -> [String: String] {
        let run = try Tool.run([
          "train", "--model", "cnn", "--width", "4", "--depth", "1", "--batch", "4", "--steps", "2",
          "--seeds", "0", "--policies", policy, "--threads", "\(threads)", "--output",
          "\(folder)/\(name)",
        ])
        #expect(run.status == 0, "\(run.errors)")
        return try contents("\(folder)/\(name)")
      }
      // Dictionaries have another order in every process.
      let first = try files("a", threads: 1)
      #expect(first.count > 5)
      for (name, threads) in [("b", 1), ("c", 2), ("d", 3)] {
        #expect(try files(name, threads: threads) == first, "\(name)")
      }
    }
  }

  @Test(
    "The experiment that train prints gives the same bytes as the options",
    arguments: [
      [
        "--policies", "fp16-amp,bf16-sr", "--width", "24", "--depth", "1", "--dropout", "0.1",
        "--momentum", "0.5", "--weight-decay", "0.01", "--clip-norm", "0.25", "--warmup", "2",
        "--schedule", "cosine", "--activation", "relu", "--seed", "18446744073709551615",
      ],
      [
        "--model", "transformer", "--policies", "bf16-amp,fp16-amp", "--width", "32", "--depth",
        "1", "--batch", "2", "--norm", "rms", "--norm-epsilon", "1e-06", "--positions", "rotary",
        "--key-value-heads", "1", "--activation", "silu", "--label-smoothing", "0.1",
        "--loss-scaling", "fixed:512", "--optimizer", "adam",
        "--beta1", "0.8", "--beta2", "0.99", "--epsilon", "1e-06",
        "--learning-rate", "0.01", "--measure-every", "2", "--local-every", "0", "--context", "6",
      ],
      [
        "--model", "lstm", "--policies", "fp32", "--width", "8", "--batch", "2", "--reference",
        "mpfr:80",
      ],
    ])
  func printed(options: [String]) throws {
    try withTemporaryFolder { folder in
      let arguments = ["train", "--data", Self.text, "--steps", "4"] + options
      let printed = try Tool.run(arguments + ["--print-experiment"])
      #expect(printed.status == 0)
      let file = folder + "/my experiment.json5"
      try printed.output.write(toFile: file, atomically: true, encoding: .utf8)
      let trained = try Tool.run(arguments + ["--output", folder + "/train"])
      let ran = try Tool.run(["run", file, "--output", folder + "/run", "--threads", "1"])
      #expect(ran.status == trained.status, "\(ran.errors)")
      let expected = try contents(folder + "/train")
      #expect(expected.count > 5)
      #expect(try contents(folder + "/run") == expected)
      let page = try String(contentsOfFile: folder + "/run/index.html", encoding: .utf8)
      #expect(page.contains("<pre>halfway run &#39;") || page.contains("<pre>halfway run '"))
    }
  }

  @Test("The shipped experiment is what halfway report trains")
  func shipped() throws {
    let path = Repository.root.path + "/Experiments/mixed-precision-step/experiment.json5"
    var shipped = try ExperimentInput.experiment(path).description
    #expect(shipped.data == Self.text)
    #expect(shipped.name == "mixed-precision-step" && !shipped.question.isEmpty)
    let report = try TrainCommand.parse([]).session().description
    #expect(shipped.measurementInterval == report.measurementInterval)
    #expect(shipped.localInterval == report.localInterval)
    (shipped.data, shipped.name, shipped.question) = (nil, report.name, "")
    (shipped.measureEvery, shipped.localEvery) = (nil, nil)
    shipped.sizes = TrainingTask.Sizes()
    #expect(shipped == report)
  }

  @Test("Every experiment in the repository is read, and its own sizes are the model's")
  func experiments() throws {
    let folder = Repository.root.path + "/Experiments"
    let files = try FileManager.default.subpathsOfDirectory(atPath: folder)
      .filter { $0.hasSuffix(".json5") && !$0.hasPrefix("kernels/") }
    let claims = files.filter { $0.hasSuffix(ClaimFile.fileName) }
    #expect(files.count - claims.count >= 2 && claims.count >= 6)
    for file in files where !claims.contains(file) {
      guard try ExperimentInput.study(folder + "/" + file) == nil else { continue }
      _ = try ExperimentInput.experiment(folder + "/" + file)
    }
    let count = try claims.reduce(0) {
      $0 + (try ClaimFile(ofFile: folder + "/" + $1).claims.count)
    }
    #expect(count >= 40)
  }

  @Test("A preset's block is a policy for train, and shows itself again")
  func blocks() throws {
    try withTemporaryFolder { folder in
      let file = folder + "/all.json5"
      let all = try Tool.run(["policies", "all"])
      try all.output.write(toFile: file, atomically: true, encoding: .utf8)
      #expect(try Tool.run(["policies", file]).output == all.output)
      let command = try TrainCommand.parse(["--policies", file, "--data", Self.text])
      #expect(
        try command.session().description.policies == Policy.presets.filter { $0 != .fp64 })
      let experiment = Repository.root.path + "/Experiments/all-reduce/experiment.json5"
      let own = try TrainCommand.parse(["--policies", experiment, "--data", Self.text]).session()
      #expect(
        own.description.policies
          == (try ExperimentInput.experiment(experiment)).description.policies)
      let list = try Tool.run(["policies"]).output
      #expect(list.split(separator: "\n").count { $0.first != " " } == Policy.presets.count)
    }
  }

  @Test("Problems of a file are told a line each, at most ten, with status 65")
  func problems() throws {
    try withTemporaryFolder { folder in
      func run(_ text: String) throws -> Tool.Run {
        try text.write(toFile: folder + "/e.json5", atomically: true, encoding: .utf8)
        return try Tool.run(["run", folder + "/e.json5", "--output", folder + "/out"])
      }
      let start = "kind: 'training', name: 'x', model: 'mlp', data: '\(Self.text)', steps: 1"
      let many = try run("{ \(start),\n policies: [\(String(repeating: "\n'x',", count: 14))] }")
      #expect(many.status == 65 && many.output == "")
      let lines = many.errors.split(separator: "\n")
      #expect(lines.count == 11)
      #expect(lines.allSatisfy { $0.hasPrefix("halfway: ") })
      #expect(lines[0].contains("e.json5', line 3: 'x' is no policy; "))
      #expect(lines[10] == "halfway: and 4 more in that file")
      for (policies, expected) in [
        (
          "layers: [{\n pattern: 'hiden*', operands: 'bf16' }]",
          "line 2: the pattern 'hiden*' matches no layer of the model; known: embedding, hidden1, "
            + "hidden2, output, loss"
        ),
        (
          "layers: [{ pattern: 'output', operation: 'convolution',\n operands: 'bf16' }]",
          "line 1: the pattern 'output' matches no layer with the operation convolution of the "
            + "model; it has none"
        ),
        (
          "layers: [{ pattern: 'output', operands: 'bf16' },\n{ pattern: 'out*', operands: 'fp16' }]",
          "line 1: the pattern 'output' (line 1) has no effect beside 'out*' (line 2): the last that "
            + "matches holds"
        ),
        (
          "classes: { elementwise: { accumulation: { order: 'pairwise', size: 2 } } }",
          "line 1: 'classes.elementwise.accumulation' is fp32 fused, pairwise over blocks of 2 "
            + "(line 1) and 'classes' is elementwise (line 1): only product, convolution and "
            + "attention have matrix products"
        ),
        (
          "classes: { attention: {\n attentionTile: 16 } }",
          "line 2: 'attentionTile', and the model has no attention"
        ),
        (
          "workers: { count: 5 }",
          "line 1: 'workers.count' is 5 (line 1) and 'batch' is 64 (the model's own): the batch "
            + "cannot be split in equal parts"
        ),
        (
          "workers: { count: 4 }, microBatches: {\n count: 3 }",
          "line 2: 'microBatches.count' is 3 (line 2) and 'batch' is 64 (the model's own): a worker's "
            + "part, 16, cannot be split in equal parts"
        ),
        (
          "clipping: {}",
          "line 1: 'clipping' of 'p', and the optimizer has no 'clipNorm': no gradient is clipped"
        ),
      ] {
        let result = try run("{ \(start), policies: [{ name: 'p', base: 'fp32', \(policies) }] }")
        #expect(result.status == 65)
        #expect(
          result.errors == "halfway: '\(folder)/e.json5', " + expected + "\n", "\(result.errors)")
      }
      for name in ["fp64", "mpfr:100"] {
        let namesake = try run(
          "{ \(start), reference: '\(name)',\n policies: [\n{ name: '\(name)', base: 'fp32' }] }")
        #expect(namesake.status == 65)
        #expect(
          namesake.errors.hasSuffix(
            "line 3: '\(name)' is the name of a reference, which is in every table: leave the policy "
              + "out, or give it another name\n"), "\(namesake.errors)")
      }
      let asked = try run(
        "{ \(start), question: 'Is 1 < 2 & <b>?\\n', policies: ['fp32'] }")
      #expect(asked.output.hasPrefix("Is 1 < 2 & <b>?\\u{a}\n\n"), "\(asked.output)")
      let page = try String(contentsOfFile: folder + "/out/index.html", encoding: .utf8)
      #expect(page.contains("Is 1 &lt; 2 &amp; &lt;b&gt;?"))
      let kind = try run("{ kind: 'sweep' }")
      #expect(kind.errors.contains("line 1: 'kind' is 'sweep'; known: training\n"))
      #expect(try run("").errors.contains("nothing but white space and comments"))
      let twice = try run(
        "{ \(start), policies: [{ name: 'a', base: 'fp16-amp', rounding: 'nearest' }] }")
      #expect(twice.errors.split(separator: "\n").count == 1, "\(twice.errors)")
      let large = try run(
        "{ \(start), policies: ['fp32'], batch: 65536 }".replacing(
          "model: 'mlp'", with: "model: { name: 'mlp', width: 65536 }"))
      #expect(large.status == 2 && large.output == "")
      #expect(large.errors.hasPrefix("halfway: not enough memory: "), "\(large.errors)")
      let missing = try Tool.run(["run", folder + "/none.json5"])
      #expect(missing.status == 65 && missing.errors.contains("No such file"))
      #expect(try Tool.run(["run", folder]).errors.contains("it is a folder"))
    }
  }

  @Test("A page that no report left is not replaced")
  func foreignPage() throws {
    try withTemporaryFolder { folder in
      let page = folder + "/index.html"
      try "mine".write(toFile: page, atomically: true, encoding: .utf8)
      let run = try Tool.run(["train", "--steps", "1", "--data", Self.text, "--output", folder])
      #expect(run.status == 2 && run.errors.contains("it is no report"), "\(run.errors)")
      #expect(try String(contentsOfFile: page, encoding: .utf8) == "mine")
    }
  }

  @Test("Numbers beyond FP64 end the run with its report, not with an error of its files")
  func largeRates() throws {
    try withTemporaryFolder { folder in
      for rate in ["1e308", "1e154", "3"] {
        let run = try Tool.run([
          "train", "--steps", "20", "--seeds", "0", "--width", "16", "--depth", "1",
          "--policies", "fp32,fp16-amp,bf16-pure", "--learning-rate", rate, "--data", Self.text,
          "--output", folder + "/" + rate,
        ])
        #expect([0, 3].contains(run.status), "\(run.errors)")
        #expect(FileManager.default.fileExists(atPath: folder + "/\(rate)/training.json"))
      }
    }
  }

  @Test("A mutated experiment ends in status 0, 3 or 65, never in a crash")
  func mutations() throws {
    // A step of the smallest sizes; mutations that ask for long runs are not started.
    let valid = """
      { kind: "training", name: "x", model: { name: "mlp", width: 4, depth: 1, context: 2 },
        data: "text.txt", batch: 2, steps: 1, seed: 3,
        optimizer: { method: "sgd", momentum: 0.5, schedule: { warmup: 1, decay: "constant" } },
        policies: ["fp16-amp", { name: "y", base: "bf16-amp", subnormals: "ftz",
          layers: [{ pattern: "out*", operands: "fp16" }],
          workers: { count: 2, allReduce: "ring", format: "bf16" } }] }
      """
    var draw = Draw(seed: 5)
    var statuses: [Int32: Int] = [:]
    try withTemporaryFolder { folder in
      let file = folder + "/e.json5"
      // Beside the file, so that the mutations are the same wherever the repository lies.
      try FileManager.default.copyItem(atPath: Self.text, toPath: folder + "/text.txt")
      for _ in 0..<4000 {
        let bytes = draw.mutation(of: Array(valid.utf8))
        let description = try? ExperimentFile(bytes, path: file).description
        let isLong = description.map {
          $0.steps > 9 || $0.batch > 99 || $0.sizes.context ?? 99 > 99
            || ($0.sizes.width ?? 999) > 99 || ($0.sizes.depth ?? 99) > 9
        }
        guard isLong != true, draw.below(description == nil ? 200 : 4) == 0 else { continue }
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        let run = try Tool.run(["run", file, "--output", folder + "/out"])
        statuses[run.status, default: 0] += 1
        #expect(run.status == 65 || description != nil)
        #expect([0, 3, 65].contains(run.status), "\(String(decoding: bytes, as: UTF8.self))")
      }
    }
    #expect(statuses[65, default: 0] > 10 && statuses[0, default: 0] > 3, "\(statuses)")
  }
}
