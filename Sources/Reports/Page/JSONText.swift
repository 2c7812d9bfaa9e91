// SPDX-License-Identifier: Apache-2.0
import Foundation

/// JSON whose bytes are a function of the value.
enum JSONText {
  /// The value with sorted keys, indented, ending in a newline; numbers that JSON lacks are the
  /// strings `nan`, `inf` and `-inf`.
  static func encode(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
  }
}
