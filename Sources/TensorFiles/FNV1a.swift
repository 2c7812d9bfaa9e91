// SPDX-License-Identifier: Apache-2.0

/// FNV-1a with 64 bits (Fowler, Noll and Vo): tells files apart and detects damage, not malice.
package enum FNV1a {
  /// The hash of bytes as sixteen hexadecimal digits.
  package static func digest(_ bytes: some Sequence<UInt8>) -> String {
    // An iterator that is not known to be one of bytes in a row takes ten times as long.
    let hash =
      bytes.withContiguousStorageIfAvailable(hash) ?? Array(bytes).withUnsafeBufferPointer(hash)
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// The hash of no bytes.
  package static let offsetBasis: UInt64 = 0xcbf2_9ce4_8422_2325

  /// The hash of bytes that follow others, whose hash is given.
  package static func hash(_ bytes: [UInt8], after hash: UInt64) -> UInt64 {
    bytes.withUnsafeBufferPointer { continued($0, hash) }
  }

  private static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
    continued(bytes, offsetBasis)
  }

  private static func continued(_ bytes: UnsafeBufferPointer<UInt8>, _ hash: UInt64) -> UInt64 {
    bytes.reduce(hash) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
  }
}
