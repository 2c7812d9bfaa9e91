// SPDX-License-Identifier: Apache-2.0

/// An array that a caller hands over: where it lies and what its elements are, checked.
struct ArrayArgument: @unchecked Sendable {
  let base: UnsafeMutableRawPointer
  let type: ArrayElement
  let count: Int

  /// The most elements of an array: no processor addresses as many bytes.
  static let mostElements = 1 << 56

  /// A count as it came in.
  static func count(_ count: Int, _ parameter: String = "count") throws(Refusal) -> Int {
    guard (0...mostElements).contains(count) else {
      throw Refusal("\(parameter) is \(UInt(bitPattern: count)): no memory holds so many elements")
    }
    return count
  }

  /// The array; where it has no elements the pointer may be null.
  init(
    _ pointer: UnsafeRawPointer?, _ type: ArrayElement, count: Int, _ parameter: String
  ) throws(Refusal) {
    guard let pointer else {
      guard count == 0 else { throw Refusal("\(parameter) is null") }
      (self.base, self.type, self.count) = (Self.nothing, type, 0)
      return
    }
    let address = UInt(bitPattern: pointer)
    guard address.isMultiple(of: UInt(type.size)) else {
      throw Refusal("\(parameter) is not aligned to the \(type.size) bytes of an element")
    }
    guard !address.addingReportingOverflow(UInt(count * type.size)).overflow else {
      throw Refusal("\(parameter) ends beyond the address space")
    }
    self.base = UnsafeMutableRawPointer(mutating: pointer)
    self.type = type
    self.count = count
  }

  /// Somewhere that arrays of no elements are.
  private nonisolated(unsafe) static let nothing = UnsafeMutableRawPointer.allocate(
    byteCount: 64, alignment: 64)

  /// Where an element lies.
  func address(_ index: Int) -> UnsafeMutableRawPointer { base + index * type.size }

  /// Whether the arrays share a byte.
  func overlaps(_ other: ArrayArgument) -> Bool {
    base < other.base + other.count * other.type.size && other.base < base + count * type.size
  }

  /// Refuses an array that is written if it lies in part where another one is read. The very same
  /// elements are allowed where they are `shareable`: an element is then read before it is written.
  func mayBeWritten(
    beside others: [(array: ArrayArgument?, name: String)], _ name: String, shareable: Bool
  ) throws(Refusal) {
    for (other, otherName) in others {
      guard let other, overlaps(other) else { continue }
      if shareable, other.base == base, other.type.size == type.size, other.count == count {
        continue
      }
      throw Refusal(.unsupported, "\(name) overlaps \(otherName)")
    }
  }
}
