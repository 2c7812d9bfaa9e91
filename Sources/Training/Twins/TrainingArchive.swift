// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The numbers of tensors beside a text that says whose they are: as text they would take ten times as
/// long.
///
/// One encoder or decoder at a time uses it.
final class Attachment: @unchecked Sendable {
  fileprivate(set) var bytes: Data
  /// The memory that decoded numbers may still take.
  private var allowance: Int

  fileprivate init(_ bytes: Data = Data(), allowance: Int = 0) {
    self.bytes = bytes
    self.allowance = allowance
  }

  fileprivate static let key = CodingUserInfoKey(rawValue: "halfway.attachment")

  /// The attachment of an encoder or a decoder; nil where it has none.
  static func of(_ userInfo: [CodingUserInfoKey: Any]) -> Attachment? {
    key.flatMap { userInfo[$0] as? Attachment }
  }

  /// Counts memory that numbers are to take; throws `DecodingError` where all together are more than an
  /// archive of this size can tell.
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
struct AttachedNumbers: Codable {
  private let offset: Int
  private let bytes: Int

  /// Attaches the elements of a buffer.
  init<Element: BinaryFloatingPoint>(
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

  /// Throws `DecodingError` where there are not `count` numbers: known before memory is taken for them.
  func claim<Element: BinaryFloatingPoint>(
    _: Element.Type, count: Int, from decoder: any Decoder
  ) throws {
    _ = try attached(Element.self, count: count, decoder)
    try Attachment.claim(bytes, from: decoder)
  }

  /// Copies the numbers to a buffer; throws `DecodingError` where there are not as many.
  func copy<Element: BinaryFloatingPoint>(
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

extension TrainingState {
  /// The most memory that numbers take, by the size of their archive: MPFR's are text, and of many bits
  /// where they are zero.
  private static let expansion = 64
  private static let nonFinite = (positive: "inf", negative: "-inf", nan: "nan")

  /// The state as bytes for a machine like this one: the length of a JSON text in eight bytes, the text,
  /// and the numbers that it refers to.
  public func archive() throws -> Data {
    let numbers = Attachment()
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: Self.nonFinite.positive, negativeInfinity: Self.nonFinite.negative,
      nan: Self.nonFinite.nan)
    if let key = Attachment.key { encoder.userInfo[key] = numbers }
    let text = try encoder.encode(self)
    return withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) } + text
      + numbers.bytes
  }

  /// The state of an archive; nil where the bytes are none.
  public init?(archive: Data) {
    let lengthBytes = MemoryLayout<UInt64>.size
    guard archive.count >= lengthBytes else { return nil }
    let length = archive.prefix(lengthBytes).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= archive.count - lengthBytes else { return nil }
    let body = archive.dropFirst(lengthBytes)
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: Self.nonFinite.positive, negativeInfinity: Self.nonFinite.negative,
      nan: Self.nonFinite.nan)
    if let key = Attachment.key {
      decoder.userInfo[key] = Attachment(
        body.dropFirst(Int(length)), allowance: archive.count * Self.expansion)
    }
    guard let checked = try? decoder.decode(Checked.self, from: body.prefix(Int(length)))
    else { return nil }
    self = checked.state
  }

  /// A state whose whole numbers are counts.
  private struct Checked: Decodable {
    var state: TrainingState

    init(from decoder: any Decoder) throws {
      state = try TrainingState(from: CountDecoder(base: decoder))
    }
  }
}
