// SPDX-License-Identifier: Apache-2.0
import Foundation
import Words

/// Calls a kernel in a worker, and watches what it does; of one thread.
final class KernelRunner {
  /// How a worker is started.
  struct Setting: Sendable {
    var command: [String]
    /// Whether the worker maps inputs read-only, so that what writes into them is a fault.
    var protectsInputs = false
    /// The seconds that a call may take.
    var timeLimit: Double
  }

  /// An array of a call.
  struct CallArray {
    /// What it is called in findings: `its input 2`.
    var name: String
    var type: String
    var shape: [Int]
    var byteCount: Int
    /// What it holds before the call.
    var contents: Contents
  }

  /// What an array holds before a call.
  enum Contents {
    /// A copy of so many bytes.
    case bytes(UnsafeRawPointer)
    /// What is written by this.
    case written((UnsafeMutableRawPointer) -> Void)
    /// What was written to its place.
    case inPlace
    /// An encoding in every element, which this command's own worker writes.
    case filledByWorker(UInt64)
  }

  /// One call.
  struct Call {
    var inputs: [CallArray]
    var outputs: [CallArray]
    var scalars: [String: WorkerScalar]?
    /// What a function of a library is given, in its own order.
    var arguments: [WorkerArgument]?

    /// What the worker writes into outputs before it calls the kernel; nil of nothing.
    fileprivate var fills: [UInt64]? {
      let fills = outputs.compactMap { output in
        if case .filledByWorker(let encoding) = output.contents { encoding } else { nil }
      }
      return fills.count == outputs.count ? fills : nil
    }
  }

  /// What a call of the kernel did wrong.
  struct Misdeed: Equatable {
    var kind: KernelFinding.Kind
    var detail: String
    /// Whether there are no results.
    var isFatal: Bool
  }

  let setting: Setting
  /// Whether somebody asked for the end: calls then return at once, and what they say is nothing.
  var isCancelled: () -> Bool = { false }
  private var memory: SharedMemory
  private var process: WorkerProcess?
  private var calls = 0
  private var layout: BlockLayout?
  /// Where the last call's outputs are.
  private var outputs: [UnsafeMutableRawBufferPointer] = []

  /// A runner whose worker has started; throws a `WorkerFailure`.
  ///
  /// - Parameter capacity: The bytes of the arrays of the largest call that is foreseen.
  init(_ setting: Setting, capacity: [Int] = []) throws(WorkerFailure) {
    self.setting = setting
    memory = try SharedMemory(size: BlockLayout(bytes: capacity).size)
    process = try start()
  }

  /// What the worker says of itself.
  var greeting: WorkerGreeting { process?.greeting ?? WorkerGreeting() }

  /// What an output holds after the last call, unless that was fatal, and until the next one.
  func result(_ index: Int) -> UnsafeMutableRawBufferPointer { outputs[index] }

  private func start() throws(WorkerFailure) -> WorkerProcess {
    try WorkerProcess(command: setting.command, timeLimit: max(60, setting.timeLimit))
  }

  /// Calls the kernel; what it wrote is in `result` unless the misdeed is fatal.
  ///
  /// - Parameter timeLimit: The seconds that it may take, where these are not the setting's.
  func call(_ call: Call, timeLimit: Double? = nil) -> Misdeed? {
    let timeLimit = timeLimit ?? setting.timeLimit
    let arrays = call.inputs + call.outputs
    let layout: BlockLayout
    do {
      layout = try prepared(arrays.map(\.byteCount))
    } catch {
      return Misdeed(kind: .failed, detail: error.description, isFatal: true)
    }
    for (array, place) in zip(arrays, layout.places) {
      switch array.contents {
      case .bytes(let bytes):
        (memory.base + place.offset).copyMemory(from: bytes, byteCount: place.count)
      case .written(let write): write(memory.base + place.offset)
      case .inPlace, .filledByWorker: break
      }
    }
    let record = FaultRecord(words: memory.base.assumingMemoryBound(to: UInt64.self))
    record.signal = 0
    calls += 1
    let placed = zip(arrays, layout.places).map {
      WorkerArray(offset: $1.offset, shape: $0.shape, type: $0.type)
    }
    let request = WorkerRequest(
      call: calls, memory: memory.path, inputs: Array(placed.prefix(call.inputs.count)),
      outputs: Array(placed.dropFirst(call.inputs.count)), scalars: call.scalars,
      arguments: call.arguments, fills: call.fills)
    let outcome = outcome(of: request, timeLimit)
    guard memory.isWhole else { return replaceMemory() }
    switch outcome {
    case .done: break
    case .failed(let reason):
      return Misdeed(kind: .failed, detail: Echo.plain(reason), isFatal: true)
    case .closed:
      return Misdeed(
        kind: .crash, detail: "it closed its output and went on, and was ended", isFatal: true)
    case .timedOut:
      return Misdeed(
        kind: .hang, detail: "no answer within \(timeLimit) s", isFatal: true)
    case .cancelled: return Misdeed(kind: .hang, detail: "cancelled", isFatal: true)
    case .ended(let signal, let status):
      return fault(signal, status, record, layout, call)
    }
    outputs = layout.places[call.inputs.count...].map {
      UnsafeMutableRawBufferPointer(start: memory.base + $0.offset, count: $0.count)
    }
    return mark(layout, call)
  }

