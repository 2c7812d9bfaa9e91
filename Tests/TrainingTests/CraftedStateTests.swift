// SPDX-License-Identifier: Apache-2.0
import Foundation
import Measurements
import Testing

@testable import Datasets
@testable import Models
@testable import Network
@testable import Policies
@testable import Randomness
@testable import Twins

/// An archive as its parts: a checksum detects damage, and nobody who writes one on purpose.
private struct Archive {
  var text: String
  var numbers: Data

  init(_ bytes: Data) {
    let length = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    text = String(decoding: bytes.dropFirst(8).prefix(length), as: UTF8.self)
    numbers = Data(bytes.dropFirst(8 + length))
  }

  var bytes: Data {
    withUnsafeBytes(of: UInt64(text.utf8.count).littleEndian) { Data($0) } + Data(text.utf8)
      + numbers
  }

  /// The archive with the first match of a pattern replaced; nil where there is none.
  func replacing(_ pattern: String, with replacement: String) -> Archive? {
    guard let range = text.range(of: pattern, options: .regularExpression) else { return nil }
    var other = self
    other.text.replaceSubrange(range, with: replacement)
    return other
  }
}

@Suite("States that no run left")
struct CraftedStateTests {
  private func experiment() throws -> TwinExperiment {
    var experiment = try Fixture.experiment(
      [.fp16AMP, .bf16Kahan], steps: 4, optimizer: Optimizer(.adamw, learningRate: 0.01))
    experiment.evaluates = false
    experiment.seedRuns = 1
    return experiment
  }

  private func archive(_ experiment: TwinExperiment, after steps: Int = 3) throws -> Archive {
    var bytes = Data()
    _ = experiment.run { step, state in
      bytes = (try? state().archive()) ?? Data()
      return step < steps
    }
    return Archive(bytes)
  }

  /// Said in a word: a failure would show every number of a state.
  private func isRefused(_ archive: Archive, _ experiment: TwinExperiment) -> Bool {
    fitting(archive, experiment) == nil
  }

  private func fitting(_ archive: Archive, _ experiment: TwinExperiment) -> TrainingState? {
    TrainingState(archive: archive.bytes).flatMap { $0.fits(experiment) ? $0 : nil }
  }

  @Test("Counts are refused at every place, whichever the archive names first")
  func everyCount() throws {
    let experiment = try experiment()
    let archive = try archive(experiment)
    let pattern = /"(?:count|nonFinite|vanishing|recovered)":[0-9]+/
    let places = archive.text.matches(of: pattern)
    #expect(places.count > 40)
    for index in stride(from: 0, to: places.count, by: max(1, places.count / 40)) {
      for value in ["-1", "9223372036854775807"] {
        var other = archive
        let range = places[index].range
        let key = archive.text[range].prefix { $0 != ":" }
        other.text.replaceSubrange(range, with: "\(key):\(value)")
        let around = archive.text[range.lowerBound...].prefix(60)
        #expect(isRefused(other, experiment), "\(around) \(value)")
      }
    }
  }

  @Test("Numbers that no run can have are refused, wherever they stand")
  func numbers() throws {
    let experiment = try experiment()
    let archive = try archive(experiment)
    #expect(!isRefused(archive, experiment))
    let huge = ["-1", "9223372036854775807", "-9223372036854775808", "18446744073709551615"]
    for (key, values) in [
      ("steps", huge + ["5"]), ("interval", huge + ["0", "3"]), ("count", huge),
      ("skipped", huge), ("firstExponent", huge.dropFirst() + ["2000"]), ("zeros", huge),
      ("offset", huge),
      ("bytes", huge), ("measurementsPerPoint", huge), ("elements", huge),
      ("finiteSteps", huge + ["2000"]), ("overflowsLeft", huge + ["0"]), ("hysteresis", huge),
      ("scale", ["-1", "\"nan\"", "\"-inf\"", "\"inf\""]),
      ("seconds", ["-1", "\"nan\"", "\"inf\""]),
      ("beta1", ["-1", "2", "\"nan\""]), ("step", huge + ["0", "4"]),
    ] {
      for value in values {
        let pattern = "\"\(key)\":\\[?-?[0-9][-+0-9.e]*"
        guard let other = archive.replacing(pattern, with: "\"\(key)\":\(value)") else { continue }
        let isList = archive.text.contains("\"\(key)\":[")
        if isList { continue }
        #expect(isRefused(other, experiment), "\(key) \(value)")
      }
    }
    // Lists of counts: one for each point.
    for value in huge {
      for key in ["step", "elements", "pairs", "counts", "shape"] {
        let other = archive.replacing("\"\(key)\":\\[[0-9]+", with: "\"\(key)\":[\(value)")
        #expect(other.map { isRefused($0, experiment) } ?? false, "\(key) \(value)")
      }
    }
  }

