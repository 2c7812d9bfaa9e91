// SPDX-License-Identifier: Apache-2.0
import Formats
import Foundation
import MPFROracle
import Measurements
import Reports
import SoftFloat
import Testing
import Verification
import Work

@testable import Benchmarks
@testable import halfway

@Suite("JSON keeps to the published schemas")
struct SchemaTests {
  private static let text = "Experiments/mixed-precision-step/newton-opticks-book1.txt"
  static let train = [
    "train", "--steps", "2", "--batch", "4", "--data", Repository.root.path + "/" + text,
  ]

  private static let narrow = [
    "train", "--steps", "2", "--batch", "2", "--width", "4", "--policies", "fp16-amp",
  ]

  private static func policies(_ file: String) -> [String] {
    ["--policies", Repository.root.path + "/Experiments/clipping-and-averages/" + file]
  }

  static let attribute = [
    "attribute", "--batch", "4", "--width", "8", "--data", Repository.root.path + "/" + text,
  ]
  static let tune = [
    "tune", "--batch", "4", "--width", "8", "--held-out-at", "2", "--data",
    Repository.root.path + "/" + text,
  ]
  static let sweep = [
    "sweep", "loss-scale", "--batch", "4", "--width", "8", "--data",
    Repository.root.path + "/" + text,
  ]

  /// Schemas with command lines that have a small result.
  private static let small: [(String, [String])] = [
    ("formats-1", ["formats"]), ("format-1", ["formats", "--format", "fp16"]),
    ("format-1", ["formats", "--format", "e8m0"]),
    ("explanation-1", ["explain", "fma(0.1, 3, -0.3)", "--format", "bf16", "--rounding", "all"]),
    ("explanation-1", ["explain", "sqrt(-1) + 1/0 - min(inf, 0x01)", "--format", "e4m3"]),
    ("explanation-1", ["explain", "1e400 + 1e6", "--format", "fp16", "--rounding", "rne,rz"]),
    ("explanation-1", ["explain", "sum(repeat(1, 4096))", "--accumulator", "fp16"]),
    ("explanation-1", ["explain", "exp(0.1)", "--format", "fp32"]),
    ("explanation-1", ["explain", "0.1", "--rounding", "stochastic:8:1"]),
    ("explanation-1", ["explain", "fp16(fp32(1.00048828126))"]),
    ("verification-1", ["verify", "add", "sqrt", "--format", "e2m1", "--cases", "boundary"]),
    ("verification-1", ["verify", "add", "--cases", "boundary", "--shard", "2/3"]),
    (
      "verification-1",
      ["verify", "fma", "div", "--subject", "native", "--rounding", "rne,up"]
        + ["--cases", "coverage:1", "--mismatches", "2"]
    ),
    ("verification-case-1", ["verify", "fma", "--operands", "4200,3556,0001"]),
    (
      "verification-case-1",
      ["verify", "fma", "--operands", "4200,3556,0001", "--subject", "native"]
    ),
    ("verification-case-1", ["verify", "compareQuiet", "--operands", "4200,7e00"]),
    ("audit-1", ["audit", "add", "--format", "e5m2"]),
    (
      "elementary-1",
      ["elementary", "rsqrt", "exp", "--format", "bf16,fp64", "--samples", "100"]
    ),
    ("units-1", ["units", "hopper", "cdna2", "--products", "6"]),
    ("training-run-1", train),
    (
      "training-run-1",
      train + ["--policies", "all", "--optimizer", "adamw", "--local-every", "0"]
        + ["--width", "16", "--depth", "1"]
    ),
    ("training-run-1", train + ["--policies", "fp16-pure", "--learning-rate", "1e30"]),
    ("training-run-1", train + policies("averages.json5")),
    ("training-run-1", train + policies("clipping.json5") + ["--clip-norm", "1"]),
    ("training-run-1", narrow + ["--model", "cnn"]),
    ("training-run-1", narrow + ["--model", "unet"]),
    ("training-run-1", narrow + ["--model", "detector"]),
    ("sweep-loss-scale-1", sweep + ["--policies", "fp16-amp,fp16-pure,fp32", "--at", "1,2"]),
    (
      "sweep-loss-scale-1",
      sweep + ["--scales", "2^0..2^40", "--at", "1,2", "--learning-rate", "1e300"]
    ),
    ("attribution-1", attribute + ["--at", "1,2"]),
    ("attribution-1", attribute + ["--policy", "bf16-pure", "--layers", "--of", "updates"]),
    ("attribution-1", attribute + ["--scale", "2^40", "--learning-rate", "1e300", "--at", "1,9"]),
    ("tune-1", tune + ["--bound", "gradientError < 2e-3", "--held-out-seeds", "1"]),
    ("tune-1", tune + ["--bound", "lossError < 1e-15", "--minimize", "time", "--at", "1"]),
    ("tune-1", tune + ["--bound", "gradientError < 1", "--learning-rate", "1e300", "--at", "9"]),
    ("scalers-1", ["scalers", "ok*3,inf*20,ok*2000"]),
    ("scalers-1", ["scalers", "ok*300000", "--rules", "keras"]),
  ]

