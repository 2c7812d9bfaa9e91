// SPDX-License-Identifier: Apache-2.0
import Conditions
import Measurements
import TensorFiles

/// A run that was watched, read from the file that recorded it.
package struct Recording {
  /// The run beside its FP64 twin.
  package let run: TrainingRun
  /// The line at which the recording breaks off; nil where it ends as it should.
  package let brokenLine: Int?

  /// The run that a file holds.
  ///
  /// A file that ends within a line, or within a step, is that of a run that died: the steps before
  /// are read.
  ///
  /// - Throws: `TensorFileProblem` with the line that is wrong.
  package init(_ file: FileContents) throws(TensorFileProblem) {
    var reader = RecordingReader(path: file.path)
    let bytes = file.bytes
    var start = 0
    while start < bytes.count {
      guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) else { break }
      try reader.take(Array(bytes[start..<end]))
      start = end + 1
    }
    let isWhole = start == bytes.count && reader.isWhole
    brokenLine = isWhole ? nil : reader.line + (start < bytes.count ? 1 : 0)
    run = try reader.finish()
  }
}

/// The lines of a recording one after the other.
private struct RecordingReader {
  private let path: String
  /// The lines that were read.
  private(set) var line = 0
  private var builder: WatchedRunBuilder?
  private var tensors: [RecordedTensor] = []
  private var points: [RecordedPoint] = []
  private var updates: [RecordedPoint] = []
  private var decisions: [WatchedDecision] = []
  private var end: String?

  init(path: String) { self.path = path }

  /// Whether the last line ends the recording.
  var isWhole: Bool { end != nil }

  /// Reads a line.
  mutating func take(_ bytes: [UInt8]) throws(TensorFileProblem) {
    line += 1
    let value: DocumentValue
    do {
      value = try DocumentReader.read(FileContents(path: path, bytes: bytes))
    } catch {
      let place = error.byte.map { ", byte \($0)" } ?? ""
      throw TensorFileProblem(path: path, reason: "line \(line)\(place): \(error.reason)")
    }
    let fields = try LineFields(value, path: path, line: line)
    guard builder != nil else {
      builder = WatchedRunBuilder(try RecordedHeader(fields))
      return
    }
    guard end == nil else { throw fields.problem("something follows the line that ends the run") }
    try take(fields)
  }

  private mutating func take(_ fields: LineFields) throws(TensorFileProblem) {
    if fields.has("point") {
      let number = try tensor(fields, "point")
      points.append(try RecordedPoint(fields, tensor: number, of: tensors))
    } else if fields.has("step") {
      try takeStep(fields)
    } else if fields.has("update") {
      updates.append(try RecordedPoint(updateOf: fields, tensor: try tensor(fields, "update")))
    } else if fields.has("tensor") {
      let number = try fields.demand("tensor", try fields.whole("tensor"))
      guard number == tensors.count else {
        throw fields.problem("tensor \(number) comes where tensor \(tensors.count) is due")
      }
      tensors.append(try RecordedTensor(fields))
    } else if fields.has("decision") {
      decisions.append(try decision(fields))
    } else if fields.has("note") {
      let note = try note(fields)
      builder?.add(note)
    } else if fields.has("run") {
      try fields.allow(["run"])
      let header = try RecordedHeader(runOf: fields)
      builder?.describe(header)
    } else if fields.has("end") {
      try fields.allow(["end"])
      end = try fields.text("end")
    } else {
      throw fields.problem("no line of a recording: it has none of the keys that tell its kind")
    }
  }

  private func tensor(_ fields: LineFields, _ key: String) throws(TensorFileProblem) -> Int {
    let number = try fields.demand(key, try fields.whole(key))
    guard tensors.indices.contains(number) else {
      throw fields.problem("tensor \(number) was not declared")
    }
    return number
  }

  private mutating func takeStep(_ fields: LineFields) throws(TensorFileProblem) {
    let step = try RecordedStep(fields)
    if let broken = step.broken, !tensors.indices.contains(broken) {
      throw fields.problem("tensor \(broken) was not declared")
    }
    guard step.step > builder?.lastStep ?? 0 else {
      throw fields.problem("step \(step.step) comes after step \(builder?.lastStep ?? 0)")
    }
    builder?.declare(tensors)
    builder?.add(step, points, updates, decisions)
    (points, updates, decisions) = ([], [], [])
  }

  private func decision(_ fields: LineFields) throws(TensorFileProblem) -> WatchedDecision {
    try fields.allow(["decision", "different", "layer", "operation", "source"])
    var decision = WatchedDecision(
      layer: try fields.demand("layer", try fields.text("layer")),
      operation: try fields.demand("operation", try fields.text("operation")),
      source: try fields.text("source"))
    decision.count = try fields.demand("decision", try fields.whole("decision"))
    decision.different = try fields.demand("different", try fields.whole("different"))
    return decision
  }

  private func note(_ fields: LineFields) throws(TensorFileProblem) -> WatchedNote {
    try fields.allow(["note", "layer", "operation", "source", "text", "count"])
    let kind = try fields.demand("note", try fields.text("note"))
    guard let kind = NoteKind(rawValue: kind) else {
      throw fields.problem("'\(kind)' is no kind of note")
    }
    return WatchedNote(
      kind: kind, layer: try fields.text("layer"), operation: try fields.text("operation"),
      source: try fields.text("source"),
      text: try fields.demand("text", try fields.text("text")),
      count: try fields.demand("count", try fields.whole("count")))
  }

  /// The run of the steps that are whole.
  func finish() throws(TensorFileProblem) -> TrainingRun {
    guard let builder else {
      throw TensorFileProblem(path: path, reason: "no recording: it is empty")
    }
    guard builder.lastStep > 0 else {
      throw TensorFileProblem(
        path: path,
        reason: "no step was recorded"
          + (end.map { " (\($0))" } ?? "; the run ended within its first one"))
    }
    return builder.run(end: end)
  }
}
