// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Synchronization

/// Threads that share the parts of one piece of work after another.
///
/// Training calls for helpers every few microseconds, and waking a sleeping thread takes longer
/// than that: a helper therefore looks out for further work for a while before it gives its thread
/// back. Whoever finds no task left helps with the operations of the tasks that others are still
/// at.
package enum ThreadTeam {
  private static let helpers = Atomic<Int>(0)
  private static let threadsAtTasks = Atomic<Int>(0)

  /// Looks that a helper takes at what is open before it goes: some hundred microseconds' worth.
  private static let looks = 200_000
  /// Looks between two offers of the processor to another process.
  private static let looksPerYield = 20_000

  /// Calls `body` with each of 0..<parts; returns when all have returned.
  ///
  /// - Parameter threads: how many threads are called for, as many as parts where nothing is said;
  ///   those that have come for other work and have nothing left to do help, too.
  package static func run(parts: Int, threads: Int? = nil, _ body: (Int) -> Void) {
    share(parts: parts, threads: threads ?? parts, isOfTasks: false, body)
  }

  /// Calls `body` with each of 0..<tasks, for which so many threads are called; returns when all
  /// have returned. Tasks are not nested.
  ///
  /// What a task gives to `run(parts:)` is shared with threads that have no task.
  package static func run(tasks: Int, threads: Int, _ body: (Int) -> Void) {
    share(parts: tasks, threads: threads, isOfTasks: true, body)
  }

  /// How many of so many threads are not at a task, the caller's own included: more parts would
  /// only wait for each other.
  package static func available(of threads: Int) -> Int {
    max(1, threads - max(0, threadsAtTasks.load(ordering: .relaxed) - 1))
  }

  private static func share(
    parts: Int, threads: Int, isOfTasks: Bool, _ body: (Int) -> Void
  ) {
    let slots = SharedWork.Slots.shared
    guard parts > 1, threads > 1, parts <= SharedWork.mostParts,
      let slot = slots.takeFree()
    else {
      for part in 0..<parts { body(part) }
      return
    }
    defer { slots.giveBack(slot) }
    let work = slots[slot]
    withoutActuallyEscaping(body) { body in
      work.open(parts: parts, isOfTasks: isOfTasks, body)
      callHelpers(threads - 1)
      var own = 0
      var next: SharedWork.Part? = SharedWork.Part(number: 0, isTask: isOfTasks)
      while let part = next {
        perform(part) { body(part.number) }
        own += 1
        next = work.takePart(orTask: true)
      }
      wait(for: parts - own, of: work, isOfTasks: isOfTasks)
      work.close()
    }
  }

  /// Sees to it that there are so many helpers.
  private static func callHelpers(_ count: Int) {
    for _ in 0..<max(0, count - helpers.load(ordering: .relaxed)) {
      helpers.add(1, ordering: .relaxed)
      DispatchQueue.global(qos: .userInitiated).async { help() }
    }
  }

  /// Waits for the parts that others have taken. Whoever waits for tasks helps with their
  /// operations meanwhile; another task would be too long.
  private static func wait(
    for parts: Int, of work: SharedWork, isOfTasks: Bool
  ) {
    let slots = SharedWork.Slots.shared
    var looked = 0
    while !work.hasFinished(parts) {
      if isOfTasks, takeParts(of: slots, orTasks: false) { continue }
      pause(&looked)
    }
  }

  /// What a helper does: what is open, and what comes within a while of it.
  private static func help() {
    defer { helpers.subtract(1, ordering: .relaxed) }
    let slots = SharedWork.Slots.shared
    var looked = 0
    while looked < looks {
      if takeParts(of: slots, orTasks: true) { looked = 0 } else { pause(&looked) }
    }
  }

  /// Takes parts of all that has any, tasks before their operations; whether there was one.
  private static func takeParts(of slots: SharedWork.Slots, orTasks: Bool) -> Bool {
    var found = false
    for slot in slots.used {
      let work = slots[slot]
      while let part = work.takePart(orTask: orTasks) {
        perform(part) { work.call(part) }
        work.finish()
        found = true
      }
    }
    return found
  }

  /// Does a part; the thread is at a task meanwhile if that is one.
  @inline(__always)
  private static func perform(_ part: SharedWork.Part, _ work: () -> Void) {
    if part.isTask { threadsAtTasks.add(1, ordering: .relaxed) }
    work()
    if part.isTask { threadsAtTasks.subtract(1, ordering: .relaxed) }
  }

  private static func pause(_ looked: inout Int) {
    looked += 1
    if looked.isMultiple(of: looksPerYield) { yieldProcessor() }
  }
}
