// SPDX-License-Identifier: Apache-2.0
import Formats

/// What the elements of an array are.
enum ArrayElement: Equatable {
  /// Encodings of a format, in containers of 1, 2 or 4 bytes; of fp32 that is float.
  case format(Format)
  /// double.
  case fp64
  /// int64_t.
  case int64
  /// uint64_t.
  case uint64
  /// int32_t, which only results and exponents are.
  case int32
  /// uint8_t, which only flags and relations are.
  case uint8

  /// The bytes of an element.
  var size: Int {
    switch self {
    case .format(let format): format.containerBytes
    case .fp64, .int64, .uint64: 8
    case .int32: 4
    case .uint8: 1
    }
  }

  /// The names of all types, but for the formats without a name.
  static let names = Format.named.map(\.id) + ["fp64", "int64", "uint64"]

  /// The type that a name stands for.
  init?(name: String) {
    switch name {
    case "fp64": self = .fp64
    case "int64": self = .int64
    case "uint64": self = .uint64
    default:
      guard let format = Format(id: name) else { return nil }
      self = .format(format)
    }
  }

  /// The name.
  var name: String {
    switch self {
    case .format(let format): format.id
    case .fp64: "fp64"
    case .int64: "int64"
    case .uint64: "uint64"
    case .int32: "int32"
    case .uint8: "uint8"
    }
  }

  /// The type that a text of a caller names.
  static func read(
    _ pointer: UnsafePointer<CChar>?, _ parameter: String
  ) throws(Refusal) -> ArrayElement {
    try Texts.choose(pointer, parameter, of: names, ArrayElement.init(name:))
  }

  /// Whether every number of a format, its infinities and its NaN are values of this type.
  func holds(_ format: Format) -> Bool {
    switch self {
    case .fp64: true
    case .int64, .uint64, .int32, .uint8: false
    case .format(let other):
      other == format || other == .fp32
        || (format.precision <= other.precision && format.minUlpExponent >= other.minUlpExponent
          && format.maxExponent <= other.maxExponent && !other.isScale
          && (other.hasInfinity || !format.hasInfinity) && (other.hasNaN || !format.hasNaN))
    }
  }
}

extension Format {
  /// The format that a text of a caller names.
  static func read(
    _ pointer: UnsafePointer<CChar>?, _ parameter: String
  ) throws(Refusal) -> Format {
    let text = try Texts.read(pointer, parameter)
    guard let format = Format(id: text) else {
      let refusal = Texts.unknown(text, parameter, Format.named.map(\.id))
      throw Refusal(refusal.message + "; \(customExample)")
    }
    return format
  }

  private static let customExample = "any e<E>m<M> with E 2...8 and M 1...23 is a format, too"
}
