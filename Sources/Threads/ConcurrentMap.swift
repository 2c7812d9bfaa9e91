// SPDX-License-Identifier: Apache-2.0

/// Slots that tasks write, each its own.
private struct Slots<Value>: @unchecked Sendable {
  let base: UnsafeMutablePointer<Value?>
}

/// The results of `body` for 0..<count, in order, computed on at most `threads` threads, each of
/// which takes the next index that nobody has taken and, once there is none, helps with the
/// operations of the others.
package func concurrentMap<Value: Sendable>(
  count: Int, threads: Int, _ body: @Sendable (Int) -> Value
) -> [Value] {
  var results = [Value?](repeating: nil, count: count)
  results.withUnsafeMutableBufferPointer { buffer in
    guard let base = buffer.baseAddress else { return }
    let slots = Slots(base: base)
    ThreadTeam.run(tasks: count, threads: threads) { slots.base[$0] = body($0) }
  }
  return results.compactMap(\.self)
}
