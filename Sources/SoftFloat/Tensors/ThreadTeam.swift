// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Synchronization

/// Threads that share the parts of one piece of work after another.
///
/// Training calls for helpers every few microseconds, and waking a sleeping thread takes longer than that: a
/// helper therefore looks out for further work for a while before it gives its thread back. Whoever finds no
/// task left helps with the operations of the tasks that others are still at.
public enum ThreadTeam {
  /// One piece of work; its parts are taken in turn by whoever is free.
  private final class Work: Sendable {
    let parts: Int
    let isOfTasks: Bool
    let next = Atomic<Int>(0)
    let finished = Atomic<Int>(0)
    /// Nobody calls it once all parts are finished, and the owner removes it then.
    nonisolated(unsafe) var body: ((Int) -> Void)?

    init(parts: Int, isOfTasks: Bool, _ body: @escaping (Int) -> Void) {
      self.parts = parts
      self.isOfTasks = isOfTasks
      self.body = body
    }

    var hasParts: Bool { next.load(ordering: .relaxed) < parts }
    var isFinished: Bool { finished.load(ordering: .acquiring) == parts }

    /// Takes parts until there is none left.
    func takeParts() {
      if isOfTasks { threadsAtTasks.add(1, ordering: .relaxed) }
      defer { if isOfTasks { threadsAtTasks.subtract(1, ordering: .relaxed) } }
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

  /// The work that is not finished, the latest last.
  private static let open = Mutex<[Work]>([])
  /// How many pieces of work there have been, which tells whoever is free of a new one.
  private static let number = Atomic<Int>(0)
  private static let helpers = Atomic<Int>(0)
  private static let threadsAtTasks = Atomic<Int>(0)

  /// Looks that a helper takes at the number before it goes: some hundred microseconds' worth.
  private static let looks = 50_000
  /// Looks between two offers of the processor to another process.
  private static let looksPerYield = 1000

  /// Calls `body` with each of 0..<parts, on at most as many threads; returns when all have returned.
  public static func run(parts: Int, _ body: (Int) -> Void) {
    share(parts: parts, threads: parts, isOfTasks: false, body)
  }

  /// Calls `body` with each of 0..<tasks, on so many threads; returns when all have returned.
  ///
  /// What a task gives to `run(parts:)` is shared with threads that have no task.
  public static func run(tasks: Int, threads: Int, _ body: (Int) -> Void) {
    share(parts: tasks, threads: threads, isOfTasks: true, body)
  }

  /// How many of so many threads are not at a task, the caller's own included: more parts would only wait
  /// for each other.
  public static func available(of threads: Int) -> Int {
    max(1, threads - max(0, threadsAtTasks.load(ordering: .relaxed) - 1))
  }

  private static func share(
    parts: Int, threads: Int, isOfTasks: Bool, _ body: (Int) -> Void
  ) {
    guard parts > 1, threads > 1 else {
      for part in 0..<parts { body(part) }
      return
    }
    withoutActuallyEscaping(body) { body in
      let work = Work(parts: parts, isOfTasks: isOfTasks, body)
      open.withLock { $0.append(work) }
      number.add(1, ordering: .releasing)
      callHelpers(threads - 1)
      work.takeParts()
      wait(for: work)
      work.body = nil
      open.withLock { $0.removeAll { $0 === work } }
    }
  }

  /// Sees to it that there are so many helpers.
  private static func callHelpers(_ count: Int) {
    for _ in 0..<max(0, count - helpers.load(ordering: .relaxed)) {
      helpers.add(1, ordering: .relaxed)
      DispatchQueue.global(qos: .userInitiated).async { help() }
    }
  }

  /// Waits for the parts that others have taken. Whoever waits for tasks helps with their operations
  /// meanwhile; another task would be too long.
  private static func wait(for work: Work) {
    var seen = 0
    var looked = 0
    while !work.isFinished {
      if work.isOfTasks, takeParts(since: &seen, ofTasks: false) { continue }
      pause(&looked)
    }
  }

  /// What a helper does: what is open, and what comes within a while of it.
  private static func help() {
    defer { helpers.subtract(1, ordering: .relaxed) }
    var seen = 0
    var looked = 0
    while looked < looks {
      if takeParts(since: &seen, ofTasks: true) { looked = 0 } else { pause(&looked) }
    }
  }

  /// Takes parts of the latest work that has any, where there is new work; whether there was.
  private static func takeParts(since seen: inout Int, ofTasks: Bool) -> Bool {
    let latest = number.load(ordering: .acquiring)
    guard latest != seen else { return false }
    seen = latest
    while let work = open.withLock({ $0.last { $0.hasParts && (ofTasks || !$0.isOfTasks) } }) {
      work.takeParts()
    }
    return true
  }

  private static func pause(_ looked: inout Int) {
    looked += 1
    if looked.isMultiple(of: looksPerYield) { yieldProcessor() }
  }
}
