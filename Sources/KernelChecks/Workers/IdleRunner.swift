// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// A number that threads raise.
final class SharedCount: Sendable {
  private let count = Atomic<Int>(0)
  var value: Int { count.load(ordering: .relaxed) }
  func add(_ n: Int) { count.add(n, ordering: .relaxed) }
}

/// At most one runner that waits for a thread.
final class IdleRunner<Runner>: Sendable {
  /// A runner that one thread at a time has: whoever takes it is its only owner.
  private struct Owned: @unchecked Sendable { let runner: Runner }
  private let waiting = Mutex<Owned?>(nil)

  func give(_ runner: Runner) {
    let owned = Owned(runner: runner)
    waiting.withLock { $0 = owned }
  }

  func take() -> Runner? {
    let owned = waiting.withLock { waiting in
      defer { waiting = nil }
      return waiting
    }
    return owned?.runner
  }
}
