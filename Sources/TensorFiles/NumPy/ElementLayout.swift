// SPDX-License-Identifier: Apache-2.0

/// How the elements of an array lie in a file.
struct ElementLayout {
  let shape: [Int]
  /// The bytes of an element: 1, 2, 4 or 8.
  let size: Int
  /// Whether the fastest dimension is the first.
  let isFortranOrder: Bool
  /// Whether an element's first byte is the most significant.
  let isBigEndian: Bool

  /// With one dimension above 1 both orders are the same.
  private var isTransposed: Bool {
    isFortranOrder && !shape.contains(0) && shape.filter { $0 > 1 }.count > 1
  }

  /// Whether the elements lie as a tensor's do.
  var isRowMajorLittleEndian: Bool { !isTransposed && !(isBigEndian && size > 1) }

  /// The elements in a tensor's order: the bytes themselves where they are in it, else a copy.
  ///
  /// - Precondition: as many bytes as the shape asks for.
  func rowMajorLittleEndian(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    guard !bytes.isEmpty, !isRowMajorLittleEndian else { return bytes }
    switch size {
    case 1: return rearranged(bytes, as: UInt8.self, isTransposed: isTransposed)
    case 2: return rearranged(bytes, as: UInt16.self, isTransposed: isTransposed)
    case 4: return rearranged(bytes, as: UInt32.self, isTransposed: isTransposed)
    default: return rearranged(bytes, as: UInt64.self, isTransposed: isTransposed)
    }
  }

  private func rearranged<Word: FixedWidthInteger>(
    _ bytes: ArraySlice<UInt8>, as: Word.Type, isTransposed: Bool
  ) -> ArraySlice<UInt8> {
    let steps = isTransposed ? fortranSteps : []
    let result = [UInt8](unsafeUninitializedCapacity: bytes.count) { buffer, filled in
      let target = UnsafeMutableRawBufferPointer(buffer)
      bytes.withUnsafeBytes { source in
        // The places of the result in their order, and the source's index of each.
        var place = [Int](repeating: 0, count: shape.count)
        var index = 0
        for offset in stride(from: 0, to: source.count, by: size) {
          let word = source.loadUnaligned(fromByteOffset: index * size, as: Word.self)
          target.storeBytes(
            of: isBigEndian ? word.byteSwapped : word, toByteOffset: offset, as: Word.self)
          guard isTransposed else {
            index += 1
            continue
          }
          for dimension in shape.indices.reversed() {
            place[dimension] += 1
            index += steps[dimension]
            guard place[dimension] == shape[dimension] else { break }
            index -= steps[dimension] * shape[dimension]
            place[dimension] = 0
          }
        }
      }
      filled = bytes.count
    }
    return result[...]
  }

  /// From an element to the next one along each dimension, where the first is the fastest.
  private var fortranSteps: [Int] {
    var step = 1
    return shape.map { size in
      defer { step *= size }
      return step
    }
  }
}
