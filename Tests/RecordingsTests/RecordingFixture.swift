// SPDX-License-Identifier: Apache-2.0
import Formats
import Foundation
import Measurements
import TensorFiles
import Testing

@testable import Recordings
@testable import WatchedRuns

/// A recording in a file of its own, written by the recorder and read back.
struct RecordingFixture {
  let path = NSTemporaryDirectory() + "\(UUID().uuidString).halfway-recording"

  static let run = """
    {"model":"Toy","parameters":8,"steps":2,"optimizer":"SGD lr=1","script":"toy.py",\
    "policy":{"name":"as fp16","operands":"fp16","weights":"fp16"}}
    """

  /// The bytes that a recorder wrote, closed where `end` is given.
  func bytes(
    end: String? = "finished", threads: Int = 1, run: String = run,
    _ body: (Recorder) throws -> Void
  ) throws -> [UInt8] {
    defer { try? FileManager.default.removeItem(atPath: path) }
    let recorder = try Recorder(path: path, run: run, threads: threads)
    try body(recorder)
    if let end { try recorder.close(end) }
    return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  /// The run that a recorder recorded.
  func recording(
    end: String? = "finished", run: String = run, _ body: (Recorder) throws -> Void
  ) throws -> TrainingRun {
    try Self.read(try bytes(end: end, run: run, body)).run
  }

  /// The recording of bytes.
  static func read(_ bytes: [UInt8]) throws -> Recording {
    try Recording(FileContents(path: "toy.halfway-recording", bytes: bytes))
  }

  /// The recording of lines.
  static func read(lines: [String]) throws -> Recording {
    try read(Array(lines.map { $0 + "\n" }.joined().utf8))
  }
}

extension Recorder {
  /// Declares a tensor and adds a result of FP32.
  @discardableResult
  func add(
    _ kind: TensorKind, layer: String = "fc1", _ operation: String = "linear",
    result: [Float], local: [Double]?, twin: [Double]?, scale: Double = 1,
    source: String? = nil
  ) throws -> Int {
    let tensor = declare(
      TensorTag(layer: layer, operation: operation, kind: kind),
      format: try #require(RecordedFormat(id: "fp32")), source: source)
    try result.withUnsafeBytes {
      try add(
        tensor, result: try #require($0.baseAddress), local: local, twin: twin,
        count: result.count, scale: scale)
    }
    return tensor
  }

  /// Declares a tensor and adds encodings of 16 bits.
  @discardableResult
  func add(
    _ kind: TensorKind, in format: String, layer: String = "fc1",
    _ operation: String = "linear", words: [UInt16], local: [Double]?, twin: [Double]?,
    scale: Double = 1
  ) throws -> Int {
    let tensor = declare(
      TensorTag(layer: layer, operation: operation, kind: kind),
      format: try #require(RecordedFormat(id: format)), source: nil)
    try words.withUnsafeBytes {
      try add(
        tensor, result: try #require($0.baseAddress), local: local, twin: twin, count: words.count,
        scale: scale)
    }
    return tensor
  }

  private func add(
    _ tensor: Int, result: UnsafeRawPointer, local: [Double]?, twin: [Double]?, count: Int,
    scale: Double
  ) throws {
    try local.withPointer { local in
      try twin.withPointer { twin in
        try add(tensor, result: result, local: local, twin: twin, count: count, scale: scale)
      }
    }
  }

  /// Ends a step with losses.
  func end(_ step: Int, loss: Double? = 1, twinLoss: Double? = 1, skipped: Bool = false) throws {
    var scalars = RecordedScalars(step: step, isMeasured: true, isSkipped: skipped)
    scalars.loss = loss
    scalars.twinLoss = twinLoss
    try end(scalars)
  }
}

extension Optional<[Double]> {
  fileprivate func withPointer(_ body: (UnsafePointer<Double>?) throws -> Void) rethrows {
    guard let self else { return try body(nil) }
    try self.withUnsafeBufferPointer { try body($0.baseAddress) }
  }
}

extension TrainingRun {
  /// The only point of a tensor of the run.
  func point(_ layer: String, _ operation: String, _ kind: TensorKind) throws -> TensorPoint {
    let tag = TensorTag(layer: layer, operation: operation, kind: kind)
    return try #require(policies[0].tensors.first { $0.tag == tag }?.points.first)
  }
}
