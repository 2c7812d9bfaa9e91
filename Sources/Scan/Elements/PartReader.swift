// SPDX-License-Identifier: Apache-2.0
import TensorFiles

/// Reads the parts of a tensor into memory of its own, and hands out their chunks as FP32 numbers.
/// One thread uses it.
final class PartReader {
  private let bytes: UnsafeMutableRawBufferPointer
  private let values: UnsafeMutablePointer<Float>
  private let unpadded: UnsafeMutablePointer<Float>

  init() {
    // FP64's are the longest elements; one more for those that begin within a byte.
    let most = TensorLayout.chunksPerPart * TensorLayout.chunkSize * 8 + 8
    bytes = .allocate(byteCount: most, alignment: 64)
    values = .allocate(capacity: TensorLayout.chunkSize)
    unpadded = .allocate(capacity: TensorLayout.chunkSize)
  }

  deinit {
    bytes.deallocate()
    values.deallocate()
    unpadded.deallocate()
  }

  /// Calls `body` with each chunk of a part: the chunk, its numbers in their places, and the bytes
  /// of the elements where these begin at a whole byte.
  func forEachChunk(
    ofPart part: Int, of tensor: OpenTensor,
    _ body: (TensorLayout.Chunk, UnsafeMutablePointer<Float>, UnsafeRawPointer) -> Void
  ) throws(TensorFileProblem) {
    let layout = tensor.layout
    let chunks = layout.chunks(ofPart: part).map(layout.chunk)
    guard let first = chunks.first, let last = chunks.last else { return }
    let width = tensor.widening.type.bitWidth
    let start = first.elements.lowerBound * width / 8
    let end = (last.elements.upperBound * width + 7) / 8
    let part = UnsafeMutableRawBufferPointer(rebasing: bytes[0..<end - start])
    try tensor.read(start..<end, into: part)
    for chunk in chunks {
      let bit = chunk.elements.lowerBound * width - start * 8
      let byte = bit / 8
      let skipped = bit % 8 / width
      let target = chunk.isPadded ? unpadded : values
      let source = UnsafeRawBufferPointer(rebasing: part[byte...])
      tensor.widening.widen(source, into: target, count: chunk.elements.count, skipping: skipped)
      if chunk.isPadded { spread(chunk) }
      guard let base = source.baseAddress else { continue }
      body(chunk, values, base)
    }
  }

  /// Moves rows to their places, and fills these with zeros.
  private func spread(_ chunk: TensorLayout.Chunk) {
    let rows = chunk.elements.count / chunk.rowLength
    for row in 0..<rows {
      let place = values + row * chunk.paddedLength
      place.update(from: unpadded + row * chunk.rowLength, count: chunk.rowLength)
      place.advanced(by: chunk.rowLength)
        .update(repeating: 0, count: chunk.paddedLength - chunk.rowLength)
    }
  }
}
