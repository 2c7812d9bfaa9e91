// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The numbers of tensors beside a text that says whose they are: as text they would take ten times
/// as long.
///
/// One encoder or decoder at a time uses it.
package final class Attachment: @unchecked Sendable {
  package private(set) var bytes: Data
  /// The memory that decoded numbers may still take.
  private var allowance: Int

  /// The bytes to decode from, or none to encode to; decoding takes at most `allowance` bytes.
  package init(_ bytes: Data = Data(), allowance: Int = 0) {
    self.bytes = bytes
    self.allowance = allowance
  }

  /// The key of the attachment in `userInfo`.
  package static let key = CodingUserInfoKey(rawValue: "halfway.attachment")

  /// The attachment of an encoder or a decoder; nil where it has none.
  static func of(_ userInfo: [CodingUserInfoKey: Any]) -> Attachment? {
    key.flatMap { userInfo[$0] as? Attachment }
  }

  /// Counts memory that numbers are to take; throws `DecodingError` where all together are more
  /// than an archive of this size can tell.
  static func claim(_ bytes: Int, from decoder: any Decoder) throws {
    guard let attachment = of(decoder.userInfo), bytes >= 0, bytes <= attachment.allowance else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "more numbers than there are"))
    }
    attachment.allowance -= bytes
  }

  /// Appends the elements' memory.
  func append<Element>(_ elements: UnsafePointer<Element>, count: Int) {
    bytes.append(UnsafeBufferPointer(start: elements, count: count))
  }
}

/// Where numbers are in an attachment.
package struct AttachedNumbers: Codable {
  private let offset: Int
  private let bytes: Int

  /// Attaches the elements of a buffer.
  package init<Element: BinaryFloatingPoint>(
    _ elements: UnsafePointer<Element>, count: Int, to encoder: any Encoder
  ) throws {
    guard let attachment = Attachment.of(encoder.userInfo) else {
      throw EncodingError.invalidValue(
        count, .init(codingPath: encoder.codingPath, debugDescription: "nothing to attach to"))
    }
    offset = attachment.bytes.count
    attachment.append(elements, count: count)
    bytes = attachment.bytes.count - offset
  }

  /// Throws `DecodingError` where there are not `count` numbers: known before memory is taken for
  /// them.
  package func claim<Element: BinaryFloatingPoint>(
    _: Element.Type, count: Int, from decoder: any Decoder
  ) throws {
    _ = try attached(Element.self, count: count, decoder)
    try Attachment.claim(bytes, from: decoder)
  }

  /// Copies the numbers to a buffer; throws `DecodingError` where there are not as many.
  package func copy<Element: BinaryFloatingPoint>(
    to elements: UnsafeMutablePointer<Element>, count: Int, from decoder: any Decoder
  ) throws {
    let numbers = try attached(Element.self, count: count, decoder)
    numbers.copyBytes(to: UnsafeMutableRawBufferPointer(start: elements, count: bytes))
  }

  private func attached<Element: BinaryFloatingPoint>(
    _: Element.Type, count: Int, _ decoder: any Decoder
  ) throws -> Data {
    let (wanted, overflows) = count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
    guard let attached = Attachment.of(decoder.userInfo)?.bytes, !overflows, bytes == wanted,
      offset >= 0, offset <= attached.count, bytes <= attached.count - offset
    else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: "numbers that are not attached"))
    }
    let start = attached.startIndex + offset
    return attached[start..<start + bytes]
  }
}
