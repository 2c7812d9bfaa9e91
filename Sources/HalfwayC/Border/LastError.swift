// SPDX-License-Identifier: Apache-2.0
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The message of each thread's last call that failed, in memory that ends with the thread.
enum LastError {
  /// The bytes of a message with its final zero; longer ones are cut.
  private static let capacity = 1024

  private static let key: pthread_key_t = {
    var key = pthread_key_t()
    let failed = pthread_key_create(&key) { free($0) }
    precondition(failed == 0, "no key for the threads' messages")
    return key
  }()

  /// "", where nothing has failed.
  private nonisolated(unsafe) static let none = UnsafePointer(
    UnsafeMutablePointer<CChar>.allocate(capacity: 1).initialized(to: 0))

  /// The thread's message.
  static var message: UnsafePointer<CChar> {
    guard let memory = pthread_getspecific(key) else { return none }
    return UnsafePointer(memory.assumingMemoryBound(to: CChar.self))
  }

  /// Replaces the thread's message.
  static func set(_ message: String) {
    guard let memory = pthread_getspecific(key) ?? malloc(capacity) else { return }
    let bytes = memory.assumingMemoryBound(to: CChar.self)
    // A cut character would not be UTF-8.
    var length = 0
    for character in message.unicodeScalars {
      let units = UTF8.encode(character)?.map { CChar(bitPattern: $0) } ?? []
      guard length + units.count < capacity else { break }
      for unit in units {
        bytes[length] = unit
        length += 1
      }
    }
    bytes[length] = 0
    pthread_setspecific(key, memory)
  }
}

extension UnsafeMutablePointer {
  fileprivate func initialized(to value: Pointee) -> Self {
    initialize(to: value)
    return self
  }
}
