// SPDX-License-Identifier: Apache-2.0
import Foundation
import SoftFloat
import Synchronization

/// Two pieces of work on a thread each that share nothing: what they reach together is what two processors of
/// the machine have to give to one piece that is split.
enum Apart {
  /// What either returned; nil where the machine has one processor.
  ///
  /// - Parameter body: called with 0 and with 1, on two threads that begin together, and with whether the
  ///   other has ended.
  static func run<Value: Sendable>(
    _ body: (_ number: Int, _ isAlone: () -> Bool) -> Value
  ) -> (Value, Value)? {
    guard ProcessInfo.processInfo.activeProcessorCount > 1 else { return nil }
    let begun = Atomic(0)
    let ended = Atomic(false)
    let values = Mutex<[Int: Value]>([:])
    ThreadTeam.run(parts: 2) { number in
      begun.add(1, ordering: .relaxed)
      while begun.load(ordering: .relaxed) < 2 {}
      let value = body(number) { ended.load(ordering: .relaxed) }
      ended.store(true, ordering: .relaxed)
      values.withLock { $0[number] = value }
    }
    return values.withLock { values in
      values[0].flatMap { first in values[1].map { (first, $0) } }
    }
  }
}