  @Test("Documents of every command with a small result", arguments: SchemaTests.small)
  func documents(schema: String, arguments: [String]) throws {
    try withTemporaryFolder { folder in
      // One run at a time writes into a folder.
      let writes = ["train", "sweep", "attribute", "tune"].contains(arguments.first)
      let output = writes ? ["--output", folder] : []
      let run = try Tool.run(arguments + output + ["--output-format", "json"])
      // Two steps of training are too few for a verdict; they have measured what was asked for.
      #expect(run.status <= 1 || run.status == 3, "\(run.errors)")
      #expect(try JSONSchema(named: schema).violations(in: run.output) == [])
    }
  }

  @Test("The document of a check")
  func check() throws {
    let run = try Tool.run([
      "check", "--library", "libm.so.6", "--symbol", "expf", "--signature", "float(float)",
      "--samples", "3000", "--output-format", "json",
    ])
    #expect(run.status == 0)
    #expect(try JSONSchema(named: "check-1").violations(in: run.output) == [])
  }

  @Test("training.json in the folder of train --output")
  func trainingFolder() throws {
    try withTemporaryFolder { folder in
      let run = try Tool.run(SchemaTests.train + ["--output", folder])
      #expect(run.status == 0, "\(run.errors)")
      let text = try String(contentsOfFile: folder + "/training.json", encoding: .utf8)
      #expect(try JSONSchema(named: "training-run-1").violations(in: text) == [])
    }
  }

  @Test("Every line of a shard, of one with mismatches and of a merged result")
  func shardLines() throws {
    try withTemporaryFolder { folder in
      let campaign = ["verify", "fma", "div", "--subject", "native", "--rounding", "rne,up"]
      let parts = (1...2).map { "\(folder)/part\($0).jsonl" }
      for (index, part) in parts.enumerated() {
        let run = try Tool.run(
          campaign + ["--cases", "coverage:1", "--shard", "\(index + 1)/2", "--export", part])
        #expect(run.status == 1, "\(run.errors)")
      }
      let merged = try Tool.run(["merge"] + parts + ["--output-format", "jsonl"]).output
      let schema = try JSONSchema(named: "verification-shard-3")
      let texts = try parts.map { try String(contentsOfFile: $0, encoding: .utf8) } + [merged]
      for line in texts.flatMap({ $0.split(separator: "\n") }) {
        #expect(try schema.violations(in: String(line)) == [])
      }
      #expect(texts.allSatisfy { $0.contains("\"gotFlags\"") == false && $0.contains("\"got\"") })
    }
  }

  @Test("report.json")
  func report() throws {
    let experiment = try TrainCommand.parse(
      Array(SchemaTests.train.dropFirst()) + ["--policies", "fp16-amp,fp16-pure"]
    ).session().experiment()
    let proof = ArithmeticProof(
      subject: "soft", reference: "MPFR",
      rows: [
        ArithmeticProof.Row(
          operation: .add, format: .fp16, roundings: [.up], cases: ["level1"], tested: 1,
          mismatches: 0)
      ])
    let report = MixedPrecisionStepReport(
      proof: proof, run: experiment.run(),
      context: ReportContext(
        command: "halfway report", tool: "halfway", environment: [.init("processor", "one")],
        run: .init(started: "2026-01-01T00:00:00Z", seconds: 1)))
    let file = try #require(try report.files().first { $0.path == "report.json" })
    let schema = try JSONSchema(named: "report-mixed-precision-step-1")
    #expect(try schema.violations(in: file.text) == [])
  }

