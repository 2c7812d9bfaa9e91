// SPDX-License-Identifier: Apache-2.0

/// JSON objects, one a line, as bytes: what a recording consists of.
struct LineWriter {
  /// The lines that are whole.
  private(set) var bytes: [UInt8] = []
  private var isFirst = true

  /// Writes an object and ends its line.
  mutating func line(_ body: (inout LineWriter) -> Void) {
    bytes.append(UInt8(ascii: "{"))
    isFirst = true
    body(&self)
    bytes += "}\n".utf8
  }

  /// Forgets what was written.
  mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  /// A key with a text.
  mutating func add(_ key: StaticString, _ text: String) {
    self.key(key)
    append(text)
  }

  /// A key with a text, if there is one.
  mutating func add(_ key: StaticString, ifAny text: String?) {
    if let text { add(key, text) }
  }

  /// A key with a whole number.
  mutating func add(_ key: StaticString, _ value: Int) {
    self.key(key)
    bytes += String(value).utf8
  }

  /// A key with a number.
  mutating func add(_ key: StaticString, _ value: Double) {
    self.key(key)
    append(value)
  }

  /// A key with a number, if there is one.
  mutating func add(_ key: StaticString, ifAny value: Double?) {
    if let value { add(key, value) }
  }

  /// A key with a truth value.
  mutating func add(_ key: StaticString, _ flag: Bool) {
    self.key(key)
    bytes += (flag ? "true" : "false").utf8
  }

  /// A key with a list of whole numbers.
  mutating func add(_ key: StaticString, _ values: [Int]) {
    self.key(key)
    list(values) { $0.bytes += String($1).utf8 }
  }

  /// A key with a list of numbers.
  mutating func add(_ key: StaticString, _ values: [Double]) {
    self.key(key)
    list(values) { $0.append($1) }
  }

  /// A key with a JSON text as it stands.
  mutating func add(_ key: StaticString, json text: String) {
    self.key(key)
    bytes += text.utf8
  }

  private mutating func list<Value>(
    _ values: [Value], _ append: (inout LineWriter, Value) -> Void
  ) {
    bytes.append(UInt8(ascii: "["))
    for (index, value) in values.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      append(&self, value)
    }
    bytes.append(UInt8(ascii: "]"))
  }

  private mutating func key(_ key: StaticString) {
    if !isFirst { bytes.append(UInt8(ascii: ",")) }
    isFirst = false
    bytes.append(UInt8(ascii: "\""))
    key.withUTF8Buffer { bytes += $0 }
    bytes += "\":".utf8
  }

  /// The shortest digits that FP64 reads back; what JSON has no numbers for as texts.
  private mutating func append(_ value: Double) {
    if value.isFinite {
      bytes += value.description.utf8
    } else {
      bytes += (value.isNaN ? "\"nan\"" : value > 0 ? "\"inf\"" : "\"-inf\"").utf8
    }
  }

  /// The text in quotes, with the escapes that RFC 8259 demands.
  private mutating func append(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for unit in text.utf8 {
      switch unit {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(unit)
      case 0..<0x20:
        bytes += "\\u00".utf8
        bytes.append(Self.digits[Int(unit >> 4)])
        bytes.append(Self.digits[Int(unit & 15)])
      default: bytes.append(unit)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private static let digits = Array("0123456789abcdef".utf8)
}
