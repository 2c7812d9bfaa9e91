// SPDX-License-Identifier: Apache-2.0

// The named formats. `var` with an inlinable getter, not `let`: constants fold into callers in
// other modules.
extension Format {
  /// IEEE binary16: p = 11, exponents -14...15.
  @inlinable public static var fp16: Format { Format(exponentBits: 5, fractionBits: 10) }
  /// bfloat16: p = 8 with binary32's exponents -126...127.
  @inlinable public static var bf16: Format { Format(exponentBits: 8, fractionBits: 7) }
  /// TensorFloat-32: p = 11 with binary32's exponents, 19 bits in a 32-bit container.
  @inlinable public static var tf32: Format { Format(exponentBits: 8, fractionBits: 10) }
  /// IEEE binary32: p = 24, exponents -126...127.
  @inlinable public static var fp32: Format { Format(exponentBits: 8, fractionBits: 23) }
  /// OCP OFP8 E5M2: p = 3, IEEE-like specials.
  @inlinable public static var e5m2: Format { Format(exponentBits: 5, fractionBits: 2) }
  /// OCP OFP8 E4M3 (torch's float8_e4m3fn): p = 4, no infinities, largest 448.
  @inlinable public static var e4m3: Format {
    Format(exponentBits: 4, fractionBits: 3, specials: .nanOnly)
  }
  /// OCP MX FP6 E3M2: p = 3, finite only, largest 28.
  @inlinable public static var e3m2: Format {
    Format(exponentBits: 3, fractionBits: 2, specials: .finite)
  }
  /// OCP MX FP6 E2M3: p = 4, finite only, largest 7.5.
  @inlinable public static var e2m3: Format {
    Format(exponentBits: 2, fractionBits: 3, specials: .finite)
  }
  /// OCP MX FP4 E2M1: p = 2, finite only, largest 6.
  @inlinable public static var e2m1: Format {
    Format(exponentBits: 2, fractionBits: 1, specials: .finite)
  }
  /// OCP MX scale E8M0: unsigned powers of two, 2^-127...2^127, one NaN.
  @inlinable public static var e8m0: Format {
    Format(exponentBits: 8, fractionBits: 0, specials: .scale)
  }

  /// The named formats in the order of the documentation's table, with the title of each.
  public static let named: [(id: String, format: Format, title: String)] = [
    ("fp16", .fp16, "IEEE binary16"), ("bf16", .bf16, "bfloat16"),
    ("tf32", .tf32, "TensorFloat-32"), ("fp32", .fp32, "IEEE binary32"),
    ("e5m2", .e5m2, "OCP OFP8 E5M2"), ("e4m3", .e4m3, "OCP OFP8 E4M3 (fn)"),
    ("e3m2", .e3m2, "OCP MX FP6 E3M2"), ("e2m3", .e2m3, "OCP MX FP6 E2M3"),
    ("e2m1", .e2m1, "OCP MX FP4 E2M1"), ("e8m0", .e8m0, "OCP MX scale E8M0"),
  ]

  /// The exponent widths a custom format may have.
  public static let customExponentBits = 2...8
  /// The fraction widths a custom format may have.
  public static let customFractionBits = 1...23

  /// The short name: a named format's id, or `e<E>m<M>` for a custom one.
  public var id: String {
    Format.named.first { $0.format == self }?.id ?? "e\(exponentBits)m\(fractionBits)"
  }

  /// The format of an id, nil when it names none.
  ///
  /// A named id wins: `e4m3` is OCP's with its missing infinities. Other `e<E>m<M>` are IEEE-like
  /// with E in 2...8 and M in 1...23; `e5m10`, `e8m7`, `e8m10` and `e8m23` are fp16, bf16, tf32
  /// and fp32.
  public init?(id: String) {
    let id = id.lowercased()
    if let known = Format.named.first(where: { $0.id == id }) {
      self = known.format
      return
    }
    guard id.hasPrefix("e"), let m = id.firstIndex(of: "m"),
      let exponentBits = Int(id[id.index(after: id.startIndex)..<m]),
      let fractionBits = Int(id[id.index(after: m)...]),
      Format.customExponentBits.contains(exponentBits),
      Format.customFractionBits.contains(fractionBits),
      "e\(exponentBits)m\(fractionBits)" == id
    else { return nil }
    self.init(exponentBits: exponentBits, fractionBits: fractionBits)
  }
}

extension Format: Codable, CustomStringConvertible {
  /// The short name.
  public var description: String { id }

  /// The format whose short name the decoder holds.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let id = try container.decode(String.self)
    guard let format = Format(id: id) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "no format '\(id)'")
    }
    self = format
  }

  /// Encodes the short name.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(id)
  }
}

extension Format {
  /// The formats beside the named ones, as messages tell them.
  package static let customNames = " and e<E>m<M> with E 2...8, M 1...23"
}
