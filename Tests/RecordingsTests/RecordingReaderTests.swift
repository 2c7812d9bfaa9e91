// SPDX-License-Identifier: Apache-2.0
import Measurements
import TensorFiles
import Testing

@testable import Recordings
@testable import WatchedRuns

@Suite struct RecordingReaderTests {
  private let fixture = RecordingFixture()

  /// A recording of three steps with something of everything.
  private func bytes(end: String? = "finished") throws -> [UInt8] {
    try fixture.bytes(end: end) { recorder in
      for step in 1...3 {
        try recorder.add(
          .activation, result: [1, 2], local: [1, 2.25], twin: [1, 2], source: "toy.py:7")
        try recorder.add(
          .weightGradient, "weight", result: [1], local: [1], twin: [Double(step)])
        recorder.addDecision(
          layer: "pool", operation: "max_pool2d", source: "toy.py:9", count: 100,
          different: step - 1)
        recorder.note(
          .notCompared, layer: "fc1", operation: "odd", source: nil, text: "no kernel", count: 2)
        try recorder.end(step, loss: 1 / Double(step), twinLoss: 1)
      }
    }
  }

  @Test("what was recorded is read: steps, losses, lines of the script, decisions, notes, the end")
  func whole() throws {
    let recording = try RecordingFixture.read(try bytes())
    let run = recording.run
    #expect(recording.brokenLine == nil)
    #expect(run.policies[0].steps.map(\.exactLoss) == [1, 0.5, 1 / 3.0])
    #expect(run.reference.steps.map(\.exactLoss) == [1, 1, 1])
    #expect(run.configuration.steps == 3)
    let watched = try #require(run.watched)
    #expect(watched.end == "finished" && watched.script == "toy.py")
    #expect(
      watched.source(of: TensorTag(layer: "fc1", operation: "linear", kind: .activation))
        == "toy.py:7")
    #expect(watched.decisions.map(\.different) == [3] && watched.decisions.map(\.count) == [300])
    #expect(watched.decisions.first?.firstStep == 2)
    #expect(watched.notes.map(\.count) == [6])
  }

  @Test("a recording cut off anywhere is that of the steps before, down to none")
  func cutOff() throws {
    let whole = try bytes()
    let ends = whole.indices.filter { whole[$0] == UInt8(ascii: "\n") }
    let lines = String(decoding: whole, as: UTF8.self).split(separator: "\n")
    for length in stride(from: 0, to: whole.count, by: 37) {
      let steps = lines.prefix(ends.count { $0 < length }).count { $0.hasPrefix("{\"step\"") }
      if steps == 0 {
        #expect(throws: TensorFileProblem.self) {
          try RecordingFixture.read(Array(whole.prefix(length)))
        }
      } else {
        let recording = try RecordingFixture.read(Array(whole.prefix(length)))
        #expect(recording.run.completedSteps == steps)
        #expect(recording.brokenLine != nil)
        #expect(recording.run.watched?.end == nil)
      }
    }
  }

  private func reason(_ lines: [String]) -> String? {
    do {
      _ = try RecordingFixture.read(lines: lines)
      return nil
    } catch {
      return (error as? TensorFileProblem)?.reason
    }
  }

  @Test("anything else that is wrong is named with its line and what to do")
  func wrongLines() throws {
    let lines = String(decoding: try bytes(), as: UTF8.self).split(separator: "\n").map(String.init)
    func changed(_ index: Int, _ line: String) -> [String] {
      var all = lines
      all[index] = line
      return all
    }
    let step = try #require(lines.firstIndex { $0.hasPrefix("{\"step\"") })
    let point = try #require(lines.firstIndex { $0.hasPrefix("{\"point\"") })
    #expect(
      reason(changed(0, "{\"schema\":\"other/1\"}"))?.hasPrefix("line 1: no recording") == true)
    #expect(reason(changed(step, "{\"step\":"))?.hasPrefix("line \(step + 1), byte ") == true)
    let misspelt = lines[step].replacing("\"loss\"", with: "\"lose\"")
    #expect(
      reason(changed(step, misspelt))
        == "line \(step + 1): 'lose' is no key of such a line; nearest: loss")
    let far = lines[point].replacing("{\"point\":0", with: "{\"point\":9")
    #expect(reason(changed(point, far)) == "line \(point + 1): tensor 9 was not declared")
    let twice = lines[step].replacing("\"step\":1", with: "\"step\":0")
    #expect(reason(changed(step, twice))?.contains("'step' is 0; wanted: a whole number") == true)
    #expect(reason(lines + ["{\"end\":\"twice\"}"])?.contains("something follows") == true)
    #expect(reason([]) == "no recording: it is empty")
  }

  @Test("no change of a byte does more than give a line or another number")
  func mutations() throws {
    let whole = try bytes()
    var state: UInt64 = 1
    for _ in 0..<400 {
      var damaged = whole
      for _ in 0..<3 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        damaged[Int(state >> 33) % damaged.count] = UInt8(truncatingIfNeeded: state >> 24)
      }
      _ = try? RecordingFixture.read(damaged)
    }
  }

  @Test("what is said of the run once more takes the place of what was said first")
  func described() throws {
    let run = try fixture.recording {
      try $0.describe("{\"model\":\"Other\",\"policy\":{\"name\":\"later\"}}")
      try $0.add(.activation, result: [1], local: [1], twin: [1], source: "toy.py:1")
      try $0.end(1)
    }
    #expect(run.configuration.model == "Other")
    #expect(run.policies[0].policy.name == "later")
    #expect(run.watched?.sources.count == 1)
  }

  @Test("a tensor that is stored in two formats is two tensors")
  func twoFormats() throws {
    let run = try fixture.recording {
      try $0.add(.activation, result: [1], local: [1], twin: [1])
      try $0.add(.activation, in: "fp16", words: [0x3c00], local: [1], twin: [1])
      try $0.end(1)
    }
    #expect(run.policies[0].tensors.map(\.tag.operation) == ["linear", "linear in fp16"])
    #expect(run.policies[0].tensors.map(\.format) == ["fp32", "fp16"])
  }

  @Test("a gradient that is rounding errors in the twin at every step is zero but for rounding")
  func zeroGradients() throws {
    let run = try fixture.recording {
      for step in 1...2 {
        try $0.add(.weightGradient, "weight", result: [1], local: [1], twin: [1])
        try $0.add(.weightGradient, "bias", result: [0x1p-30], local: [0], twin: [0x1p-50])
        try $0.end(step)
      }
    }
    #expect(run.reference.zeroGradients?.map(\.tag.operation) == ["bias"])
    #expect(run.policies[0].incidents.divergence == nil)
    #expect(run.policies[0].steps[0].gradients?.elements == 1)
  }

  @Test("a skipped step names the first tensor that is not finite where the twin's is")
  func skips() throws {
    let run = try fixture.recording {
      try $0.add(.activation, in: "fp16", words: [0x3c00], local: [1], twin: [1])
      try $0.add(
        .activationGradient, in: "fp16", "mm", words: [0x7c00], local: [70000], twin: [70000],
        scale: 65536)
      try $0.end(1, skipped: true)
    }
    let skip = try #require(run.policies[0].steps[0].skip)
    #expect(skip.reason == .backward && skip.tensor?.operation == "mm")
    #expect(skip.referenceLargest == 70000.0 / 65536)
    #expect(run.policies[0].tensors[1].points[0].skipped?.overflow == 1)
  }
}
