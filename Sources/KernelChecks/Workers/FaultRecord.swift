// SPDX-License-Identifier: Apache-2.0

/// What a worker's signal handler leaves in the first page of the shared memory, and the addresses
/// that explain it: 64-bit words.
struct FaultRecord {
  /// The page.
  let words: UnsafeMutablePointer<UInt64>

  /// The most arrays whose addresses are kept.
  static let mostArrays = 16

  /// The signal that ended the worker; 0 of none.
  var signal: Int32 {
    get { Int32(truncatingIfNeeded: words[0]) }
    nonmutating set { words[0] = UInt64(UInt32(bitPattern: newValue)) }
  }

  /// The address that the signal is about.
  var address: UInt64 {
    get { words[1] }
    nonmutating set { words[1] = newValue }
  }

  /// Where the worker mapped an array's first element.
  func base(ofArray index: Int) -> UInt64 { words[2 + index] }
  func setBase(_ address: UInt64, ofArray index: Int) { words[2 + index] = address }
}