  /// The places of arrays of so many bytes in the next call; throws a `WorkerFailure`.
  func places(ofBytes bytes: [Int]) throws(WorkerFailure) -> [UnsafeMutableRawPointer] {
    try prepared(bytes).places.map { memory.base + $0.offset }
  }

  private func outcome(
    of request: WorkerRequest, _ timeLimit: Double
  ) -> WorkerProcess.Outcome {
    guard !isCancelled() else { return .cancelled }
    if process?.isAlive != true {
      do {
        process = try start()
      } catch {
        return .failed("its worker does not start again: \(error)")
      }
    }
    return process?.call(request, timeLimit: timeLimit, isCancelled: isCancelled)
      ?? .failed("its worker does not start again")
  }

  /// Memory anew where the kernel has cut it: with it went the results.
  private func replaceMemory() -> Misdeed {
    process?.end()
    layout = nil
    if let fresh = try? SharedMemory(size: memory.size) { memory = fresh }
    return Misdeed(
      kind: .outside, detail: "it cut the file of the memory that holds its arrays", isFatal: true)
  }

  private static let canary: UInt8 = 0xa5
  /// The bytes beside arrays that are looked at.
  private static let watched = 4096

  /// The layout of arrays of so many bytes, the memory outside of them marked.
  private func prepared(_ bytes: [Int]) throws(WorkerFailure) -> BlockLayout {
    if let layout, layout.places.map(\.count) == bytes { return layout }
    let layout = BlockLayout(bytes: bytes)
    if layout.size > memory.size { memory = try SharedMemory(size: layout.size) }
    for range in layout.guards + layout.places.map(\.slack) {
      memset(memory.base + range.lowerBound, Int32(Self.canary), range.count)
    }
    self.layout = layout
    return layout
  }

  /// What stands where nothing should have been written.
  private func mark(_ layout: BlockLayout, _ call: Call) -> Misdeed? {
    let arrays = call.inputs + call.outputs
    for (array, place) in zip(arrays, layout.places) {
      let after = place.pages + place.pageBytes
      let before = max(place.slack.lowerBound, place.offset - Self.watched)..<place.offset
      for range in [before, after..<after + Self.watched] {
        guard
          let byte = range.first(where: {
            memory.base.load(fromByteOffset: $0, as: UInt8.self) != Self.canary
          })
        else { continue }
        // The marks must stand again for the next call.
        self.layout = nil
        let distance = byte < place.offset ? place.offset - byte : byte - after + 1
        return Misdeed(
          kind: .outside,
          detail: "it wrote \(distance) bytes \(byte < place.offset ? "before" : "after") "
            + array.name, isFatal: false)
      }
    }
    for (input, place) in zip(call.inputs, layout.places) where !setting.protectsInputs {
      guard case .bytes(let sent) = input.contents,
        memcmp(memory.base + place.offset, sent, place.count) != 0
      else { continue }
      return Misdeed(
        kind: .inputChanged, detail: "it wrote into \(input.name)", isFatal: false)
    }
    return nil
  }

  private func fault(
    _ signal: Int32?, _ status: Int32, _ record: FaultRecord, _ layout: BlockLayout, _ call: Call
  ) -> Misdeed {
    guard let signal else {
      return Misdeed(
        kind: .crash, detail: "its process ended by itself with status \(status)", isFatal: true)
    }
    let name = "signal \(signal) (\(String(cString: strsignal(signal))))"
    guard record.signal == signal, signal == SIGSEGV || signal == SIGBUS else {
      return Misdeed(kind: .crash, detail: name, isFatal: true)
    }
    let arrays = call.inputs + call.outputs
    for (index, (array, place)) in zip(arrays, layout.places).enumerated() {
      let base = index < FaultRecord.mostArrays ? record.base(ofArray: index) : 0
      guard base != 0 else { continue }
      let distance = Int64(bitPattern: record.address &- base)
      if (0..<Int64(place.count)).contains(distance), index < call.inputs.count {
        return Misdeed(
          kind: .inputChanged,
          detail: "it writes into \(array.name), which is constant, at byte \(distance)",
          isFatal: true)
      }
      let page = Int64(BlockLayout.page)
      if (Int64(place.count)..<Int64(place.count) + page).contains(distance) {
        return Misdeed(
          kind: .outside,
          detail: "it touches byte \(distance) of \(array.name), which has \(place.count): \(name)",
          isFatal: true)
      }
      if (-Int64(place.slack.count) - page..<0).contains(distance) {
        return Misdeed(
          kind: .outside, detail: "it touches \(-distance) bytes before \(array.name): \(name)",
          isFatal: true)
      }
    }
    return Misdeed(
      kind: .crash, detail: "\(name) at address 0x\(String(record.address, radix: 16))",
      isFatal: true)
  }
}
