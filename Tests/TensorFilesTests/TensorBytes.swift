// SPDX-License-Identifier: Apache-2.0
import Foundation
import Randomness
import Testing

@testable import TensorFiles

/// A number in `size` bytes, the least significant first.
func little(_ value: UInt64, _ size: Int) -> [UInt8] {
  (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
}

/// The bytes of a text in base64, on however many lines.
func base64(_ text: String) -> [UInt8] {
  [UInt8](Data(base64Encoded: text.filter { $0 != "\n" }) ?? Data())
}

/// A safetensors file of a header as it is given.
func safetensors(_ header: String, _ data: [UInt8] = []) -> [UInt8] {
  little(UInt64(header.utf8.count), 8) + Array(header.utf8) + data
}

/// An npy file of a dictionary as it is given, without the spaces that align the elements.
func npy(_ dictionary: String, _ data: [UInt8] = [], version: UInt8 = 1) -> [UInt8] {
  [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]
    + little(UInt64(dictionary.utf8.count), version == 1 ? 2 : 4) + Array(dictionary.utf8) + data
}

/// The dictionary of an npy header.
func dictionary(_ type: String, _ shape: String, fortran: String = "False") -> String {
  "{'descr': '\(type)', 'fortran_order': \(fortran), 'shape': \(shape), }"
}

/// A zip archive by APPNOTE.TXT 4.3, every field of which a test can get wrong.
struct ZipBytes {
  struct Member {
    var name: [UInt8]
    var packed: [UInt8]
    var size: UInt64
    var checksum: UInt64
    var flags: UInt64 = 0
    var method: UInt64 = 0

    /// A stored member.
    init(_ name: String, _ contents: [UInt8]) {
      self.name = Array(name.utf8)
      packed = contents
      size = UInt64(contents.count)
      checksum = UInt64(ZipBytes.checksum(contents))
    }

    /// A member of stored blocks of deflate (RFC 1951, 3.2.4), one of them where that is enough.
    init(deflated name: String, _ contents: [UInt8]) {
      self.init(name, contents)
      packed = []
      for start in stride(from: 0, through: max(0, contents.count - 1), by: 0xffff) {
        let block = contents[start..<min(start + 0xffff, contents.count)]
        let length = UInt64(block.count)
        packed += [block.endIndex == contents.count ? 1 : 0]
        packed += little(length, 2) + little(~length, 2) + block
      }
      method = 8
    }
  }

  var members: [Member]
  /// Whether sizes and offsets stand in zip64's extra fields, and its end record before the end.
  var isLarge = false
  var comment: [UInt8] = []

  /// Bit by bit, the polynomial reflected.
  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(UInt32.max) { sum, byte in
      (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in sum >> 1 ^ (sum & 1) * 0xedb8_8320 }
    }
  }

  var bytes: [UInt8] {
    var (bytes, directory): ([UInt8], [UInt8]) = ([], [])
    for member in members {
      directory += entry(member, at: UInt64(bytes.count))
      bytes += header(member) + member.packed
    }
    let (count, start) = (UInt64(members.count), UInt64(bytes.count))
    let size = UInt64(directory.count)
    bytes += directory
    if isLarge {
      let place = UInt64(bytes.count)
      bytes += [0x50, 0x4b, 6, 6] + little(44, 8) + little(45, 2) + little(45, 2) + little(0, 8)
      bytes += little(count, 8) + little(count, 8) + little(size, 8) + little(start, 8)
      bytes += [0x50, 0x4b, 6, 7] + little(0, 4) + little(place, 8) + little(1, 4)
    }
    let counts = isLarge ? little(0xffff, 2) : little(count, 2)
    bytes += [0x50, 0x4b, 5, 6] + little(0, 4) + counts + counts
    bytes += isLarge ? [UInt8](repeating: 0xff, count: 8) : little(size, 4) + little(start, 4)
    return bytes + little(UInt64(comment.count), 2) + comment
  }

  private func common(_ member: Member) -> [UInt8] {
    little(45, 2) + little(member.flags, 2) + little(member.method, 2) + little(0, 4)
      + little(member.checksum, 4)
      + (isLarge
        ? [UInt8](repeating: 0xff, count: 8)
        : little(UInt64(member.packed.count), 4) + little(member.size, 4))
      + little(UInt64(member.name.count), 2)
  }

  private func header(_ member: Member) -> [UInt8] {
    let large = little(1, 2) + little(16, 2) + little(member.size, 8)
    let extra = isLarge ? large + little(UInt64(member.packed.count), 8) : []
    return [0x50, 0x4b, 3, 4] + common(member) + little(UInt64(extra.count), 2) + member.name
      + extra
  }

  private func entry(_ member: Member, at offset: UInt64) -> [UInt8] {
    // Another field before zip64's, as writers of dates put there.
    let large = [0x55, 0x54, 1, 0, 9] + little(1, 2) + little(24, 2) + little(member.size, 8)
    let extra =
      isLarge ? large + little(UInt64(member.packed.count), 8) + little(offset, 8) : []
    return [0x50, 0x4b, 1, 2] + little(45, 2) + common(member) + little(UInt64(extra.count), 2)
      + little(0, 10) + (isLarge ? [UInt8](repeating: 0xff, count: 4) : little(offset, 4))
      + member.name + extra
  }
}

/// Random words of a seed.
struct SeededWords: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= SplitMix64.increment
    return SplitMix64.mixed(state)
  }
}

/// The file's problem, or the tensors read from it.
func line(_ format: TensorFormat, _ bytes: [UInt8], as type: ElementType? = nil) -> String? {
  complaint(bytes) { file throws(TensorFileProblem) in _ = try format.read(file, as: type) }
}
