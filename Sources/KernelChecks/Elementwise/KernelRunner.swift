// SPDX-License-Identifier: Apache-2.0
import Foundation
import Formats

/// Calls a kernel for blocks of elements in a worker, and watches what it does; of one thread.
final class KernelRunner {
  /// How a worker is started and what it is given.
  struct Setting: Sendable {
    var command: [String]
    var operands: Int
    var element: KernelElement
    /// The most elements of a call.
    var capacity: Int
    /// The seconds that a call may take.
    var timeLimit: Double
  }

  /// What a call of the kernel did wrong.
  struct Misdeed: Equatable {
    var kind: KernelFinding.Kind
    var detail: String
    /// Whether there are no results.
    var isFatal: Bool
  }

  let setting: Setting
  private let memory: SharedMemory
  private var process: WorkerProcess?
  private var calls = 0
  private var layout: BlockLayout?
  /// Whether somebody asked for the end: calls then return at once, and what they say is nothing.
  var isCancelled: () -> Bool = { false }
  /// The results of the last call.
  let results: UnsafeMutableRawPointer

  /// A runner whose worker has started; throws a `WorkerFailure`.
  init(_ setting: Setting) throws(WorkerFailure) {
    self.setting = setting
    let bytes = setting.capacity * setting.element.size
    let largest = BlockLayout(bytes: Array(repeating: bytes, count: setting.operands + 1))
    memory = try SharedMemory(size: largest.size)
    results = .allocate(byteCount: bytes, alignment: 64)
    process = try start()
  }

  deinit { results.deallocate() }

  /// What the worker says of itself.
  var greeting: WorkerGreeting { process?.greeting ?? WorkerGreeting() }

  private func start() throws(WorkerFailure) -> WorkerProcess {
    try WorkerProcess(command: setting.command, timeLimit: max(60, setting.timeLimit))
  }

  /// Calls the kernel for some elements; results are in `results` unless the misdeed is fatal.
  ///
  /// - Parameters:
  ///   - inputs: One array for each operand, of `count` elements from `first` on.
  ///   - timeLimit: The seconds that it may take, where these are not the setting's.
  func call(
    _ inputs: [UnsafeMutableRawPointer], first: Int, count: Int, secondPoison: Bool = false,
    timeLimit: Double? = nil
  ) -> Misdeed? {
    let timeLimit = timeLimit ?? setting.timeLimit
    let size = setting.element.size
    let layout = prepared(count)
    for (input, place) in zip(inputs, layout.places) {
      (memory.base + place.offset).copyMemory(from: input + first * size, byteCount: count * size)
    }
    let output = layout.places[inputs.count]
    let poison = setting.element.poison(second: secondPoison)
    setting.element.fill(memory.base + output.offset, count: count) { _ in poison }
    let record = FaultRecord(words: memory.base.assumingMemoryBound(to: UInt64.self))
    record.signal = 0
    calls += 1
    let arrays = layout.places.map {
      WorkerArray(offset: $0.offset, shape: [count], type: setting.element.name)
    }
    let request = WorkerRequest(
      call: calls, memory: memory.path, inputs: Array(arrays.dropLast()),
      outputs: [arrays[inputs.count]])
    switch outcome(of: request, timeLimit) {
    case .done: break
    case .failed(let reason):
      return Misdeed(kind: .failed, detail: reason, isFatal: true)
    case .timedOut:
      return Misdeed(
        kind: .hang, detail: "no answer within \(timeLimit) s", isFatal: true)
    case .cancelled: return Misdeed(kind: .hang, detail: "cancelled", isFatal: true)
    case .ended(let signal, let status):
      return fault(signal, status, record, layout)
    }
    results.copyMemory(from: memory.base + output.offset, byteCount: count * size)
    return mark(layout, inputs, first: first, count: count)
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

  private static let canary: UInt8 = 0xa5
  /// The bytes beside arrays that are looked at.
  private static let watched = 4096

  /// The layout for so many elements, its memory outside of the arrays marked.
  private func prepared(_ count: Int) -> BlockLayout {
    let bytes = count * setting.element.size
    let arrays = setting.operands + 1
    if let layout, layout.places[0].count == bytes { return layout }
    let layout = BlockLayout(bytes: Array(repeating: bytes, count: arrays))
    for range in layout.guards + layout.places.map(\.slack) {
      memset(memory.base + range.lowerBound, Int32(Self.canary), range.count)
    }
    self.layout = layout
    return layout
  }

  /// What stands where nothing should have been written.
  private func mark(
    _ layout: BlockLayout, _ inputs: [UnsafeMutableRawPointer], first: Int, count: Int
  ) -> Misdeed? {
    let size = setting.element.size
    for (index, place) in layout.places.enumerated() {
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
            + name(ofArray: index), isFatal: false)
      }
    }
    for (index, (input, place)) in zip(inputs, layout.places).enumerated()
    where memcmp(memory.base + place.offset, input + first * size, count * size) != 0 {
      return Misdeed(
        kind: .inputChanged, detail: "it wrote into \(name(ofArray: index))", isFatal: false)
    }
    return nil
  }

  private func name(ofArray index: Int) -> String {
    index == setting.operands
      ? "its output" : setting.operands == 1 ? "its input" : "its input \(index + 1)"
  }

  private func fault(
    _ signal: Int32?, _ status: Int32, _ record: FaultRecord, _ layout: BlockLayout
  ) -> Misdeed {
    guard let signal else {
      return Misdeed(
        kind: .crash, detail: "its process ended by itself with status \(status)", isFatal: true)
    }
    let name = "signal \(signal) (\(String(cString: strsignal(signal))))"
    guard record.signal == signal, signal == SIGSEGV || signal == SIGBUS else {
      return Misdeed(kind: .crash, detail: name, isFatal: true)
    }
    for (index, place) in layout.places.enumerated() {
      let base = record.base(ofArray: index)
      guard base != 0 else { continue }
      let distance = Int64(bitPattern: record.address &- base)
      let array = self.name(ofArray: index)
      if (0..<Int64(place.count)).contains(distance), index < setting.operands {
        return Misdeed(
          kind: .inputChanged,
          detail: "it writes into \(array), which is constant, at byte \(distance)", isFatal: true)
      }
      let page = Int64(BlockLayout.page)
      if (Int64(place.count)..<Int64(place.count) + page).contains(distance) {
        return Misdeed(
          kind: .outside,
          detail: "it touches byte \(distance) of \(array), which has \(place.count): \(name)",
          isFatal: true)
      }
      if (-Int64(place.slack.count) - page..<0).contains(distance) {
        return Misdeed(
          kind: .outside, detail: "it touches \(-distance) bytes before \(array): \(name)",
          isFatal: true)
      }
    }
    return Misdeed(
      kind: .crash, detail: "\(name) at address 0x\(String(record.address, radix: 16))",
      isFatal: true)
  }
}
