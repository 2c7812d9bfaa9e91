// SPDX-License-Identifier: Apache-2.0

/// An array as an IDX file holds it (LeCun, Cortes and Burges, "The MNIST database of handwritten
/// digits"): two zero bytes, the type, the rank, each size in four bytes, the elements row-major;
/// every number big-endian.
package struct IDXTensor: Sendable, Hashable {
  /// The elements, all of one type.
  package enum Elements: Sendable, Hashable {
    case uint8([UInt8])
    case int16([Int16])

    /// The number of elements.
    package var count: Int {
      switch self {
      case .uint8(let values): values.count
      case .int16(let values): values.count
      }
    }

    /// The type of the elements.
    package var type: IDXType {
      switch self {
      case .uint8: .uint8
      case .int16: .int16
      }
    }
  }

  /// The sizes, the slowest dimension first; 1 to `rankLimit` of them, none zero.
  package let shape: [Int]
  /// The elements, row-major, as many as the product of the sizes.
  package let elements: Elements

  /// The most dimensions that are read: (image, channel, row, column).
  package static let rankLimit = 4

  /// The array of a shape.
  ///
  /// - Precondition: the sizes are positive and their product is `elements.count`.
  package init(shape: [Int], elements: Elements) {
    precondition((1...Self.rankLimit).contains(shape.count) && shape.allSatisfy { $0 > 0 })
    precondition(shape.reduce(1, *) == elements.count, "\(elements.count) elements for \(shape)")
    self.shape = shape
    self.elements = elements
  }

  /// The sizes as people write them: `60000 x 28 x 28`.
  package var shapeText: String { Self.text(shape) }

  static func text(_ shape: [Int]) -> String {
    shape.map(String.init).joined(separator: " x ")
  }

  /// The offset of an element in the file.
  package func byte(ofElement index: Int) -> Int {
    IDXHeader.size(rank: shape.count) + index * elements.type.size
  }

  /// The offset of a size in the file's header.
  package static func byte(ofSize dimension: Int) -> Int { IDXHeader.size(rank: dimension) }

  /// The file.
  package var encoded: [UInt8] {
    var bytes: [UInt8] = [0, 0, elements.type.rawValue, UInt8(shape.count)]
    bytes.reserveCapacity(byte(ofElement: elements.count))
    for size in shape { bytes += Self.bigEndian(UInt32(size)) }
    switch elements {
    case .uint8(let values): bytes += values
    case .int16(let values): for value in values { bytes += Self.bigEndian(value) }
    }
    return bytes
  }

  private static func bigEndian(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.bigEndian, Array.init)
  }
}

/// A type of elements that the format defines.
package enum IDXType: UInt8, Sendable, Hashable, CaseIterable, CustomStringConvertible {
  case uint8 = 0x08
  case int8 = 0x09
  case int16 = 0x0b
  case int32 = 0x0c
  case float32 = 0x0d
  case float64 = 0x0e

  /// The types that are read.
  static let supported: [IDXType] = [.uint8, .int16]

  /// Bytes an element.
  var size: Int {
    switch self {
    case .uint8, .int8: 1
    case .int16: 2
    case .int32, .float32: 4
    case .float64: 8
    }
  }

  /// The name in a table: `u8`, `i16`.
  package var description: String {
    switch self {
    case .uint8: "u8"
    case .int8: "i8"
    case .int16: "i16"
    case .int32: "i32"
    case .float32: "f32"
    case .float64: "f64"
    }
  }

  /// The name with the byte that stands for it in a file.
  var nameAndCode: String { "\(self) (\(hexadecimal(rawValue)))" }
}

/// A byte as `0x0d`.
func hexadecimal(_ byte: UInt8) -> String {
  "0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
}
