// SPDX-License-Identifier: Apache-2.0
import Measurements
import Recordings
import Threads

/// Runs the body of a function of a recorder.
private func withRecorder(
  _ number: UInt64, _ body: (Recorder) throws(RecordingProblem) -> Void
) -> Int32 {
  withStatus { () throws(Refusal) in
    guard let shared = OpenRecorders[number] else {
      throw Refusal(.invalid, "there is no recorder \(number); it was closed or never opened")
    }
    do throws(RecordingProblem) {
      try shared.use(body)
    } catch {
      throw Refusal(error)
    }
  }
}

extension Refusal {
  fileprivate init(_ problem: RecordingProblem) {
    switch problem.kind {
    case .invalid: self.init(.invalid, problem.message)
    case .file: self.init(.file, problem.message)
    }
  }
}

/// Begins a recording.
@_cdecl("halfway_recorder_open")
public func halfwayRecorderOpen(
  _ path: UnsafePointer<CChar>?, _ run: UnsafePointer<CChar>?, _ threads: UInt32,
  _ recorder: UnsafeMutablePointer<UInt64>?
) -> Int32 {
  withStatus { () throws(Refusal) in
    guard let recorder else { throw Refusal(.invalid, "recorder is NULL") }
    do throws(RecordingProblem) {
      let path = try RecorderArguments.text(path, "path")
      let run = try RecorderArguments.text(run, "run_json")
      recorder.pointee = OpenRecorders.add(
        try Recorder(path: path, run: run, threads: RecorderArguments.threads(threads)))
    } catch {
      throw Refusal(error)
    }
  }
}

/// Says once more what is run.
@_cdecl("halfway_recorder_describe")
public func halfwayRecorderDescribe(_ recorder: UInt64, _ run: UnsafePointer<CChar>?) -> Int32 {
  withRecorder(recorder) { (recorder) throws(RecordingProblem) in
    try recorder.describe(try RecorderArguments.text(run, "run_json"))
  }
}

/// The number of a tensor.
@_cdecl("halfway_recorder_declare")
public func halfwayRecorderDeclare(
  _ recorder: UInt64, _ layer: UnsafePointer<CChar>?, _ operation: UnsafePointer<CChar>?,
  _ kind: UnsafePointer<CChar>?, _ format: UnsafePointer<CChar>?, _ source: UnsafePointer<CChar>?,
  _ tensor: UnsafeMutablePointer<UInt32>?
) -> Int32 {
  withRecorder(recorder) { (recorder) throws(RecordingProblem) in
    guard let tensor else { throw RecordingProblem("tensor is NULL") }
    let tag = TensorTag(
      layer: try RecorderArguments.text(layer, "layer"),
      operation: try RecorderArguments.text(operation, "operation"),
      kind: try RecorderArguments.name(kind, "kind", as: TensorKind.self))
    let number = recorder.declare(
      tag, format: try RecorderArguments.format(format, "format"),
      source: try RecorderArguments.optionalText(source, "source"))
    guard let number = UInt32(exactly: number) else {
      throw RecordingProblem("more tensors than 2^32")
    }
    tensor.pointee = number
  }
}

/// A result of an operation.
@_cdecl("halfway_recorder_tensor")
public func halfwayRecorderTensor(
  _ recorder: UInt64, _ tensor: UInt32, _ actual: UnsafeRawPointer?,
  _ local: UnsafePointer<Double>?, _ twin: UnsafePointer<Double>?, _ count: UInt64,
  _ scale: Double, _ flags: UInt32
) -> Int32 {
  withRecorder(recorder) { (recorder) throws(RecordingProblem) in
    let count = try RecorderArguments.count(count)
    let format = try recorder.format(of: Int(tensor))
    let actual = try RecorderArguments.numbers(actual, "actual", format, count: count)
    guard scale > 0, scale.isFinite, (1 / scale).isFinite else {
      throw RecordingProblem("a scale of \(scale) is none: it is above 0 and finite")
    }
    guard flags == 0 else { throw RecordingProblem("flags are 0, not \(flags)") }
    try recorder.add(
      Int(tensor), result: actual, local: try RecorderArguments.doubles(local, "local"),
      twin: try RecorderArguments.doubles(twin, "twin"), count: count, scale: scale)
  }
}