  @Test("Every result in reports/verification")
  func committed() throws {
    let folder = Repository.root.appendingPathComponent("reports/verification")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".json") }
    #expect(names.count >= 39)
    for name in names {
      let text = try Repository.text("reports/verification/" + name)
      let schema = try #require(try JSONValue(text)["schema"]?.text, "\(name)")
        .replacing("halfway/", with: "").replacing("/", with: "-")
      #expect(try JSONSchema(named: schema).violations(in: text) == [], "\(name)")
    }
  }

  @Test("An audit that found something, which no run here does")
  func auditMismatches() throws {
    let mismatch =
      #"{"rounding":"up","index":7,"a":1,"b":2,"direct":3,"directFlags":1,"block":4,"blockFlags":0}"#
    let counts = try JSONDecoder().decode(
      DirectAudit.self,
      from: Data((#"{"compared":9,"mismatches":1,"first":["# + mismatch + "]}").utf8))
    let output = AuditOutput(
      work: try #require(ReferenceAudit(operations: [.add], formats: [.e5m2])), counts: [counts],
      shard: Shard(index: 1, count: 2), run: Stopwatch().record(threads: 1))
    let text = try JSONText.encode(output.document)
    #expect(try JSONSchema(named: "audit-1").violations(in: text) == [])
    #expect(text.contains("blockFlags"))
  }

  @Test("The measured rates in reports/, for a run takes a minute")
  func bench() throws {
    let text = try Repository.text("reports/verification/bench.json")
    #expect(try JSONSchema(named: "bench-1").violations(in: text) == [])
    let document = try JSONDecoder().decode(BenchDocument.self, from: Data(text.utf8))
    let output = BenchOutput(
      rows: document.results, elementary: document.elementary ?? [],
      products: [
        ProductBench.Row(
          shape: [2, 3, 4], format: "fp16",
          accumulation: Accumulation(.fp16, .fused, .chunked(terms: 8, sums: .fp32)),
          nanoseconds: 1, timesLoop: 2),
        ProductBench.Row(
          shape: [2, 3, 4], format: "fp32", accumulation: Accumulation(.fp32), nanoseconds: 1,
          timesLoop: nil),
      ]
        + MatrixUnit.allCases.flatMap { unit in
          ([nil] + unit.shapes).map {
            ProductBench.Row(
              shape: [2, 3, 4], format: "fp16",
              accumulation: Accumulation(.fp32, .fused, .matrixUnit(unit, shape: $0)),
              nanoseconds: 1, timesLoop: nil)
          }
        },
      workers: [WorkerBench.Row(function: "expf", nanoseconds: 2, timesLoop: 0.9)],
      run: Stopwatch().record(threads: 1))
    #expect(
      try JSONSchema(named: "bench-1").violations(in: JSONText.encode(output.document)) == [])
  }

  @Test("The measured training steps in reports/")
  func trainingBench() throws {
    let text = try Repository.text("reports/bench/training.json")
    #expect(try JSONSchema(named: "bench-1").violations(in: text) == [])
    let document = try JSONDecoder().decode(BenchDocument.self, from: Data(text.utf8))
    let rows = try #require(document.training)
    #expect(!rows.isEmpty)
    for row in rows { #expect(row.peakTensorBytes <= 2 * row.neededTensorBytes, "\(row)") }
    let output = BenchOutput(
      rows: [], elementary: [], products: [], training: rows,
      runs: try #require(document.trainingRuns), run: Stopwatch().record(threads: 2))
    #expect(
      try JSONSchema(named: "bench-1").violations(in: JSONText.encode(output.document)) == [])
  }

  private struct BenchDocument: Decodable {
    var results: [BenchRow]
    var elementary: [ElementaryBench.Row]?
    var training: [TrainingBench.Row]?
    var trainingRuns: [TrainingRunBench.Row]?
  }

  @Test("Every name of a document in the sources has its schema, checkpoints apart")
  func published() throws {
    let sources = Repository.root.appendingPathComponent("Sources")
    let paths = try #require(FileManager.default.enumerator(atPath: sources.path))
      .compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") }
    var names: Set<String> = []
    for path in paths {
      let text = try Repository.text("Sources/" + path)
      for match in text.matches(of: /"halfway\/([a-z-]+)\/([0-9]+)"/) {
        names.insert("\(match.output.1)-\(match.output.2)")
      }
    }
    // A recording is lines of another kind each, which docs/pytorch.md states.
    names = names.filter { !$0.hasPrefix("checkpoint-") && $0 != "recording-1" }
    let files = try FileManager.default.contentsOfDirectory(atPath: JSONSchema.folder.path)
    #expect(names == Set(files.map { $0.replacing(".json", with: "") }))
    #expect(names.count == 33)
  }

  @Test("No schema admits unknown keys")
  func closed() throws {
    for file in try FileManager.default.contentsOfDirectory(atPath: JSONSchema.folder.path) {
      #expect(try JSONSchema(named: file.replacing(".json", with: "")).openObjects == [], "\(file)")
    }
  }

  @Test("The validator finds what breaks a schema")
  func validator() throws {
    let schema = try JSONSchema(named: "format-1")
    let text = try Tool.run(["formats", "--format", "fp16", "--output-format", "json"]).output
    for (part, wrong) in [
      ("\"bias\" : 15", "\"bias\" : 15.5"), ("\"bias\"", "\"biased\""),
      ("\"containerBytes\" : 2", "\"containerBytes\" : 3"),
      ("\"schema\" : \"halfway/format/1\"", "\"schema\" : \"halfway/format/2\""),
      ("\"hasSubnormals\" : true", "\"hasSubnormals\" : 1"),
      ("\"bias\" : 15", "\"bias\" : 15, \"unknown\" : 1"),
      ("\"cores\"", "\"unknown\" : 1, \"cores\""),
    ] {
      let broken = text.replacing(part, with: wrong)
      try #require(broken != text)
      #expect(try !schema.violations(in: broken).isEmpty, "\(wrong)")
    }
    let lines = try JSONSchema(named: "verification-shard-3")
    #expect(try !lines.violations(in: #"{"checksum":"0123456789abcdef","more":1}"#).isEmpty)
    #expect(try !lines.violations(in: "{}").isEmpty)
    #expect(try lines.violations(in: #"{"checksum":"0123456789abcdef"}"#) == [])
    #expect(try lines.violations(in: #"{"run":null}"#) == [])
  }
}
