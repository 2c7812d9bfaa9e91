// SPDX-License-Identifier: Apache-2.0
import Foundation

/// JSON whose bytes are a function of the value.
public enum JSONText {
  /// The value with sorted keys, ending in a newline; numbers that JSON lacks are the strings `nan`,
  /// `inf` and `-inf`.
  public static func encode(
    _ value: some Encodable, isIndented: Bool = true
  ) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if isIndented { encoder.outputFormatting.insert(.prettyPrinted) }
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return escaped(String(decoding: try encoder.encode(value), as: UTF8.self)) + "\n"
  }

  /// JSON with the escapes of characters that cannot be seen: outside strings there are none, and a
  /// reader gets the same string.
  public static func escaped(_ json: String) -> String {
    func isEscaped(_ scalar: Unicode.Scalar) -> Bool {
      scalar.value > 0x7e && Escaping.isInvisible(scalar)
    }
    // Most documents are ASCII and long.
    guard json.utf8.contains(where: { $0 > 0x7e }), json.unicodeScalars.contains(where: isEscaped)
    else { return json }
    return json.unicodeScalars.reduce(into: "") { text, scalar in
      guard isEscaped(scalar) else { return text.unicodeScalars.append(scalar) }
      for unit in String(scalar).utf16 {
        let digits = String(unit, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    }
  }
}
