// SPDX-License-Identifier: Apache-2.0

/// The checksum of TensorFlow's records: CRC-32C (Castagnoli, RFC 3720, appendix B.4), rotated and
/// shifted so that the checksum of data with checksums in it is none of their own
/// (tensorflow/core/lib/hash/crc32c.h).
package enum MaskedChecksum {
  /// The polynomial 0x1EDC6F41, its bits reversed.
  private static let polynomial: UInt32 = 0x82f6_3b78
  private static let maskDelta: UInt32 = 0xa282_ead8

  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { crc, _ in crc >> 1 ^ (crc & 1 == 0 ? 0 : polynomial) }
  }

  /// CRC-32C.
  package static func plain(_ bytes: some Sequence<UInt8>) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { crc, byte in crc >> 8 ^ table[Int((crc ^ UInt32(byte)) & 0xff)] }
  }

  /// ((crc >> 15) | (crc << 17)) + delta, modulo 2^32.
  package static func masked(_ bytes: some Sequence<UInt8>) -> UInt32 {
    let crc = plain(bytes)
    return (crc >> 15 | crc << 17) &+ maskDelta
  }
}
