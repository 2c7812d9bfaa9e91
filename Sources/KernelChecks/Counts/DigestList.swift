// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Digests of parts, in files a text of eight bytes each in base 64, the least significant first.
package struct DigestList: Hashable, Sendable {
  package var values: [UInt64]
}

extension DigestList: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let bytes = Data(base64Encoded: text), bytes.count % 8 == 0 else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "no digests")
    }
    values = stride(from: 0, to: bytes.count, by: 8).map { first in
      (0..<8).reduce(0) { $0 | UInt64(bytes[bytes.startIndex + first + $1]) << UInt64(8 * $1) }
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var bytes = Data(capacity: 8 * values.count)
    for value in values {
      for shift in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * shift))) }
    }
    var container = encoder.singleValueContainer()
    try container.encode(bytes.base64EncodedString())
  }
}
