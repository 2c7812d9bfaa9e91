// SPDX-License-Identifier: Apache-2.0

/// A number as text, read but not yet rounded to a format.
///
/// Forms, letter case ignored: decimal `-12.5e-3`; hexadecimal with a binary exponent `0x1.8p-3`;
/// an encoding `0x3c00`, hexadecimal without `p`; `inf`, `infinity`; `nan`, `snan`, each with an
/// optional payload `nan(0x1)`; `snan` stands for `snan(0x1)`.
public enum NumberText: Hashable, Sendable {
  /// A finite number.
  case finite(isNegative: Bool, magnitude: TruncatedSignificand)
  /// An infinity.
  case infinity(isNegative: Bool)
  /// A NaN with the payload of its fraction field.
  case nan(isNegative: Bool, isSignaling: Bool, payload: UInt32)
  /// The bits of an encoding.
  case encoding(UInt32)

  /// Why a text is no number, and where: a count of bytes from the start.
  public struct Malformed: Error, Hashable, Sendable, CustomStringConvertible {
    /// The reason, such as `expected a digit`.
    public var reason: String
    /// The offset of the first byte that does not fit.
    public var offset: Int
    /// The reason and the place of a failure.
    public init(reason: String, offset: Int) {
      self.reason = reason
      self.offset = offset
    }
    /// The reason and the place.
    public var description: String { "\(reason) at character \(offset + 1)" }
  }

  /// The number that the whole of `text` denotes.
  public init(_ text: some StringProtocol) throws(Malformed) {
    var reader = NumberReader(text)
    self = try reader.readNumber()
  }

  /// Why a format cannot take the number bit for bit, nil where nothing would be dropped: an
  /// encoding that is too wide, a NaN's payload for which there is no room. Numbers are rounded
  /// and always fit. A plain `snan` fits every format: one without signaling NaNs has its quiet
  /// NaN for it.
  public func misfit(in format: Format) -> String? {
    switch self {
    case .encoding(let bits) where UInt64(bits) >= format.encodingCount:
      return "0x\(String(bits, radix: 16)) has more than the \(format.bitWidth) bits of \(format)"
    case .nan(_, let isSignaling, let payload):
      let room = format.specials == .ieee ? format.fractionBits - 1 : 0
      let isPlain = payload == (isSignaling ? NumberText.signalingPayload : 0)
      if isPlain || payload >> UInt32(room) == 0 { return nil }
      return room == 0
        ? "\(format) has no room for a NaN's payload"
        : "the payload has more than the \(room) bits that a NaN of \(format) has for it"
    default: return nil
    }
  }

  /// What tells a signaling NaN from an infinity where no payload is given.
  fileprivate static let signalingPayload: UInt32 = 1
}

/// A cursor over the bytes of a number.
struct NumberReader {
  private let bytes: [UInt8]
  private var position = 0

  /// Digits beyond this many only set the sticky bit: every number that 64 bits tell apart in the
  /// range of any format differs within the first 700 digits.
  private static let digitLimit = 700
  /// Exponents saturate here, far outside every format.
  private static let exponentLimit = 1 << 40

  init(_ text: some StringProtocol) { bytes = text.utf8.map { $0 | ($0 >= 0x41 ? 0x20 : 0) } }

  mutating func readNumber() throws(NumberText.Malformed) -> NumberText {
    let isNegative = readSign()
    let isSigned = position > 0
    if skip("infinity") || skip("inf") {
      try expectEnd()
      return .infinity(isNegative: isNegative)
    }
    let isSignaling = skip("snan")
    if isSignaling || skip("nan") {
      return try readNaN(isNegative: isNegative, isSignaling: isSignaling)
    }
    if skip("0x") { return try readHexadecimal(isNegative: isNegative, isSigned: isSigned) }
    return .finite(isNegative: isNegative, magnitude: try readDecimal())
  }

