// SPDX-License-Identifier: Apache-2.0
import Formats

extension ScanBuffers {
  /// Adds what a loop's rounding does to the chunk that was prepared.
  func add(
    _ loop: DirectLoop, _ chunk: TensorLayout.Chunk, _ values: UnsafePointer<Float>,
    _ bytes: UnsafeRawPointer, _ band: inout TensorScanner.Band
  ) {
    let count = chunk.places
    let isFinite = largest < Self.infinity
    let numbers = isFinite ? values : UnsafePointer(finite)
    var (zeros, lost) = (zeros, 0)
    if !isFinite { (zeros, lost) = makeFinite(values, chunk, loop) }
    let tally: DirectTally
    switch loop.rule {
    case .single:
      band.part[loop.index, default: FitSums()].add(
        DirectLoops.single(bytes, chunk.elements.count))
      return
    case .plain(let rounding):
      tally =
        rounding.droppedBits > 0
        ? DirectLoops.wide(numbers, count, rounding, errors: errors)
        : DirectLoops.narrow(numbers, count, rounding, errors: errors)
    case .scaled(_, let rounding, let scale):
      guard let scale else { return }
      tally = DirectLoops.scaled(
        numbers, count, rounding, encode: scale.encode, decode: scale.decode, errors: errors)
    case .twoLevels(_, let rounding, let scale):
      guard let scale else { return }
      fillScales(count, scale)
      tally = DirectLoops.blocks(
        numbers, count, rounding, encode: encode, decode: decode, errors: errors)
    }
    var sums = tally.sums(zeros: zeros, squares: DirectLoops.squares(errors, count))
    sums.lost = lost
    band.part[loop.index, default: FitSums()].add(sums)
  }

  /// The scales of blocks of half the longest size, for each element.
  private func fillScales(_ count: Int, _ scale: TwoLevelScale) {
    for block in 0..<count / Self.half {
      let largest = halfLargest[block] < Self.infinity ? halfLargest[block] : 0
      let own = scale.block(largest: Float(bitPattern: largest))
      let first = block &* Self.half
      for i in first..<first &+ Self.half {
        encode[i] = own.encode
        decode[i] = own.decode
      }
    }
  }

  /// Copies the chunk with zeros for what is not finite; where a block shares a scale that rests on
  /// its largest magnitude, for its other elements, too, which are lost.
  private func makeFinite(
    _ values: UnsafePointer<Float>, _ chunk: TensorLayout.Chunk, _ loop: DirectLoop
  ) -> (zeros: Int, lost: Int) {
    var isOfBlocks = false
    if case .twoLevels = loop.rule { isOfBlocks = true }
    var (zeros, lost) = (0, 0)
    for i in 0..<chunk.places {
      let isInRow = i % chunk.paddedLength < chunk.rowLength
      let isLost = isOfBlocks && halfLargest[i / Self.half] >= Self.infinity
      if isLost, isInRow, values[i].isFinite { lost += 1 }
      finite[i] = isLost || !values[i].isFinite ? 0 : values[i]
      zeros += finite[i] == 0 ? 1 : 0
    }
    return (zeros, lost)
  }
}
