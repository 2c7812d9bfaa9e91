// SPDX-License-Identifier: Apache-2.0

/// A decoder that takes no whole number that a count of something cannot be: a file may tell any,
/// and sums of them would trap long after it was read.
struct CountDecoder: Decoder {
  let base: any Decoder

  /// What is counted stays far below; adding as many to it cannot overflow.
  static let limit = 1 << 53
  /// The whole numbers that are no counts: exponents of values in FP64.
  private static let exponents: (keys: Set<String>, range: ClosedRange<Int>) = (
    ["firstExponent"], -1100...1100
  )

  var codingPath: [any CodingKey] { base.codingPath }
  var userInfo: [CodingUserInfoKey: Any] { base.userInfo }

  func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(Keyed(base: try base.container(keyedBy: type)))
  }

  func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
    Unkeyed(base: try base.unkeyedContainer())
  }

  func singleValueContainer() throws -> any SingleValueDecodingContainer {
    Single(base: try base.singleValueContainer())
  }

  /// Whether a type holds no others, and can be asked of the base at once.
  fileprivate static func isPlain(_ type: any Any.Type) -> Bool {
    type is any BinaryInteger.Type || type is any BinaryFloatingPoint.Type || type == Bool.self
      || type == String.self || type == [Int].self || type == [Double].self
      || type == [String].self
  }

  /// The value; throws `DecodingError` where it is or has a whole number that cannot be.
  fileprivate static func checked<T>(_ value: T, at path: [any CodingKey]) throws -> T {
    let range = exponents.keys.contains(path.last?.stringValue ?? "") ? exponents.range : 0...limit
    let isCount =
      switch value {
      case let number as any BinaryInteger: Int(exactly: number).map(range.contains) ?? false
      case let numbers as [Int]: numbers.allSatisfy(range.contains)
      default: true
      }
    guard isCount else {
      throw DecodingError.dataCorrupted(
        .init(codingPath: path, debugDescription: "a number that is no count"))
    }
    return value
  }
}

// One generic function stands for those of all types that the protocols ask for.

private struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
  let base: KeyedDecodingContainer<Key>

  var codingPath: [any CodingKey] { base.codingPath }
  var allKeys: [Key] { base.allKeys }
  func contains(_ key: Key) -> Bool { base.contains(key) }
  func decodeNil(forKey key: Key) throws -> Bool { try base.decodeNil(forKey: key) }

  func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
    guard CountDecoder.isPlain(type) else { return try T(from: superDecoder(forKey: key)) }
    return try CountDecoder.checked(base.decode(type, forKey: key), at: codingPath + [key])
  }

  func nestedContainer<Nested: CodingKey>(
    keyedBy type: Nested.Type, forKey key: Key
  ) throws -> KeyedDecodingContainer<Nested> {
    KeyedDecodingContainer(
      Keyed<Nested>(base: try base.nestedContainer(keyedBy: type, forKey: key)))
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    Unkeyed(base: try base.nestedUnkeyedContainer(forKey: key))
  }

  func superDecoder() throws -> any Decoder { CountDecoder(base: try base.superDecoder()) }

  func superDecoder(forKey key: Key) throws -> any Decoder {
    CountDecoder(base: try base.superDecoder(forKey: key))
  }
}

private struct Unkeyed: UnkeyedDecodingContainer {
  var base: any UnkeyedDecodingContainer

  var codingPath: [any CodingKey] { base.codingPath }
  var count: Int? { base.count }
  var isAtEnd: Bool { base.isAtEnd }
  var currentIndex: Int { base.currentIndex }
  mutating func decodeNil() throws -> Bool { try base.decodeNil() }

  mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
    guard CountDecoder.isPlain(type) else { return try T(from: superDecoder()) }
    return try CountDecoder.checked(base.decode(type), at: codingPath)
  }

  mutating func nestedContainer<Key: CodingKey>(
    keyedBy type: Key.Type
  ) throws -> KeyedDecodingContainer<Key> {
    KeyedDecodingContainer(Keyed(base: try base.nestedContainer(keyedBy: type)))
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    Unkeyed(base: try base.nestedUnkeyedContainer())
  }

  mutating func superDecoder() throws -> any Decoder {
    CountDecoder(base: try base.superDecoder())
  }
}

private struct Single: SingleValueDecodingContainer {
  let base: any SingleValueDecodingContainer

  var codingPath: [any CodingKey] { base.codingPath }
  func decodeNil() -> Bool { base.decodeNil() }

  func decode<T: Decodable>(_ type: T.Type) throws -> T {
    guard CountDecoder.isPlain(type), type != [Int].self, type != [Double].self,
      type != [String].self
    else { return try base.decode(type) }
    return try CountDecoder.checked(base.decode(type), at: codingPath)
  }
}
