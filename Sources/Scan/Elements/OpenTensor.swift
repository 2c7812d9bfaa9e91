// SPDX-License-Identifier: Apache-2.0
import TensorFiles

/// A tensor of numbers whose bytes can be read.
struct OpenTensor: Sendable {
  let placed: PlacedTensor
  let widening: Widening
  let layout: TensorLayout
  private let bytes: TensorBytes

  /// The tensor; nil where its elements are no numbers to round.
  init?(_ placed: PlacedTensor, _ files: OpenFiles) throws(TensorFileProblem) {
    guard let widening = Widening(placed.type) else { return nil }
    self.placed = placed
    self.widening = widening
    layout = TensorLayout(shape: placed.shape)
    bytes = try files.bytes(of: placed)
  }

  /// Fills a buffer with some of the tensor's bytes.
  func read(
    _ range: Range<Int>, into buffer: UnsafeMutableRawBufferPointer
  ) throws(TensorFileProblem) {
    try bytes.read(range, into: buffer)
  }
}

/// The bytes of a tensor.
enum TensorBytes: Sendable {
  case file(PortionReader, start: Int)
  case memory(ArraySlice<UInt8>)

  /// Fills a buffer with some of them.
  func read(
    _ range: Range<Int>, into buffer: UnsafeMutableRawBufferPointer
  ) throws(TensorFileProblem) {
    switch self {
    case .file(let reader, let start):
      try reader.read(into: buffer, at: start + range.lowerBound)
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

  /// The bytes of a tensor.
  func bytes(of tensor: PlacedTensor) throws(TensorFileProblem) -> TensorBytes {
    switch tensor.place {
    case .memory(let bytes): return .memory(bytes)
    case .file(let range):
      if let reader = readers[tensor.path] { return .file(reader, start: range.lowerBound) }
      let reader = try PortionReader(path: tensor.path)
      readers[tensor.path] = reader
      return .file(reader, start: range.lowerBound)
    }
  }
}
