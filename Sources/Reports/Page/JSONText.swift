// SPDX-License-Identifier: Apache-2.0
import Foundation
import Tables
import Words

/// JSON whose bytes are a function of the value.
package enum JSONText {
  /// The value with sorted keys, ending in a newline; numbers that JSON lacks are the strings
  /// `nan`, `inf` and `-inf`.
  package static func encode(
    _ value: some Encodable, isIndented: Bool = true
  ) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if isIndented { encoder.outputFormatting.insert(.prettyPrinted) }
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return VisibleText.escaped(String(decoding: try encoder.encode(value), as: UTF8.self)) + "\n"
  }
}