  @Test("So are other shapes, formats, policies, histories and layers, and an empty body")
  func structure() throws {
    let experiment = try experiment()
    let archive = try archive(experiment)
    for (pattern, replacement) in [
      ("\"shape\":\\[[0-9]+,", "\"shape\":[1,"), ("\"shape\":\\[", "\"shape\":[1,"),
      ("\"precision\":\"fp64\"", "\"precision\":\"fp32\""),
      ("\"precision\":\"fp64\"", "\"precision\":\"mpfr:65536\""),
      ("\"format\":\"fp16\"", "\"format\":\"e2m1\""),
      ("\"name\":\"fp16-amp\"", "\"name\":\"fp16-amq\""),
      ("\"doubles\":", "\"floats\":"),
      ("\"first\":\\[", "\"first\":[1,1,1,1,1,1,1,1,1,"),
      ("\"loss\":", "\"lost\":{},\"loss\":[],\"step\":"),
      ("\"moments\":\\[", "\"moments\":[{},"), ("\"weights\":\\[", "\"weights\":[null,"),
      ("\"scaler\":\\{", "\"other\":{"),
    ] {
      let other = try #require(archive.replacing(pattern, with: replacement), "\(pattern)")
      #expect(isRefused(other, experiment), "\(pattern)")
    }
    for text in ["", "{}", "[]", "null", "{\"steps\":1}", String(repeating: "[", count: 100_000)] {
      var other = archive
      other.text = text
      #expect(isRefused(other, experiment), "\(text.prefix(20))")
    }
    var cut = archive
    cut.numbers = Data()
    #expect(isRefused(cut, experiment))
  }

  @Test("A file takes no more memory than one of its size can tell")
  func amplification() throws {
    // Every tensor tells that all the numbers are its own: a million times the file.
    let tensors = String(
      repeating: "{\"shape\":[131072],\"precision\":\"fp64\",\"rounded\":\"fp64\","
        + "\"doubles\":{\"offset\":0,\"bytes\":1048576}},", count: 4000
    ).dropLast()
    let experiment = try experiment()
    var archive = try archive(experiment)
    archive.numbers = Data(count: 1 << 20)
    let crafted = try #require(
      archive.replacing("\"weights\":\\[", with: "\"weights\":[\(tensors),"))
    #expect(isRefused(crafted, experiment))
  }

  @Test("No number of an archive makes a run trap, whatever takes its place")
  func mutations() throws {
    let experiment = try experiment()
    let archive = try archive(experiment)
    let bytes = Array(archive.text.utf8)
    var numbers: [Range<Int>] = []
    var (isText, start) = (false, -1)
    for (i, byte) in bytes.enumerated() {
      if byte == UInt8(ascii: "\"") { isText.toggle() }
      let isDigit = !isText && "-+.eE0123456789".utf8.contains(byte)
      if isDigit, start < 0, byte != UInt8(ascii: "e") { start = i }
      if !isDigit, start >= 0 {
        numbers.append(start..<i)
        start = -1
      }
    }
    let others = [
      "-1", "0", "1", "7", "4096", "9223372036854775807", "-9223372036854775808", "1e308",
      "-1e-300", "\"nan\"", "\"inf\"", "null", "[]", "9007199254740992", "0.5",
    ]
    let random = RandomStream(seed: 5, purpose: .signs)
    var runs = 0
    for trial in 0..<240 {
      let place = numbers[random.below(numbers.count, UInt64(2 * trial))]
      var text = bytes
      let number = others[random.below(others.count, UInt64(2 * trial + 1))]
      text.replaceSubrange(place, with: number.utf8)
      var other = archive
      other.text = String(decoding: text, as: UTF8.self)
      guard let state = fitting(other, experiment) else { continue }
      runs += 1
      #expect(experiment.run(from: state).completedSteps == 4)
    }
    #expect(runs > 0 && runs < 240)
  }
}