  private mutating func readDecimal() throws(NumberText.Malformed) -> TruncatedSignificand {
    var digits: [UInt8] = []
    let fraction = try readDigits(radix: 10) { digits.append($0) }
    let exponent = skip("e") ? try readExponent() : 0
    try expectEnd()
    let leading = digits.prefix { $0 == 0 }.count
    let significant = digits.dropFirst(leading)
    let kept = Array(significant.prefix(NumberReader.digitLimit))
    let rest = significant.dropFirst(kept.count)
    return TruncatedSignificand(
      digits: kept, scale: exponent - fraction + rest.count, hasMore: rest.contains { $0 != 0 })
  }

  private mutating func readHexadecimal(
    isNegative: Bool, isSigned: Bool
  ) throws(NumberText.Malformed) -> NumberText {
    let start = position
    var natural = BigNatural()
    var dropped = 0
    var hasMore = false
    let fraction = try readDigits(radix: 16) { digit in
      if natural.bitWidth <= 2 * UInt64.bitWidth {
        natural = natural << 4 + BigNatural(UInt64(digit))
      } else {
        dropped += 1
        hasMore = hasMore || digit != 0
      }
    }
    if skip("p") {
      let exponent = try readExponent() - 4 * (fraction - dropped)
      try expectEnd()
      let magnitude = TruncatedSignificand(natural, exponent: exponent, hasMore: hasMore).bounded()
      return .finite(isNegative: isNegative, magnitude: magnitude)
    }
    if bytes[start..<position].contains(UInt8(ascii: ".")) {
      throw malformed("expected a binary exponent, p0 for none")
    }
    try expectEnd()
    if isSigned { throw malformed("an encoding takes no sign; a hexadecimal value ends in p0") }
    guard natural.bitWidth <= UInt32.bitWidth, dropped == 0 else {
      throw malformed("an encoding has at most 32 bits")
    }
    return .encoding(UInt32(truncatingIfNeeded: natural.low64))
  }

  private mutating func readNaN(
    isNegative: Bool, isSignaling: Bool
  ) throws(NumberText.Malformed) -> NumberText {
    var payload = UInt64(isSignaling ? NumberText.signalingPayload : 0)
    if skip("(") {
      guard skip("0x") else { throw malformed("expected a payload such as 0x1") }
      payload = 0
      _ = try readDigits(radix: 16, allowsPoint: false) {
        payload = min(payload << 4 | UInt64($0), UInt64(UInt32.max))
      }
      if isSignaling, payload == 0 {
        throw malformed("a signaling NaN's payload is not 0, for that encoding is an infinity's")
      }
      guard skip(")") else { throw malformed("expected ')'") }
    }
    try expectEnd()
    return .nan(isNegative: isNegative, isSignaling: isSignaling, payload: UInt32(payload))
  }
}

// MARK: - Tokens

extension NumberReader {
  private mutating func readSign() -> Bool {
    if skip("-") { return true }
    _ = skip("+")
    return false
  }

  /// Consumes digits around at most one point, at least one digit; the count of those after it.
  private mutating func readDigits(
    radix: UInt8, allowsPoint: Bool = true, _ take: (UInt8) -> Void
  ) throws(NumberText.Malformed) -> Int {
    var count = 0
    var point: Int?
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "."), allowsPoint, point == nil {
        point = count
      } else if let digit = NumberReader.digit(byte), digit < radix {
        take(digit)
        count += 1
      } else {
        break
      }
      position += 1
    }
    guard count > 0 else { throw malformed("expected a digit") }
    return point.map { count - $0 } ?? 0
  }

  private mutating func readExponent() throws(NumberText.Malformed) -> Int {
    let isNegative = readSign()
    var value = 0
    _ = try readDigits(radix: 10, allowsPoint: false) {
      value = min(value * 10 + Int($0), NumberReader.exponentLimit)
    }
    return isNegative ? -value : value
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    default: nil
    }
  }

  private mutating func skip(_ word: StaticString) -> Bool {
    let isNext = word.withUTF8Buffer { bytes[position...].starts(with: $0) }
    if isNext { position += word.utf8CodeUnitCount }
    return isNext
  }

  private func expectEnd() throws(NumberText.Malformed) {
    if position < bytes.count { throw malformed("unexpected text after the number") }
  }

  private func malformed(_ reason: String) -> NumberText.Malformed {
    NumberText.Malformed(reason: reason, offset: position)
  }
}
