// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Synchronization

/// Threads that share the parts of one piece of work after another.
///
/// Training calls for helpers every few microseconds, and waking a sleeping thread takes longer than that: a
/// helper therefore looks out for further work for a while before it gives its thread back.
public enum ThreadTeam {
  /// One piece of work; its parts are taken in turn by whoever is free.
  private final class Work: Sendable {
    let parts: Int
    let next = Atomic<Int>(0)
    let finished = Atomic<Int>(0)
    /// Nobody calls it once all parts are finished, and the owner removes it then.
    nonisolated(unsafe) var body: ((Int) -> Void)?

    init(parts: Int, _ body: @escaping (Int) -> Void) {
      self.parts = parts
      self.body = body
    }

    /// Takes parts until there is none left.
    func takePart() {
      while true {
        let part = next.add(1, ordering: .relaxed).oldValue
        guard part < parts else { return }
        call(part)
        finished.add(1, ordering: .releasing)
      }
    }

    /// A function of its own, so that no reference to the body outlives the part: the owner's closure must not
    /// escape.
    @inline(never)
    private func call(_ part: Int) { body?(part) }
  }

  /// The work that helpers look for, and its number, which tells a new one from the last.
  private static let current = Mutex<(work: Work?, number: Int)>((nil, 0))
  private static let number = Atomic<Int>(0)
  private static let isTaken = Atomic<Bool>(false)
  private static let helpers = Atomic<Int>(0)

  /// Looks that a helper takes at the number before it goes: some hundred microseconds' worth.
  private static let looks = 50_000
  /// Looks between two offers of the processor to another process.
  private static let looksPerYield = 1000

  /// Calls `body` with each of 0..<parts, on at most as many threads; returns when all have returned.
  ///
  /// While another thread's work has the team, the caller does its parts alone.
  public static func run(parts: Int, _ body: (Int) -> Void) {
    guard parts > 1, !isTaken.exchange(true, ordering: .acquiring) else {
      for part in 0..<parts { body(part) }
      return
    }
    defer { isTaken.store(false, ordering: .releasing) }
    withoutActuallyEscaping(body) { body in
      let work = Work(parts: parts, body)
      current.withLock { current in current = (work, current.number + 1) }
      number.add(1, ordering: .releasing)
      let present = helpers.load(ordering: .relaxed)
      for _ in 0..<max(0, parts - 1 - present) {
        helpers.add(1, ordering: .relaxed)
        DispatchQueue.global(qos: .userInitiated).async { help() }
      }
      work.takePart()
      var looked = 0
      while work.finished.load(ordering: .acquiring) < parts { pause(&looked) }
      work.body = nil
      current.withLock { $0.work = nil }
    }
  }

  /// What a helper does: the current work, and what comes within a while of it.
  private static func help() {
    defer { helpers.subtract(1, ordering: .relaxed) }
    var seen = 0
    var looked = 0
    while looked < looks {
      let latest = number.load(ordering: .acquiring)
      guard latest != seen else {
        pause(&looked)
        continue
      }
      seen = latest
      looked = 0
      current.withLock { $0.work }?.takePart()
    }
  }

  private static func pause(_ looked: inout Int) {
    looked += 1
    if looked.isMultiple(of: looksPerYield) { yieldProcessor() }
  }
}
