// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Synchronization
import Testing
import Threads

@Suite struct ThreadTeamTests {
  @Test("Every part is done once, again and again, from several callers and from within a part")
  func parts() {
    let counts = Mutex([Int](repeating: 0, count: 4))
    DispatchQueue.concurrentPerform(iterations: 4) { caller in
      for round in 0..<500 {
        let parts = 1 + (round + caller) % 5
        let done = Mutex([Int](repeating: 0, count: parts))
        ThreadTeam.run(parts: parts) { part in
          ThreadTeam.run(parts: 2) { inner in
            if inner == 1 { done.withLock { $0[part] += 1 } }
          }
        }
        if done.withLock({ $0 == [Int](repeating: 1, count: parts) }) {
          counts.withLock { $0[caller] += 1 }
        }
      }
    }
    #expect(counts.withLock { $0 } == [500, 500, 500, 500])
  }

  @Test("Every task is done once, whose parts are too, whoever waits")
  func tasks() {
    for round in 0..<200 {
      let (tasks, threads) = (1 + round % 7, 1 + round % 4)
      let done = Mutex([Int](repeating: 0, count: 3 * tasks))
      ThreadTeam.run(tasks: tasks, threads: threads) { task in
        let available = ThreadTeam.available(of: threads)
        guard (1...threads).contains(available) else { return }
        for _ in 0..<4 {
          ThreadTeam.run(parts: 3) { part in done.withLock { $0[3 * task + part] += 1 } }
        }
      }
      guard done.withLock({ $0 == [Int](repeating: 4, count: 3 * tasks) }) else {
        Issue.record("round \(round)")
        return
      }
    }
  }

  @Test("Where more is open than there is room for, the caller does all parts")
  func room() {
    let done = Mutex(0)
    func run(within depth: Int) {
      ThreadTeam.run(parts: 2) { part in
        done.withLock { $0 += 1 }
        if part == 0, depth < 100 { run(within: depth + 1) }
      }
    }
    for _ in 0..<20 { run(within: 1) }
    #expect(done.withLock { $0 } == 20 * 100 * 2)
  }

  @Test("What a part wrote is seen by the caller")
  func visibility() {
    var values = [Int](repeating: 0, count: 3 * 64)
    for round in 1...2000 {
      values.withUnsafeMutableBufferPointer { buffer in
        nonisolated(unsafe) let base = buffer
        ThreadTeam.run(parts: 3) { part in for i in 0..<64 { base[part * 64 + i] = round } }
      }
      guard values.allSatisfy({ $0 == round }) else {
        Issue.record("round \(round)")
        return
      }
    }
  }
}
