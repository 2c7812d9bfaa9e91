// SPDX-License-Identifier: Apache-2.0
import Formats
import Foundation
import Words

/// An encoding in all its texts.
package struct Datum: Encodable, Equatable {
  package var format: String
  package var encoding: String
  package var fields: String
  package var hex: String
  /// Every digit of the exact value.
  package var decimal: String
  /// The three columns, each as wide as the format's widest.
  package let columns: String

  private enum CodingKeys: CodingKey { case format, encoding, fields, hex, decimal }

  package init(_ bits: UInt32, _ format: Format) { self.init(UInt64(bits), .narrow(format)) }

  package init(_ bits: UInt64, _ format: ValueFormat) {
    self.format = format.id
    encoding = format.encodingText(bits)
    fields = format.fieldsText(bits)
    hex = format.hexText(bits)
    decimal = format.exactText(bits)
    columns = "\(encoding)  \(fields)  \(hex.padding(to: format.widestHexText))"
  }
}

extension Exceptions {
  /// The exceptions in words, `none` without any.
  package var words: String { names.isEmpty ? "none" : names.joined(separator: ", ") }

  /// The names of the exceptions.
  package var names: [String] {
    let all: [(Exceptions, String)] = [
      (.invalid, "invalid"), (.divideByZero, "divide by zero"), (.overflow, "overflow"),
      (.underflow, "underflow"), (.inexact, "inexact"),
    ]
    return all.filter { contains($0.0) }.map(\.1)
  }
}

extension Cut {
  /// The discarded bits and their sum in words.
  package var words: String {
    let share: String =
      switch lost {
      case .exactlyZero: "nothing"
      case .lessThanHalf: "less than half an ulp (\(Ulp.text(fraction)))"
      case .exactlyHalf: "exactly half an ulp"
      case .moreThanHalf: "more than half an ulp (\(Ulp.text(fraction)))"
      }
    return "guard \(guardBit), round \(roundBit), sticky \(stickyBit): \(share)"
  }
}

/// Distances in units of the last place.
package enum Ulp {
  /// A distance to three digits; one that only looks like 0, 0.5 or 1 says so.
  package static func text(_ distance: Double) -> String {
    let (prefix, digits) = parts(distance)
    return prefix + digits
  }

  /// A difference with its sign in front; the words are about its magnitude, which the sign takes
  /// as a whole: -0.4999 is -(just under 0.5).
  package static func signedText(_ difference: Double) -> String {
    if difference == 0 { return "0" }
    let (prefix, digits) = parts(abs(difference))
    if difference > 0 { return digits == "0" ? prefix + digits : prefix + "+" + digits }
    return prefix.isEmpty ? "-" + digits : "-(\(prefix)\(digits))"
  }

  private static func parts(_ distance: Double) -> (prefix: String, digits: String) {
    if distance == distance.rounded(), distance < 1e6 { return ("", String(Int(distance))) }
    // The least magnitudes only tell that there is a distance.
    if distance < 1e-300 { return ("just over ", "0") }
    let text = String(format: "%.3g", distance)
    guard let shown = Double(text), shown != distance, [0, 0.5, 1].contains(shown) else {
      return ("", text)
    }
    return (shown < distance ? "just over " : "just under ", text)
  }
}

// MARK: - Text
