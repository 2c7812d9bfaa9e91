// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Memory for tensors: what one has given back the next of its size gets, so that a step after the
/// first asks the system for nothing.
package final class TensorPool: Sendable {
  /// The bytes of the tensors that live, and the most there have been.
  package struct Usage: Sendable, Equatable {
    var live = 0
    package var peak = 0
  }

  private struct State: @unchecked Sendable {
    var free: [Int: [UnsafeMutableRawPointer]] = [:]
    var usage = Usage()
  }
  private let state = Mutex(State())

  /// A pool that holds nothing.
  package init() {}

  deinit {
    state.withLock { state in
      for (bytes, pointers) in state.free {
        for pointer in pointers { TensorMemory.free(pointer, bytes) }
      }
    }
  }

  /// What the tensors of this pool occupy.
  package var usage: Usage { state.withLock { $0.usage } }

  /// Memory of at least `bytes` bytes.
  fileprivate func take(_ bytes: Int) -> UnsafeMutableRawPointer {
    state.withLock { state in
      state.usage.live += bytes
      state.usage.peak = max(state.usage.peak, state.usage.live)
      return state.free[bytes]?.popLast() ?? TensorMemory.allocate(bytes)
    }
  }

  fileprivate func giveBack(_ pointer: UnsafeMutableRawPointer, _ bytes: Int) {
    state.withLock { state in
      state.usage.live -= bytes
      state.free[bytes, default: []].append(pointer)
    }
  }
}

/// The elements of a tensor; their memory goes back to the pool with the last reference.
///
/// An operation writes the elements of its result before anybody else sees the buffer; nobody
/// changes them afterwards.
final class TensorBuffer<Element: TensorElement>: @unchecked Sendable {
  let elements: UnsafeMutablePointer<Element>
  let count: Int
  private let pool: TensorPool
  /// The bytes of the elements.
  var bytes: Int { max(count, 1) * MemoryLayout<Element>.stride }

  /// A buffer of `count` zeros where elements are references, of no particular values otherwise.
  init(count: Int, pool: TensorPool) {
    self.count = count
    self.pool = pool
    let memory = pool.take(max(count, 1) * MemoryLayout<Element>.stride)
    elements = memory.bindMemory(to: Element.self, capacity: count)
    if Element.isReference { elements.initialize(repeating: Element(0), count: count) }
  }

  /// Some of the elements.
  subscript(_ range: Range<Int>) -> UnsafeBufferPointer<Element> {
    UnsafeBufferPointer(start: elements + range.lowerBound, count: range.count)
  }

  deinit {
    if Element.isReference { elements.deinitialize(count: count) }
    pool.giveBack(UnsafeMutableRawPointer(elements), bytes)
  }
}
