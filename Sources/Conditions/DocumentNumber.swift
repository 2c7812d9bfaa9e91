// SPDX-License-Identifier: Apache-2.0

/// A number of a JSON document: a whole one exactly from -2^63 to 2^64 - 1, any other one rounded
/// to FP64.
///
/// Counts above 2^53 are no numbers of FP64: all of these would compare equal to their neighbours.
package struct DocumentNumber: Sendable {
  /// Sixteen bytes of `Int128` would double the size of a document in memory.
  private enum Stored: Sendable {
    case count(UInt64)
    case negative(Int64)
    case real(Double)
  }

  private let stored: Stored

  /// A whole number.
  package init(_ value: UInt64) { stored = .count(value) }

  /// A number of FP64, infinities and NaN included.
  package init(_ value: Double) { stored = .real(value) }

  /// A whole number; nil outside -2^63..<2^64.
  private init?(_ value: Int128) {
    if let count = UInt64(exactly: value) {
      stored = .count(count)
    } else if let negative = Int64(exactly: value) {
      stored = .negative(negative)
    } else {
      return nil
    }
  }

  /// The number that digits denote, in the grammar of RFC 8259; nil for other texts and for numbers
  /// beyond FP64's.
  package init?(_ text: String) { self.init(Array(text.utf8)[...]) }

  /// The number that the digits of a text in ASCII denote, likewise.
  init?(_ digits: ArraySlice<UInt8>) {
    guard let isWhole = Self.isWhole(digits) else { return nil }
    if isWhole, let exact = DocumentNumber(wholeDigits: digits) {
      self = exact
      return
    }
    let text = String(decoding: digits, as: UTF8.self)
    guard let real = Double(text), real.isFinite else { return nil }
    stored = .real(real)
  }

  /// The number of digits behind a sign or none; nil where it cannot be held.
  private init?(wholeDigits digits: ArraySlice<UInt8>) {
    var magnitude: UInt64 = 0
    let isNegative = digits.first == UInt8(ascii: "-")
    for digit in isNegative ? digits.dropFirst() : digits {
      let (tens, isTooLarge) = magnitude.multipliedReportingOverflow(by: 10)
      let (sum, overflows) = tens.addingReportingOverflow(UInt64(digit - UInt8(ascii: "0")))
      guard !isTooLarge, !overflows else { return nil }
      magnitude = sum
    }
    self.init(isNegative ? -Int128(magnitude) : Int128(magnitude))
  }

  /// Whether digits have neither a fraction nor an exponent; nil where they are no number.
  private static func isWhole(_ bytes: ArraySlice<UInt8>) -> Bool? {
    var place = bytes.startIndex
    func isAt(_ character: Unicode.Scalar) -> Bool {
      place < bytes.endIndex && bytes[place] == UInt8(ascii: character)
    }
    func passDigits() -> Int {
      let start = place
      while place < bytes.endIndex, (0x30...0x39).contains(bytes[place]) { place += 1 }
      return place - start
    }
    if isAt("-") { place += 1 }
    let beginsWithZero = isAt("0")
    let whole = passDigits()
    guard whole > 0, whole == 1 || !beginsWithZero else { return nil }
    if place == bytes.endIndex { return true }
    if isAt(".") {
      place += 1
      guard passDigits() > 0 else { return nil }
    }
    if isAt("e") || isAt("E") {
      place += 1
      if isAt("+") || isAt("-") { place += 1 }
      guard passDigits() > 0 else { return nil }
    }
    return place == bytes.endIndex ? false : nil
  }

  /// The number where it is whole and held as such.
  package var whole: Int128? {
    switch stored {
    case .count(let value): Int128(value)
    case .negative(let value): Int128(value)
    case .real: nil
    }
  }

  /// The number rounded to FP64.
  package var double: Double {
    switch stored {
    case .count(let value): Double(value)
    case .negative(let value): Double(value)
    case .real(let value): value
    }
  }

  /// Whether it is a NaN.
  package var isNaN: Bool { double.isNaN }
}

// MARK: - Order

extension DocumentNumber {
  /// Whether the exact values are equal; false beside a NaN.
  package func isEqual(to other: DocumentNumber) -> Bool {
    switch (whole, other.whole) {
    case (let a?, let b?): a == b
    case (let a?, nil): Int128(exactly: other.double) == a
    case (nil, let b?): Int128(exactly: double) == b
    case (nil, nil): double == other.double
    }
  }

  /// Whether the exact value is less; false beside a NaN.
  package func isLess(than other: DocumentNumber) -> Bool {
    switch (whole, other.whole) {
    case (let a?, let b?): return a < b
    case (nil, nil): return double < other.double
    case (let a?, nil):
      let floor = other.double.rounded(.down)
      // Without one, it is a NaN, an infinity, or beyond all whole numbers that are held.
      guard let bound = Int128(exactly: floor) else { return floor > 0 }
      return a < bound || (a == bound && floor < other.double)
    case (nil, let b?):
      let floor = double.rounded(.down)
      guard let bound = Int128(exactly: floor) else { return floor < 0 }
      return bound < b
    }
  }
}

// MARK: - Arithmetic

extension DocumentNumber {
  /// The product: exact of whole numbers as long as it can be held, otherwise rounded to FP64.
  package func times(_ factor: DocumentNumber) -> DocumentNumber {
    if let a = whole, let b = factor.whole {
      let (product, overflows) = a.multipliedReportingOverflow(by: b)
      if !overflows, let exact = DocumentNumber(product) { return exact }
    }
    return DocumentNumber(double * factor.double)
  }

  /// The sum: exact of whole numbers as long as it can be held, otherwise rounded to FP64.
  package func plus(_ addend: DocumentNumber) -> DocumentNumber {
    // Neither has more than 65 bits.
    if let a = whole, let b = addend.whole, let exact = DocumentNumber(a + b) { return exact }
    return DocumentNumber(double + addend.double)
  }

  /// The number less another one, with the exactness of `plus`.
  package func minus(_ other: DocumentNumber) -> DocumentNumber {
    if let a = whole, let b = other.whole, let exact = DocumentNumber(a - b) { return exact }
    return DocumentNumber(double - other.double)
  }

  /// The number with the sign turned.
  package var negated: DocumentNumber {
    whole.flatMap { DocumentNumber(-$0) } ?? DocumentNumber(-double)
  }
}

extension DocumentNumber: CustomStringConvertible {
  /// All digits of a whole number; of any other the shortest that FP64 reads back.
  package var description: String { whole?.description ?? double.description }
}

extension DocumentNumber: Encodable {
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch stored {
    case .count(let value): try container.encode(value)
    case .negative(let value): try container.encode(value)
    case .real(let value): try container.encode(value)
    }
  }
}
