// SPDX-License-Identifier: Apache-2.0

/// A tensor that is still in its file: a name, a type, a shape, and where the elements lie.
package struct PlacedTensor: Sendable, Hashable {
  /// Where the elements are.
  package enum Place: Sendable, Hashable {
    /// At these bytes of the file, as a tensor has them.
    case file(Range<Int>)
    /// In memory: they were packed in the file, or lay in another order.
    case memory(ArraySlice<UInt8>)
  }

  /// The name in the file; the file's own where it holds a single tensor without a name.
  package let name: String
  /// What an element is.
  package let type: ElementType
  /// The sizes, the slowest dimension first; none for a scalar.
  package let shape: [Int]
  /// The path of the file.
  package let path: String
  /// Where the elements are.
  package let place: Place

  /// The number of elements.
  package var count: Int { shape.reduce(1, *) }
  /// The number of their bytes.
  package var byteCount: Int {
    switch place {
    case .file(let range): range.count
    case .memory(let bytes): bytes.count
    }
  }
}

/// The tensors of a file, or of the files that an index names, and what was noted beside them.
package struct PlacedTensors: Sendable {
  /// The tensors, in the order of the file.
  package var tensors: [PlacedTensor]
  /// The notes of safetensors' `__metadata__`, in its order.
  package var notes: [SafetensorsFile.Note] = []
  /// The files, in the order in which they are first needed.
  package var files: [String]
}
