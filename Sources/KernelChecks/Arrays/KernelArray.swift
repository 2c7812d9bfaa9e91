// SPDX-License-Identifier: Apache-2.0
import Formats

/// An array of a call, row by row, in memory of its own that nobody changes.
package final class KernelArray: @unchecked Sendable {
  /// The elements' type in the worker's protocol.
  package let type: String
  /// The format of its elements; nil of labels and masks.
  package let format: Format?
  package let shape: [Int]
  package let bytes: UnsafeRawBufferPointer

  /// An array of encodings.
  package init(_ encodings: [UInt32], _ format: Format, shape: [Int]) {
    let element = KernelElement(format)
    let memory = Self.allocate(encodings.count * element.size)
    if let base = memory.baseAddress {
      element.fill(base, count: encodings.count) { UInt64(encodings[$0]) }
    }
    (type, self.format, self.shape, bytes) = (
      element.name, format, shape, UnsafeRawBufferPointer(memory)
    )
  }

  /// An array of numbers, each rounded to a format.
  init(_ numbers: [Double], nearestIn format: Format, shape: [Int]) {
    let element = KernelElement(format)
    let memory = Self.allocate(numbers.count * element.size)
    if let base = memory.baseAddress {
      element.fill(base, count: numbers.count) { format.encoding(nearest: numbers[$0]) }
    }
    (type, self.format, self.shape, bytes) = (
      element.name, format, shape, UnsafeRawBufferPointer(memory)
    )
  }

  /// The same numbers in a format that has them all; labels and masks are as they are.
  func widened(to wide: Format) -> KernelArray {
    guard let format else { return self }
    return KernelArray(
      encodings.map { format.value(of: $0) }, nearestIn: wide, shape: shape)
  }

  /// The parts of the outermost dimension at some places, in that order.
  func taking(rows: [Int]) -> KernelArray {
    let size = byteCount / max(1, shape[0])
    let memory = Self.allocate(rows.count * size)
    for (place, row) in rows.enumerated() {
      memory[(place * size)...].copyBytes(from: bytes[row * size..<(row + 1) * size])
    }
    return KernelArray(
      type: type, format: format, shape: [rows.count] + shape.dropFirst(),
      bytes: UnsafeRawBufferPointer(memory))
  }

  private init(type: String, format: Format?, shape: [Int], bytes: UnsafeRawBufferPointer) {
    (self.type, self.format, self.shape, self.bytes) = (type, format, shape, bytes)
  }

  /// An array of indices, of 64 or 32 bits.
  package init(_ indices: [Int64], isShort: Bool, shape: [Int]) {
    let memory = Self.allocate(indices.count * (isShort ? 4 : 8))
    for (place, index) in indices.enumerated() {
      if isShort {
        memory.storeBytes(of: Int32(index), toByteOffset: 4 * place, as: Int32.self)
      } else {
        memory.storeBytes(of: index, toByteOffset: 8 * place, as: Int64.self)
      }
    }
    (type, format, self.shape, bytes) = (
      isShort ? "int32" : "int64", nil, shape, UnsafeRawBufferPointer(memory)
    )
  }

  /// An array of flags.
  package init(_ flags: [Bool], shape: [Int]) {
    let memory = Self.allocate(flags.count)
    for (place, flag) in flags.enumerated() { memory[place] = flag ? 1 : 0 }
    (type, format, self.shape, bytes) = ("bool", nil, shape, UnsafeRawBufferPointer(memory))
  }

  deinit { UnsafeMutableRawBufferPointer(mutating: bytes).deallocate() }

  private static func allocate(_ count: Int) -> UnsafeMutableRawBufferPointer {
    .allocate(byteCount: max(1, count), alignment: 64)
  }

  /// The number of elements.
  var count: Int { shape.reduce(1, *) }

  /// The bytes of the elements.
  var byteCount: Int {
    switch type {
    case "bool": count
    case "int64": 8 * count
    case "int32": 4 * count
    default: format.map { KernelElement($0).size * count } ?? 0
    }
  }

  /// The encoding at a place.
  func encoding(_ place: Int) -> UInt32 {
    guard let format, let base = bytes.baseAddress else { return 0 }
    return UInt32(KernelElement(format).load(base, place))
  }

  /// The numbers of labels.
  var indices: [Int] {
    (0..<count).map { place in
      type == "int32"
        ? Int(bytes.load(fromByteOffset: 4 * place, as: Int32.self))
        : Int(bytes.load(fromByteOffset: 8 * place, as: Int64.self))
    }
  }

  /// Which elements of a mask are true.
  var flags: [Bool] { (0..<count).map { bytes[$0] != 0 } }

  /// All encodings.
  var encodings: [UInt32] { (0..<count).map(encoding) }

  /// A matrix of the elements from one on.
  func matrix(
    rows: Int, columns: Int, from first: Int = 0, isTransposed: Bool = false
  ) -> EncodedMatrix? {
    guard let format else { return nil }
    let size = KernelElement(format).size
    guard first >= 0, first + rows * columns <= count else { return nil }
    return EncodedMatrix(
      UnsafeRawBufferPointer(rebasing: bytes[(first * size)...]), format, rows: rows,
      columns: columns, isTransposed: isTransposed)
  }
}