/// A parameter's step.
@_cdecl("halfway_recorder_update")
public func halfwayRecorderUpdate(
  _ recorder: UInt64, _ weight: UInt32, _ updateFormat: UnsafePointer<CChar>?,
  _ before: UnsafeRawPointer?, _ base: UnsafeRawPointer?, _ local: UnsafePointer<Double>?,
  _ after: UnsafeRawPointer?, _ twinBefore: UnsafePointer<Double>?,
  _ twinAfter: UnsafePointer<Double>?, _ gradient: UnsafeRawPointer?,
  _ gradientFormat: UnsafePointer<CChar>?, _ twinGradient: UnsafePointer<Double>?,
  _ count: UInt64
) -> Int32 {
  withRecorder(recorder) { (recorder) throws(RecordingProblem) in
    let count = try RecorderArguments.count(count)
    let format = try recorder.format(of: Int(weight))
    func numbers(
      _ pointer: UnsafeRawPointer?, _ name: String
    ) throws(RecordingProblem) -> UnsafeRawPointer {
      try RecorderArguments.numbers(pointer, name, format, count: count)
    }
    var update = Recorder.Update(
      before: try numbers(before, "before"), after: try numbers(after, "after"), count: count,
      updateFormat: try RecorderArguments.format(updateFormat, "update_format"))
    update.base = try RecorderArguments.optionalNumbers(base, "base", format)
    update.local = try RecorderArguments.doubles(local, "local")
    let twin = (
      try RecorderArguments.doubles(twinBefore, "twin_before"),
      try RecorderArguments.doubles(twinAfter, "twin_after")
    )
    switch twin {
    case (let before?, let after?): update.twin = (before, after)
    case (nil, nil): break
    default: throw RecordingProblem("of twin_before and twin_after one is NULL")
    }
    if gradient != nil {
      let format = try RecorderArguments.format(gradientFormat, "gradient_format")
      update.gradient = (
        try RecorderArguments.numbers(gradient, "gradient", format, count: count), format
      )
    }
    update.twinGradient = try RecorderArguments.doubles(twinGradient, "twin_gradient")
    try recorder.add(Int(weight), update)
  }
}

/// A moment before its decay.
@_cdecl("halfway_recorder_decay")
public func halfwayRecorderDecay(
  _ recorder: UInt64, _ moment: UInt32, _ before: UnsafeRawPointer?, _ count: UInt64,
  _ beta: Double
) -> Int32 {
  withRecorder(recorder) { (recorder) throws(RecordingProblem) in
    let count = try RecorderArguments.count(count)
    guard (0...1).contains(beta) else {
      throw RecordingProblem("a beta of \(beta) is none: it lies in 0...1")
    }
    let format = try recorder.format(of: Int(moment))
    try recorder.addDecay(
      Int(moment), before: try RecorderArguments.numbers(before, "before", format, count: count),
      count: count, beta: beta)
  }
}

/// Weights and what their decay made of them, or of their gradients.
@_cdecl("halfway_recorder_weight_decay")
public func halfwayRecorderWeightDecay(
  _ recorder: UInt64, _ weight: UInt32, _ weights: UnsafeRawPointer?,
  _ format: UnsafePointer<CChar>?, _ before: UnsafeRawPointer?, _ after: UnsafeRawPointer?,
  _ count: UInt64, _ share: Double, _ factor: Double
) -> Int32 {
  withRecorder(recorder) { (recorder) throws(RecordingProblem) in
    let count = try RecorderArguments.count(count)
    guard share.isFinite, factor.isFinite else {
      throw RecordingProblem("share and factor are finite, not \(share) and \(factor)")
    }
    let stored = try recorder.format(of: Int(weight))
    let format = try RecorderArguments.format(format, "format")
    try recorder.addWeightDecay(
      Int(weight),
      weights: try RecorderArguments.numbers(weights, "weights", stored, count: count),
      format: format,
      before: try RecorderArguments.numbers(before, "before", format, count: count),
      after: try RecorderArguments.numbers(after, "after", format, count: count), count: count,
      share: share, factor: factor)
  }
}

