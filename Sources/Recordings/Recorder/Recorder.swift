// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements

/// Counts what a training step of somebody else's framework computes, beside what the step would
/// be in FP64, and writes a line for each tensor of a step into a file.
///
/// Every step ends with a line of its own and is in the file when `end(_:)` returns: a run that
/// dies leaves the steps before. One call at a time.
package final class Recorder {
  /// The name and version of the file's structure.
  package static let schemaName = "halfway/recording/1"
  /// The most elements of a tensor.
  package static let mostElements = 1 << 40

  private var file: RecordingFile
  private let threads: Int
  private var lines = LineWriter()
  private var tensors: [DeclaredTensor] = []
  private var numbers: [DeclaredTensor: Int] = [:]
  private var step = OpenStep()
  private var lastStep = 0
  private var notes: [Note: Int] = [:]
  private var noteOrder: [Note] = []
  /// The weights before the first step, by tensor.
  private var starts: [Int: [UInt8]] = [:]

  private struct Note: Hashable {
    let kind: NoteKind
    let layer: String?
    let operation: String?
    let source: String?
    let text: String
  }

  /// A recorder into a new file.
  ///
  /// - Parameter run: a JSON object that says what is run, which stands in the first line.
  package init(path: String, run: String, threads: Int) throws(RecordingProblem) {
    try Self.check(run)
    self.threads = threads
    file = try RecordingFile(creating: path)
    lines.begin(run: run)
    try flush()
  }

  /// Says once more what is run: the last such line counts.
  package func describe(_ run: String) throws(RecordingProblem) {
    try Self.check(run)
    lines.describe(run: run)
  }

  /// Throws where a text cannot be an object in one line; whether it is one, the reader tells.
  private static func check(_ run: String) throws(RecordingProblem) {
    guard run.utf8.first == UInt8(ascii: "{"), run.utf8.last == UInt8(ascii: "}"),
      run.utf8.allSatisfy({ $0 >= 0x20 })
    else { throw RecordingProblem("the run is no JSON object in one line") }
  }

  /// The number of a tensor: the same for the same tag and format.
  package func declare(_ tag: TensorTag, format: RecordedFormat, source: String?) -> Int {
    let tensor = DeclaredTensor(tag: tag, format: format)
    if let number = numbers[tensor] { return number }
    let number = tensors.count
    numbers[tensor] = number
    tensors.append(tensor)
    lines.declare(number, tensor, source: source)
    return number
  }

  /// The format of a tensor's numbers.
  package func format(of tensor: Int) throws(RecordingProblem) -> RecordedFormat {
    try declared(tensor).format
  }

  /// Adds a result of an operation: what was stored, what the operation computes in FP64 from the
  /// same operands, and what the FP64 twin has.
  package func add(
    _ tensor: Int, result: UnsafeRawPointer, local: UnsafePointer<Double>?,
    twin: UnsafePointer<Double>?, count: Int, scale: Double
  ) throws(RecordingProblem) {
    let declared = try declared(tensor)
    let kind = declared.tag.kind
    var counts = TensorCounts(format: declared.format.format)
    counts.add(
      TensorBuffers(
        result: RecordedNumbers(result, declared.format), format: declared.format.format,
        local: local, twin: twin, count: count, scale: scale),
      isGradient: kind == .activationGradient || kind == .weightGradient, threads: threads)
    step.add(tensor, counts)
  }

  /// The buffers of a parameter's step, as `halfway_recorder_update` has them.
  package struct Update {
    package var updateFormat: RecordedFormat
    package var before: UnsafeRawPointer
    package var base: UnsafeRawPointer?
    package var local: UnsafePointer<Double>?
    package var after: UnsafeRawPointer
    package var twin: (base: UnsafePointer<Double>, after: UnsafePointer<Double>)?
    package var gradient: (numbers: UnsafeRawPointer, format: RecordedFormat)?
    package var twinGradient: UnsafePointer<Double>?
    package var count: Int

    /// A step from one place to another.
    package init(
      before: UnsafeRawPointer, after: UnsafeRawPointer, count: Int, updateFormat: RecordedFormat
    ) {
      self.before = before
      self.after = after
      self.count = count
      self.updateFormat = updateFormat
    }
  }

  /// Adds a parameter's step.
  package func add(_ weight: Int, _ update: Update) throws(RecordingProblem) {
    let declared = try declared(weight)
    guard declared.tag.kind == .weight else {
      throw RecordingProblem("\(declared.tag) is no weight, which alone has an update")
    }
    let bytes = update.count * declared.format.bytes
    let start =
      starts[weight] ?? Array(UnsafeRawBufferPointer(start: update.before, count: bytes))
    guard start.count == bytes else {
      throw RecordingProblem("\(declared.tag) had another number of elements before")
    }
    starts[weight] = start
    let reader = { RecordedNumbers($0, declared.format) }
    var counts = UpdateCounts(format: declared.format.format)
    // An array's bytes lie as an allocator lays them, aligned to every container.
    start.withUnsafeBytes { start in
      guard let first = start.baseAddress else { return }
      counts.add(
        UpdateBuffers(
          before: reader(update.before), base: reader(update.base ?? update.before),
          after: reader(update.after), format: declared.format.format,
          updateFormat: update.updateFormat.format, local: update.local, twin: update.twin,
          gradient: update.gradient.map { RecordedNumbers($0.numbers, $0.format) },
          twinGradient: update.twinGradient, count: update.count),
        start: reader(first), threads: threads)
    }
    step.add(weight, counts)
  }

  /// Adds a moment before its decay by β.
  package func addDecay(
    _ moment: Int, before: UnsafeRawPointer, count: Int, beta: Double
  ) throws(RecordingProblem) {
    let declared = try declared(moment)
    guard declared.tag.kind.isMoment else {
      throw RecordingProblem("\(declared.tag) is no moment, which alone decays so")
    }
    let reader = RecordedNumbers(before, declared.format)
    step.add(
      moment, MomentDecay(reader, count: count, beta: beta, format: declared.format.format))
  }

  /// Adds weights and what their decay made of `before`, as `WeightDecay` has it.
  package func addWeightDecay(
    _ weight: Int, weights: UnsafeRawPointer, format: RecordedFormat, before: UnsafeRawPointer,
    after: UnsafeRawPointer, count: Int, share: Double, factor: Double
  ) throws(RecordingProblem) {
    let declared = try declared(weight)
    guard declared.tag.kind == .weight else {
      throw RecordingProblem("\(declared.tag) is no weight, which alone decays so")
    }
    let readers = [
      RecordedNumbers(weights, declared.format), RecordedNumbers(before, format),
      RecordedNumbers(after, format),
    ]
    step.add(
      weight, WeightDecay(readers, count: count, share: share, factor: factor))
  }

  /// Adds decisions of the step, integers or truth values, that were compared with the twin's.
  package func addDecision(
    layer: String, operation: String, source: String?, count: Int, different: Int
  ) {
    step.add(
      OpenStep.Place(layer: layer, operation: operation, source: source), count: count,
      different: different)
  }

  /// Adds a note; those that say the same are counted together.
  package func note(
    _ kind: NoteKind, layer: String?, operation: String?, source: String?, text: String, count: Int
  ) {
    let note = Note(kind: kind, layer: layer, operation: operation, source: source, text: text)
    if notes[note] == nil { noteOrder.append(note) }
    notes[note, default: 0].addSaturating(count)
  }

  /// Ends a step, whose lines are in the file then.
  package func end(_ scalars: RecordedScalars) throws(RecordingProblem) {
    guard scalars.step > lastStep else {
      throw RecordingProblem("step \(scalars.step) comes after step \(lastStep)")
    }
    lastStep = scalars.step
    for number in step.order {
      guard let counts = step.tensors[number] else { continue }
      lines.point(number, counts, decay: step.decays[number])
    }
    for number in step.updateOrder {
      guard let counts = step.updates[number] else { continue }
      lines.update(number, counts, decay: step.weightDecays[number])
    }
    for decision in step.decisions {
      lines.decision(decision.place, count: decision.count, different: decision.different)
    }
    writeNotes()
    lines.step(scalars, drift: step.drift.value, broken: step.broken)
    step = OpenStep()
    try flush()
  }

  /// Ends the file with the reason why there are no more steps.
  package func close(_ reason: String) throws(RecordingProblem) {
    defer { file.end() }
    writeNotes()
    lines.line { $0.add("end", reason) }
    try flush()
  }

  private func declared(_ tensor: Int) throws(RecordingProblem) -> DeclaredTensor {
    guard tensors.indices.contains(tensor) else {
      throw RecordingProblem("there is no tensor \(tensor); \(tensors.count) are declared")
    }
    return tensors[tensor]
  }

  private func writeNotes() {
    for note in noteOrder {
      lines.line {
        $0.add("note", note.kind.rawValue)
        $0.add("layer", ifAny: note.layer)
        $0.add("operation", ifAny: note.operation)
        $0.add("source", ifAny: note.source)
        $0.add("text", note.text)
        $0.add("count", notes[note] ?? 0)
      }
    }
    notes = [:]
    noteOrder = []
  }

  private func flush() throws(RecordingProblem) {
    defer { lines.removeAll() }
    try file.append(lines.bytes)
  }
}
