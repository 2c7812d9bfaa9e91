// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Foundation
import Synchronization

/// What the threads of a run share.
private struct SharedProgress<Count: Hashable & Sendable & Codable>: Sendable {
  var state: WorkState<Count>
  var next: UInt64
  var finished: Set<UInt64>
  var lastSave: Double
  var isSaving = false
  /// The chunks that wait for the lines of an earlier one to be listed.
  var waiting: [UInt64: FinishedChunk<Count>] = [:]
  var waitingBytes = 0

  /// The next chunk that nobody has taken; nil where there is none.
  mutating func take(of total: UInt64) -> UInt64? {
    while finished.contains(next) { next += 1 }
    guard next < total else { return nil }
    defer { next += 1 }
    return next
  }
}

/// What a chunk counted.
private struct FinishedChunk<Count: Sendable>: Sendable {
  var unit: Int
  var cases: UInt64
  var count: Count
  var lines: [UInt8]
}

/// The bytes of lines that wait for an earlier chunk before their threads do: with one chunk of
/// each thread, the most that a list takes.
private let waitingLimit = 1 << 26

extension CountingWork {
  /// The state after all chunks of a shard, or after those that were done when the control
  /// cancelled. It does not depend on the number of threads.
  package func run(
    shard: Shard = .whole, from initial: WorkState<Count>? = nil,
    control: WorkControl<WorkState<Count>> = WorkControl()
  ) -> (state: WorkState<Count>, isComplete: Bool) {
    var start = initial ?? WorkState(self)
    start.list = control.list == nil ? nil : start.list ?? ListPosition()
    let portions = portions(of: shard)
    let total = portions.chunkCount
    let shared = Mutex(
      SharedProgress(
        state: start, next: start.position, finished: Set(start.ahead),
        lastSave: control.seconds()))
    DispatchQueue.concurrentPerform(iterations: max(1, control.threads)) { _ in
      let worker = worker(listsLines: control.list != nil)
      while !control.isCancelled(), let chunk = shared.withLock({ $0.take(of: total) }) {
        let (unit, first, count) = portions.locate(chunk)
        guard
          let (counted, lines) = worker.count(
            ofUnit: unit, start: first, count: count, isCancelled: control.isCancelled)
        else { return }
        finish(
          chunk,
          FinishedChunk(
            unit: unit, cases: cases(ofUnit: unit, items: first..<first + UInt64(count)),
            count: counted, lines: lines), shared, control)
      }
    }
    let state = shared.withLock { $0.state }
    return (state, state.position == total)
  }

  private func finish(
    _ number: UInt64, _ chunk: FinishedChunk<Count>,
    _ shared: borrowing Mutex<SharedProgress<Count>>, _ control: WorkControl<WorkState<Count>>
  ) {
    let now = control.seconds()
    let (cases, due) = shared.withLock { shared -> (UInt64, WorkState<Count>?) in
      if let list = control.list {
        shared.waiting[number] = chunk
        shared.waitingBytes += chunk.lines.count
        while let next = shared.waiting[shared.state.position],
          next.lines.isEmpty || list(next.lines)
        {
          shared.waiting[shared.state.position] = nil
          shared.waitingBytes -= next.lines.count
          shared.state.list?.append(next.lines)
          add(next, shared.state.position, to: &shared.state)
        }
      } else {
        add(chunk, number, to: &shared.state)
      }
      guard !shared.isSaving, now - shared.lastSave >= control.saveInterval else {
        return (shared.state.cases, nil)
      }
      shared.isSaving = true
      return (shared.state.cases, shared.state)
    }
    control.report(cases)
    if let due {
      control.save(due)
      let saved = control.seconds()
      shared.withLock { shared in
        shared.isSaving = false
        shared.lastSave = saved
      }
    }
    // The earliest chunk that is not listed yet is some other thread's: it never waits here.
    while !control.isCancelled(),
      shared.withLock({ $0.waiting[number] != nil && $0.waitingBytes > waitingLimit })
    { usleep(1000) }
  }

  private func add(
    _ chunk: FinishedChunk<Count>, _ number: UInt64, to state: inout WorkState<Count>
  ) {
    add(chunk.count, to: &state.counts[chunk.unit])
    state.complete(number)
    state.cases += chunk.cases
  }
}