/// Decisions that were compared.
@_cdecl("halfway_recorder_decision")
public func halfwayRecorderDecision(
  _ recorder: UInt64, _ layer: UnsafePointer<CChar>?, _ operation: UnsafePointer<CChar>?,
  _ source: UnsafePointer<CChar>?, _ count: UInt64, _ different: UInt64
) -> Int32 {
  withRecorder(recorder) { (recorder) throws(RecordingProblem) in
    let all = try RecorderArguments.count(count)
    guard different <= count else {
      throw RecordingProblem("\(different) of \(count) decisions cannot differ")
    }
    recorder.addDecision(
      layer: try RecorderArguments.text(layer, "layer"),
      operation: try RecorderArguments.text(operation, "operation"),
      source: try RecorderArguments.optionalText(source, "source"), count: all,
      different: Int(different))
  }
}

/// What the flags of a step say.
private enum StepFlag {
  static let measured: UInt32 = 1
  static let skipped: UInt32 = 2
  static let loss: UInt32 = 4
  static let twinLoss: UInt32 = 8
  static let lossScale: UInt32 = 16
  static let learningRate: UInt32 = 32
  static let clip: UInt32 = 64
  static let all: UInt32 = 127
}

/// Ends a step.
@_cdecl("halfway_recorder_step")
public func halfwayRecorderStep(
  _ recorder: UInt64, _ step: UInt64, _ loss: Double, _ twinLoss: Double, _ lossScale: Double,
  _ learningRate: Double, _ clipNorm: Double, _ clipFactor: Double, _ flags: UInt32
) -> Int32 {
  withRecorder(recorder) { (recorder) throws(RecordingProblem) in
    guard (1...UInt64(Recorder.mostElements)).contains(step) else {
      throw RecordingProblem("a step \(step) is none: they are counted from 1")
    }
    guard flags & ~StepFlag.all == 0 else {
      throw RecordingProblem("flags \(flags) have bits beyond \(StepFlag.all)")
    }
    func has(_ flag: UInt32) -> Bool { flags & flag != 0 }
    var scalars = RecordedScalars(
      step: Int(step), isMeasured: has(StepFlag.measured), isSkipped: has(StepFlag.skipped))
    if has(StepFlag.loss) { scalars.loss = loss }
    if has(StepFlag.twinLoss) { scalars.twinLoss = twinLoss }
    if has(StepFlag.lossScale) { scalars.lossScale = lossScale }
    if has(StepFlag.learningRate) { scalars.learningRate = learningRate }
    if has(StepFlag.clip) { scalars.clip = (clipNorm, clipFactor) }
    try recorder.end(scalars)
  }
}

/// Notes what was not compared, or what else a reader should know.
@_cdecl("halfway_recorder_note")
public func halfwayRecorderNote(
  _ recorder: UInt64, _ kind: UnsafePointer<CChar>?, _ layer: UnsafePointer<CChar>?,
  _ operation: UnsafePointer<CChar>?, _ source: UnsafePointer<CChar>?,
  _ text: UnsafePointer<CChar>?, _ count: UInt64
) -> Int32 {
  withRecorder(recorder) { (recorder) throws(RecordingProblem) in
    recorder.note(
      try RecorderArguments.name(kind, "kind of note", as: NoteKind.self),
      layer: try RecorderArguments.optionalText(layer, "layer"),
      operation: try RecorderArguments.optionalText(operation, "operation"),
      source: try RecorderArguments.optionalText(source, "source"),
      text: try RecorderArguments.text(text, "text"), count: try RecorderArguments.count(count))
  }
}

/// Ends a recording.
@_cdecl("halfway_recorder_close")
public func halfwayRecorderClose(_ recorder: UInt64, _ reason: UnsafePointer<CChar>?) -> Int32 {
  withStatus { () throws(Refusal) in
    do throws(RecordingProblem) {
      let reason = try RecorderArguments.text(reason, "reason")
      guard let shared = OpenRecorders.remove(recorder) else {
        throw RecordingProblem("there is no recorder \(recorder); it was closed or never opened")
      }
      try shared.close(reason)
    } catch {
      throw Refusal(error)
    }
  }
}
