// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Synchronization

/// The time of a word from one thread to another and back.
///
/// A virtual machine's processors share a cache at one time and none at another, and what two of
/// them gain over one follows from that.
enum CoreRoundTrip {
  private static let duration = Duration.milliseconds(5)
  /// The time that another thread gets to begin.
  private static let patience = Duration.seconds(1)
  /// Looks at the other's word between two at the clock.
  private static let looks = 1024

  /// Nanoseconds, the mean of some milliseconds' worth; nil where there is no second thread.
  static func nanoseconds() -> Double? {
    let words = Words()
    let result = Mutex<Double?>(nil)
    DispatchQueue.concurrentPerform(iterations: 2) { thread in
      guard thread == 0 else { return words.answer() }
      let mean = words.ask(for: duration, patience: patience, looks: looks)
      result.withLock { $0 = mean }
    }
    return result.withLock { $0 }
  }

  /// The median of some times; nil of none.
  static func median(_ times: [Double]) -> Double? {
    times.isEmpty ? nil : times.sorted()[times.count / 2]
  }

  private final class Words: Sendable {
    private let question = Atomic<Int>(0)
    private let reply = Atomic<Int>(0)
    private static let end = -1

    /// Nanoseconds from a question to its reply, from the first reply on.
    func ask(for duration: Duration, patience: Duration, looks: Int) -> Double? {
      defer { question.store(Self.end, ordering: .releasing) }
      let clock = ContinuousClock()
      var (first, trips) = (clock.now, 0)
      var deadline = first + patience
      func mean() -> Double? {
        trips > 1 ? (clock.now - first) / .nanoseconds(1) / Double(trips - 1) : nil
      }
      while true {
        question.store(trips + 1, ordering: .releasing)
        var looked = 0
        while reply.load(ordering: .acquiring) != trips + 1 {
          looked += 1
          if looked.isMultiple(of: looks), clock.now > deadline { return mean() }
        }
        trips += 1
        if trips == 1 {
          first = clock.now
          deadline = first + duration
        }
        if trips.isMultiple(of: looks), clock.now > deadline { return mean() }
      }
    }

    func answer() {
      var last = 0
      while last != Self.end {
        last = question.load(ordering: .acquiring)
        reply.store(last, ordering: .releasing)
      }
    }
  }
}
