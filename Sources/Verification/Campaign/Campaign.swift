// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Formats
import Foundation
import Synchronization

/// What a campaign asks of its surroundings: it reads no clock and no signal itself.
public struct CampaignControl: Sendable {
  /// The number of threads.
  public var threads: Int
  /// Whether the campaign is to stop at the next block.
  public var isCancelled: @Sendable () -> Bool
  /// A monotonic time in seconds.
  public var seconds: @Sendable () -> Double
  /// Told the number of cases done, after each chunk.
  public var report: @Sendable (_ cases: UInt64) -> Void
  /// Saves a state from which the campaign can be resumed, every `saveInterval` seconds.
  public var save: @Sendable (CampaignState) -> Void
  /// The least time between two saves in seconds: what a kill loses at most, and a chunk.
  public var saveInterval: Double
  /// Takes every mismatch as lines of `MismatchLines`, in the order of the cases and never from two
  /// threads at once; nil where none are listed. It may block: what waits for it is bounded. False
  /// where they could not be taken; their chunk then is not done.
  public var list: (@Sendable (_ lines: [UInt8]) -> Bool)?

  /// The control that never cancels, reports or saves.
  public init(
    threads: Int = 1, isCancelled: @escaping @Sendable () -> Bool = { false },
    seconds: @escaping @Sendable () -> Double = { 0 },
    report: @escaping @Sendable (UInt64) -> Void = { _ in },
    save: @escaping @Sendable (CampaignState) -> Void = { _ in }, saveInterval: Double = 2
  ) {
    self.threads = threads
    self.isCancelled = isCancelled
    self.seconds = seconds
    self.report = report
    self.save = save
    self.saveInterval = saveInterval
  }
}

/// The chunks of a shard that are done, and their tallies.
public struct CampaignState: Hashable, Sendable, Codable {
  /// Every chunk before this position is done.
  public var position: UInt64 = 0
  /// Chunks at or after `position` that are done too, ascending.
  public var ahead: [UInt64] = []
  /// The number of cases done.
  public var cases: UInt64 = 0
  /// The tallies of each unit, one per variant.
  public var tallies: [[Tally]]
  /// The part of the list of mismatches that the chunks before `position` have written; nil where
  /// none is kept.
  public var list: ListPosition?

  /// The state in which nothing is done.
  public init(_ plan: Plan) {
    tallies = plan.units.map { [Tally](repeating: Tally(), count: $0.variants.count) }
  }

  /// Marks a chunk as done.
  mutating func complete(_ chunk: UInt64) {
    let place = ahead.firstIndex { $0 > chunk } ?? ahead.count
    ahead.insert(chunk, at: place)
    while let next = ahead.first, next == position {
      ahead.removeFirst()
      position += 1
    }
  }
}

/// Subject x reference x cases x criterion, over threads.
public struct Campaign: Sendable {
  /// The work.
  public let plan: Plan
  /// The implementation under test.
  public let subject: any Subject
  /// The source of expected results.
  public let reference: any Reference
  /// The part that is run here.
  public let shard: Shard

  /// The campaign of a plan.
  public init(
    plan: Plan, subject: any Subject, reference: any Reference, shard: Shard = .whole
  ) {
    self.plan = plan
    self.subject = subject
    self.reference = reference
    self.shard = shard
  }

  private struct Shared {
    var state: CampaignState
    var next: UInt64
    var finished: Set<UInt64>
    var lastSave: Double
    var isSaving = false
    /// The chunks that wait for the lines of an earlier one to be listed.
    var waiting: [UInt64: Chunk] = [:]
    var waitingBytes = 0
  }

  /// What a chunk found.
  private struct Chunk {
    var unit: Int
    var count: Int
    var tallies: [Tally]
    var lines: [UInt8]
  }

  /// The bytes of lines that wait for an earlier chunk before their threads do: with one chunk of
  /// each thread, the most that a list takes.
  private static let waitingLimit = 1 << 26

  /// The state after all chunks of the shard, or after those that were done when the control
  /// cancelled. It does not depend on the number of threads.
  public func run(
    from initial: CampaignState? = nil, control: CampaignControl = CampaignControl()
  ) -> (state: CampaignState, isComplete: Bool) {
    var start = initial ?? CampaignState(plan)
    start.list = control.list == nil ? nil : start.list ?? ListPosition()
    let portions = plan.portions(of: shard)
    let total = portions.chunkCount
    let shared = Mutex(
      Shared(
        state: start, next: start.position, finished: Set(start.ahead),
        lastSave: control.seconds()))
    DispatchQueue.concurrentPerform(iterations: max(1, control.threads)) { _ in
      let worker = Worker(
        plan: plan, subject: subject, reference: reference, listsMismatches: control.list != nil)
      while !control.isCancelled(), let chunk = Campaign.take(shared, total) {
        let (unit, first, count) = portions.locate(chunk)
        guard
          let (tallies, lines) = worker.run(
            unit: unit, start: first, count: count, isCancelled: control.isCancelled)
        else { return }
        finish(
          chunk, Chunk(unit: unit, count: count, tallies: tallies, lines: lines), shared, control)
      }
    }
    let state = shared.withLock { $0.state }
    return (state, state.position == total)
  }

  private static func take(_ shared: borrowing Mutex<Shared>, _ total: UInt64) -> UInt64? {
    shared.withLock { shared in
      while shared.finished.contains(shared.next) { shared.next += 1 }
      guard shared.next < total else { return nil }
      defer { shared.next += 1 }
      return shared.next
    }
  }

  private func finish(
    _ number: UInt64, _ chunk: Chunk, _ shared: borrowing Mutex<Shared>, _ control: CampaignControl
  ) {
    let now = control.seconds()
    let (cases, due) = shared.withLock { shared -> (UInt64, CampaignState?) in
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
      shared.withLock({
        $0.waiting[number] != nil && $0.waitingBytes > Campaign.waitingLimit
      })
    { usleep(1000) }
  }

  private func add(_ chunk: Chunk, _ number: UInt64, to state: inout CampaignState) {
    let limit = plan.configuration.mismatchLimit
    for (variant, tally) in chunk.tallies.enumerated() {
      state.tallies[chunk.unit][variant].merge(tally, limit: limit)
    }
    state.complete(number)
    state.cases += UInt64(chunk.count)
  }
}
