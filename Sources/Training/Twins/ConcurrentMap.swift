// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Synchronization

/// Slots that tasks write, each its own.
private struct Slots<Value>: @unchecked Sendable {
  let base: UnsafeMutablePointer<Value?>
}

/// The results of `body` for 0..<count, in order, computed on at most `threads` threads, each of which
/// takes the next index that nobody has taken.
func concurrentMap<Value: Sendable>(
  count: Int, threads: Int, _ body: @Sendable (Int) -> Value
) -> [Value] {
  var results = [Value?](repeating: nil, count: count)
  results.withUnsafeMutableBufferPointer { buffer in
    guard let base = buffer.baseAddress else { return }
    let slots = Slots(base: base)
    let workers = max(1, min(threads, count))
    let next = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: workers) { _ in
      while true {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard index < count else { return }
        slots.base[index] = body(index)
      }
    }
  }
  return results.compactMap(\.self)
}
