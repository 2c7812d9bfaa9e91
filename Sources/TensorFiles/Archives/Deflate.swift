// SPDX-License-Identifier: Apache-2.0
import CZlib

/// RFC 1951 by zlib.
enum Deflate {
  /// What bytes unpack to; nil unless they are one stream of exactly `size` bytes and nothing
  /// else. No more than `size` bytes are allocated for it.
  static func inflated(_ packed: ArraySlice<UInt8>, size: Int) -> [UInt8]? {
    guard let (bytes, isWhole) = unpacked(packed, size: size), isWhole else { return nil }
    return bytes
  }

  /// The first `size` bytes that bytes unpack to, fewer where they are damaged or end before.
  static func head(_ packed: ArraySlice<UInt8>, size: Int) -> [UInt8] {
    unpacked(packed, size: size)?.bytes ?? []
  }

  private static func unpacked(
    _ packed: ArraySlice<UInt8>, size: Int
  ) -> (bytes: [UInt8], isWhole: Bool)? {
    var stream = z_stream()
    // Bare deflate, without the header of zlib or gzip, in windows of up to 32 KiB.
    let bareWindow: Int32 = -15
    guard
      inflateInit2_(&stream, bareWindow, zlibVersion(), Int32(MemoryLayout<z_stream>.size)) == Z_OK
    else { return nil }
    defer { inflateEnd(&stream) }
    var isWhole = false
    let result = [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
      packed.withUnsafeBufferPointer { source in
        (filled, isWhole) = fill(buffer, upTo: size, from: source, &stream)
      }
    }
    return (result, isWhole)
  }

  /// The bytes written, and whether the stream ended with both buffers.
  private static func fill(
    _ target: UnsafeMutableBufferPointer<UInt8>, upTo size: Int,
    from source: UnsafeBufferPointer<UInt8>, _ stream: inout z_stream
  ) -> (filled: Int, isWhole: Bool) {
    // A stream of no bytes still needs a place to write none to.
    var nowhere: UInt8 = 0
    return withUnsafeMutablePointer(to: &nowhere) { nowhere in
      var (read, written) = (0, 0)
      // zlib counts in 32 bits.
      let most = Int(UInt32.max)
      while true {
        let input = min(source.count - read, most)
        let output = min(size - written, most)
        stream.next_in = source.baseAddress.map { UnsafeMutablePointer(mutating: $0 + read) }
        stream.avail_in = UInt32(input)
        stream.next_out = target.baseAddress.map { $0 + written } ?? nowhere
        stream.avail_out = UInt32(output)
        let state = inflate(&stream, Z_NO_FLUSH)
        let progress = (input - Int(stream.avail_in), output - Int(stream.avail_out))
        read += progress.0
        written += progress.1
        if state == Z_STREAM_END { return (written, read == source.count && written == size) }
        guard state == Z_OK, progress != (0, 0) else { return (written, false) }
      }
    }
  }
}

/// CRC-32 as zip and gzip have it (APPNOTE.TXT 4.4.7), by zlib.
enum Checksum32 {
  /// The checksum of bytes.
  static func of(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    bytes.withUnsafeBufferPointer { buffer in
      UInt32(crc32_z(crc32(0, nil, 0), buffer.baseAddress, buffer.count))
    }
  }
}

/// A number of 32 bits as `0x0000000d`.
func hexadecimal(_ word: UInt32) -> String {
  let digits = String(word, radix: 16)
  return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
}
