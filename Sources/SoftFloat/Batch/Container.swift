// SPDX-License-Identifier: Apache-2.0
import Formats

/// An unsigned integer that holds an encoding in memory, right-aligned: UInt8 to 8 bits, UInt16 to
/// 16, UInt32 beyond.
public protocol Container: FixedWidthInteger & UnsignedInteger & Sendable {}
extension UInt8: Container {}
extension UInt16: Container {}
extension UInt32: Container {}

/// Operations on buffers of encodings, by the code of `Arithmetic` in loops that vectorise.
public enum Batch {
  /// The number of elements a loop handles at a time: their exceptions and, where a result overlaps
  /// an operand, their results stay in the first cache level.
  @usableFromInline static let chunk = 1024

  /// The union of the exceptions of a run of elements.
  @inline(never)
  static func union(_ flags: UnsafePointer<UInt8>, _ count: Int) -> UInt8 {
    var all: UInt8 = 0
    for i in 0..<count { all |= flags[i] }
    return all
  }

  /// Whether two runs of memory share a byte.
  static func overlap(
    _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, byteCount: Int
  ) -> Bool {
    a < b + byteCount && b < a + byteCount
  }

  /// Bytes as 16-bit words.
  @inline(never)
  static func widen(
    _ bytes: UnsafePointer<UInt8>, _ words: UnsafeMutablePointer<UInt16>, _ count: Int
  ) {
    for i in 0..<count { words[i] = UInt16(bytes[i]) }
  }

  /// The low halves of 16-bit words.
  @inline(never)
  static func narrow(
    _ words: UnsafePointer<UInt16>, _ bytes: UnsafeMutablePointer<UInt8>, _ count: Int
  ) {
    for i in 0..<count { bytes[i] = UInt8(truncatingIfNeeded: words[i]) }
  }
}
