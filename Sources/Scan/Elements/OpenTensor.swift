// SPDX-License-Identifier: Apache-2.0
import TensorFiles

/// A tensor of numbers whose bytes can be read.
struct OpenTensor: Sendable {
  let placed: PlacedTensor
  let widening: Widening
  let layout: TensorLayout
  private let reader: PortionReader?

  /// The tensor; nil where its elements are no numbers to round.
  init?(_ placed: PlacedTensor, _ files: OpenFiles) throws(TensorFileProblem) {
    guard let widening = Widening(placed.type) else { return nil }
    self.placed = placed
    self.widening = widening
    layout = TensorLayout(shape: placed.shape)
    if case .file = placed.place {
      reader = try files.reader(placed.path)
    } else {
      reader = nil
    }
  }

  /// Fills a buffer with some of the tensor's bytes.
  func read(
    _ range: Range<Int>, into buffer: UnsafeMutableRawBufferPointer
  ) throws(TensorFileProblem) {
    switch placed.place {
    case .file(let bytes):
      try reader?.read(into: buffer, at: bytes.lowerBound + range.lowerBound)
    case .memory(let bytes):
      bytes.withUnsafeBytes { bytes in
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[range]))
      }
    }
  }
}

/// The files of tensors, each opened once.
final class OpenFiles {
  private var readers: [String: PortionReader] = [:]

  func reader(_ path: String) throws(TensorFileProblem) -> PortionReader {
    if let reader = readers[path] { return reader }
    let reader = try PortionReader(path: path)
    readers[path] = reader
    return reader
  }
}
