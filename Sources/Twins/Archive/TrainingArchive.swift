// SPDX-License-Identifier: Apache-2.0
import Foundation
import Network

extension TrainingState {
  /// The most memory that numbers take, by the size of their archive: MPFR's are text, and of many
  /// bits where they are zero.
  private static let expansion = 64
  private static let nonFinite = (positive: "inf", negative: "-inf", nan: "nan")

  /// The state as bytes for a machine like this one: the length of a JSON text in eight bytes, the
  /// text, and the numbers that it refers to.
  package func archive() throws -> Data {
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
  package init?(archive: Data) {
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
