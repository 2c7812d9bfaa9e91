// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization

/// The memory of all tensors of the process, which may be given a limit: a system that promises
/// more than the machine has ends the process without a word when it cannot keep the promise.
package enum TensorMemory {
  private static let reserved = Atomic(0)
  private static let limit = Atomic(Int.max)
  /// Where nobody said how the process ends, a lack of memory is what it is to Swift's own
  /// allocations.
  private static let end = Mutex<@Sendable (_ bytes: Int) -> Never> { bytes in
    fatalError("no memory for tensors of \(bytes) bytes")
  }

  /// Gives tensors at most so many bytes together, and says how the process ends when that does not
  /// suffice; `end` is told the bytes that they would need, and may be called on any thread.
  package static func limit(to bytes: Int, _ end: @escaping @Sendable (_ bytes: Int) -> Never) {
    limit.store(bytes, ordering: .relaxed)
    self.end.withLock { $0 = end }
  }

  /// Counts bytes, those of tensors and of what else grows with the weights.
  package static func count(_ bytes: Int) {
    let total = reserved.wrappingAdd(bytes, ordering: .relaxed).newValue
    if total > limit.load(ordering: .relaxed) { end.withLock { $0 }(total) }
  }

  /// Memory that nobody else has, aligned for the widest vector.
  static func allocate(_ bytes: Int) -> UnsafeMutableRawPointer {
    count(bytes)
    var pointer: UnsafeMutableRawPointer?
    guard posix_memalign(&pointer, alignment, bytes) == 0, let pointer else {
      end.withLock { $0 }(reserved.load(ordering: .relaxed))
    }
    return pointer
  }

  static func free(_ pointer: UnsafeMutableRawPointer, _ bytes: Int) {
    reserved.wrappingSubtract(bytes, ordering: .relaxed)
    Foundation.free(pointer)
  }

  /// A cache line, and the widest vector.
  private static let alignment = 64
}
