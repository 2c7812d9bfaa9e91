// SPDX-License-Identifier: Apache-2.0
import Formats

/// A line of bytes cut into fields.
struct VectorFields {
  /// The bytes of the block.
  let bytes: UnsafeBufferPointer<UInt8>
  /// The fields of the line.
  private(set) var ranges: [Range<Int>] = []

  /// The fields of no line.
  init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  /// Cuts a line at blanks, or at commas with the blanks and quotation marks around fields removed.
  mutating func cut(_ line: Range<Int>, atCommas: Bool) {
    ranges.removeAll(keepingCapacity: true)
    var place = line.lowerBound
    if atCommas {
      while true {
        var end = place
        while end < line.upperBound, bytes[end] != 0x2c { end += 1 }
        ranges.append(trimmed(place..<end))
        if end == line.upperBound { return }
        place = end + 1
      }
    }
    while true {
      while place < line.upperBound, VectorFields.isBlank(bytes[place]) { place += 1 }
      guard place < line.upperBound else { return }
      let start = place
      while place < line.upperBound, !VectorFields.isBlank(bytes[place]) { place += 1 }
      ranges.append(start..<place)
    }
  }

  private func trimmed(_ range: Range<Int>) -> Range<Int> {
    var (start, end) = (range.lowerBound, range.upperBound)
    func isMargin(_ byte: UInt8) -> Bool { VectorFields.isBlank(byte) || byte == 0x22 }
    while start < end, isMargin(bytes[start]) { start += 1 }
    while start < end, isMargin(bytes[end - 1]) { end -= 1 }
    return start..<end
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0d
  }

  /// The number of fields.
  var count: Int { ranges.count }

  /// A field as text, for a name or a message; an ellipsis where it is long.
  func text(_ field: Int) -> String {
    let range = ranges[field]
    let shown = String(decoding: bytes[range.prefix(40)], as: UTF8.self)
    return range.count > 40 ? shown + "\u{2026}" : shown
  }

  /// Whether the bytes of a field are those of a text.
  func holds(_ field: Int, _ text: StaticString) -> Bool {
    let range = ranges[field]
    guard range.count == text.utf8CodeUnitCount else { return false }
    for (offset, place) in range.enumerated() where bytes[place] != text.utf8Start[offset] {
      return false
    }
    return true
  }

  /// Whether the line is a comment: `#` or `//` before anything else.
  var isComment: Bool {
    let range = ranges[0]
    if range.isEmpty { return false }
    let first = bytes[range.lowerBound]
    return first == 0x23
      || (first == 0x2f && range.count > 1 && bytes[range.lowerBound + 1] == 0x2f)
  }

  /// The number of a field in hexadecimal, with or without `0x`; nil where it is none of at most
  /// sixteen digits.
  @inline(__always)
  func hex(_ field: Int) -> UInt64? {
    var range = ranges[field]
    if range.count > 2, bytes[range.lowerBound] == 0x30, bytes[range.lowerBound + 1] | 0x20 == 0x78
    {
      range = range.lowerBound + 2..<range.upperBound
    }
    guard (1...16).contains(range.count) else { return nil }
    var value: UInt64 = 0
    for place in range {
      guard let digit = VectorFields.digit(bytes[place]) else { return nil }
      value = value << 4 | digit
    }
    return value
  }

  /// The value of a hexadecimal digit.
  @inline(__always)
  static func digit(_ byte: UInt8) -> UInt64? {
    switch byte {
    case 0x30...0x39: UInt64(byte) - 0x30
    case 0x61...0x66: UInt64(byte) - 0x57
    case 0x41...0x46: UInt64(byte) - 0x37
    default: nil
    }
  }

  /// The exceptions of a field: TestFloat's bits in hexadecimal, or its letters `vioux` among dots;
  /// nil where they are neither, `VectorRows.noFlags` for an empty field.
  func flags(_ field: Int) -> UInt8? {
    let range = ranges[field]
    if range.isEmpty { return VectorRows.noFlags }
    if let bits = hex(field) { return bits < 32 ? UInt8(bits) : nil }
    var flags: UInt8 = 0
    for place in range {
      switch bytes[place] {
      case 0x76: flags |= 16
      case 0x69: flags |= 8
      case 0x6f: flags |= 4
      case 0x75: flags |= 2
      case 0x78: flags |= 1
      case 0x2e, 0x2d: break
      default: return nil
      }
    }
    return flags
  }
}
