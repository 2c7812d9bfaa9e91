// SPDX-License-Identifier: Apache-2.0
import Foundation
import Measurements
import Recordings
import Testing

@testable import halfway

@Suite("A recorded run of another framework")
struct WatchedCommandTests {
  /// Writes a recording of so many steps whose losses fall, in which a gradient's values vanish.
  private func record(
    _ path: String, steps: Int = 24, end: String? = "steps", hasTwin: Bool = true,
    vanishing: Int = 2
  ) throws {
    let run = """
      {"model":"Toy","architecture":"a line","parameters":64,"steps":\(steps),"batch":4,\
      "optimizer":"SGD lr=0.1","localOnly":\(!hasTwin),"script":"toy.py","arguments":["--fast"],\
      "framework":"torch 2","policy":{"name":"fp16 as it ran","operands":"fp16"}}
      """
    let recorder = try Recorder(path: path, run: run, threads: 1)
    let fp16 = try #require(RecordedFormat(id: "fp16"))
    let gradient = recorder.declare(
      TensorTag(layer: "fc1", operation: "mm", kind: .activationGradient), format: fp16,
      source: "toy.py:12")
    // 1 and 2^-24, and as many zeros of what is 2^-30 as are to vanish.
    let words: [UInt16] = [0x3c00, 0x0001] + [UInt16](repeating: 0, count: vanishing)
    let exact = [1, 0x1p-24] + [Double](repeating: 0x1p-30, count: vanishing)
    for step in 1...steps {
      try words.withUnsafeBytes { words in
        try exact.withUnsafeBufferPointer { exact in
          try recorder.add(
            gradient, result: try #require(words.baseAddress), local: exact.baseAddress,
            twin: hasTwin ? exact.baseAddress : nil, count: exact.count, scale: 1)
        }
      }
      recorder.addDecision(
        layer: "pool", operation: "max_pool2d", source: "toy.py:20", count: 8, different: step % 2)
      recorder.note(
        .notCompared, layer: "fc1", operation: "odd", source: nil, text: "no FP64 kernel", count: 1)
      var scalars = RecordedScalars(step: step, isMeasured: true, isSkipped: false)
      let loss = 2.0 / Double(step)
      scalars.loss = loss * (1 + 0x1p-12)
      if hasTwin { scalars.twinLoss = loss }
      try recorder.end(scalars)
    }
    if let end { try recorder.close(end) }
  }

  @Test("gives train's report and documents: schemas hold, lines of the script are named")
  func report() throws {
    try withTemporaryFolder { folder in
      let recording = folder + "/run.halfway-recording"
      try record(recording)
      let output = folder + "/out"
      let run = try Tool.run(["watched", recording, "--output", output])
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.output.contains("fp16 as it ran") && run.output.contains("toy.py:12"))
      #expect(run.output.split(separator: "\n").allSatisfy { $0.count <= 80 || $0.contains("/") })
      func text(_ name: String) throws -> String {
        try String(contentsOfFile: "\(output)/\(name)", encoding: .utf8)
      }
      let training = try text("training.json")
      #expect(try JSONSchema(named: "training-run-1").violations(in: training) == [])
      let report = try text("report.json")
      #expect(try JSONSchema(named: "report-mixed-precision-step-1").violations(in: report) == [])
      let page = try text("index.html")
      for words in ["toy.py:12", "max_pool2d", "no FP64 kernel", "toy.py --fast"] {
        #expect(page.contains(words), "\(words)")
      }
      #expect(try text("steps.csv").split(separator: "\n").count == 1 + 2 * 24)
      let events = try Data(
        contentsOf: URL(
          fileURLWithPath: output + "/tensorboard/events.out.tfevents.0.halfway"))
      #expect(events.count > 24 * 100)
    }
  }

  @Test("takes part in --fail-on and compare; figures that a watched run lacks are absent")
  func gates() throws {
    try withTemporaryFolder { folder in
      let recordings = ["a", "b"].map { "\(folder)/\($0).halfway-recording" }
      try record(recordings[0])
      try record(recordings[1], vanishing: 6)
      let failed = try Tool.run([
        "watched", recordings[0], "--output", folder + "/a", "--fail-on",
        "results.outcomes[*].gradients.zeroed > 0", "--output-format", "json",
      ])
      #expect(failed.status == 1, "\(failed.errors)")
      #expect(
        !failed.output.contains("localGradientError") && !failed.output.contains("\"memory\""))
      #expect(!failed.output.contains("evaluation\":"))
      let other = try Tool.run(["watched", recordings[1], "--output", folder + "/b"])
      #expect(other.status == 0, "\(other.errors)")
      let compared = try Tool.run([
        "compare", folder + "/a/training.json", folder + "/b/training.json",
      ])
      #expect(compared.status == 1, "\(compared.errors)")
      #expect(compared.output.contains("zeroed"))
    }
  }

  @Test("of a run that died is that of its whole steps, and says where it breaks off")
  func brokenOff() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/run.halfway-recording"
      try record(path, end: nil)
      let whole = try Data(contentsOf: URL(fileURLWithPath: path))
      try whole.dropLast(7).write(to: URL(fileURLWithPath: path))
      let run = try Tool.run(["watched", path, "--output", folder + "/out"])
      #expect(run.status == 0)
      #expect(run.errors.contains("breaks off") && run.errors.contains("23 steps"))
      #expect(run.output.contains("23 of 24 training steps"))
    }
  }

  @Test("without a twin says what it does not know, and names no progress")
  func localOnly() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/run.halfway-recording"
      try record(path, hasTwin: false)
      let run = try Tool.run(["watched", path, "--output", folder + "/out"])
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.output.contains("no loss of fp64 is known"))
      let training = try String(contentsOfFile: folder + "/out/training.json", encoding: .utf8)
      #expect(try JSONSchema(named: "training-run-1").violations(in: training) == [])
      #expect(!training.contains("\"inherited\"") && !training.contains("\"lostProgress\""))
      let page = try String(contentsOfFile: folder + "/out/index.html", encoding: .utf8)
      #expect(page.contains("--local-only"))
    }
  }

  @Test("refuses what is no recording with the line and status 65, a missing file likewise")
  func wrongFiles() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/run.halfway-recording"
      for (text, words) in [
        ("", "no recording: it is empty"), ("{}\n", "line 1: no recording"),
        ("\u{0}\u{1}\n", "line 1, byte 0"),
      ] {
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        let run = try Tool.run(["watched", path, "--output", folder + "/out"])
        #expect(run.status == 65)
        #expect(run.errors.contains(words), "\(run.errors)")
        #expect(run.errors.split(separator: "\n").count == 1)
      }
      #expect(try Tool.run(["watched", folder + "/none"]).status == 65)
      #expect(try Tool.run(["watched"]).status == 64)
    }
  }
}
