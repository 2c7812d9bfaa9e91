// SPDX-License-Identifier: Apache-2.0

/// How the elements of a tensor are cut into chunks whose blocks all begin at multiples of a
/// block's size.
///
/// Blocks run along a row: all dimensions after the first, which is what a matrix product sums over
/// in a weight of an output by its inputs. A row's last block may be short: in a chunk zeros fill
/// it, which change no scale and no error.
struct TensorLayout: Sendable {
  /// The elements that a chunk has room for: two of its buffers fit the first cache level.
  static let chunkSize = 2048
  /// Elements in the longest block; it is a multiple of the others.
  static let blockSize = 32
  /// Chunks that are read together: half a megabyte of FP32 numbers stays in the second cache
  /// level.
  static let chunksPerPart = 64

  /// Some elements, and where they stand in a chunk.
  struct Chunk: Sendable {
    /// The elements of the tensor.
    var elements: Range<Int>
    /// The elements of a row within the chunk.
    var rowLength: Int
    /// The places that a row takes.
    var paddedLength: Int

    /// Whether each row's place is longer than the row.
    var isPadded: Bool { rowLength < paddedLength }
    /// The places that are taken, fill included.
    var places: Int { elements.count / max(rowLength, 1) * paddedLength }
    /// The places of a block, of the longest size, that are filled.
    func fill(of block: Int) -> Int {
      let end = (block + 1) * TensorLayout.blockSize
      return end.isMultiple(of: paddedLength) ? paddedLength - rowLength : 0
    }
  }

  /// The number of elements.
  let count: Int
  /// The elements of a row.
  private let rowLength: Int
  /// Rows in a chunk; 0 where a row takes several chunks.
  private let rowsPerChunk: Int
  /// Chunks of a row; 1 where a chunk has whole rows.
  private let chunksPerRow: Int
  /// The number of chunks.
  let chunkCount: Int

  /// The layout of a shape.
  init(shape: [Int]) {
    count = shape.reduce(1, *)
    let row = shape.count < 2 ? count : shape.dropFirst().reduce(1, *)
    // Rows of whole blocks are one row.
    rowLength = row.isMultiple(of: Self.blockSize) ? count : row
    let padded = Self.padded(rowLength)
    guard count > 0 else {
      (rowsPerChunk, chunksPerRow, chunkCount) = (0, 1, 0)
      return
    }
    if padded > Self.chunkSize {
      rowsPerChunk = 0
      chunksPerRow = (rowLength + Self.chunkSize - 1) / Self.chunkSize
      chunkCount = count / rowLength * chunksPerRow
    } else {
      rowsPerChunk = Self.chunkSize / padded
      chunksPerRow = 1
      chunkCount = (count / rowLength + rowsPerChunk - 1) / rowsPerChunk
    }
  }

  private static func padded(_ length: Int) -> Int {
    (length + blockSize - 1) / blockSize * blockSize
  }

  /// The chunk of a number; those of consecutive numbers are consecutive in the tensor.
  func chunk(_ number: Int) -> Chunk {
    if rowsPerChunk > 0 {
      let first = number * rowsPerChunk * rowLength
      return Chunk(
        elements: first..<min(first + rowsPerChunk * rowLength, count), rowLength: rowLength,
        paddedLength: Self.padded(rowLength))
    }
    let (row, piece) = (number / chunksPerRow, number % chunksPerRow)
    let first = row * rowLength + piece * Self.chunkSize
    let last = min(first + Self.chunkSize, (row + 1) * rowLength)
    return Chunk(
      elements: first..<last, rowLength: last - first, paddedLength: Self.padded(last - first))
  }

  /// The number of parts.
  var partCount: Int { (chunkCount + Self.chunksPerPart - 1) / Self.chunksPerPart }

  /// The chunks of a part.
  func chunks(ofPart part: Int) -> Range<Int> {
    part * Self.chunksPerPart..<min((part + 1) * Self.chunksPerPart, chunkCount)
  }
}
