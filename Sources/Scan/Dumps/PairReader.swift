// SPDX-License-Identifier: Apache-2.0
import TensorFiles

/// Reads elements of a tensor as FP64 numbers, a portion at a time. One thread uses it.
final class PairReader {
  /// Elements in a portion: whole bytes of every type.
  static let portion = 1 << 14

  private let bytes = UnsafeMutableRawBufferPointer.allocate(
    byteCount: PairReader.portion * 8, alignment: 64)
  private let singles = UnsafeMutablePointer<Float>.allocate(capacity: PairReader.portion)
  private let doubles = UnsafeMutablePointer<Double>.allocate(capacity: PairReader.portion)

  deinit {
    bytes.deallocate()
    singles.deallocate()
    doubles.deallocate()
  }

  /// The numbers of a portion, in memory that the next call overwrites.
  func numbers(
    _ elements: Range<Int>, of tensor: OpenTensor
  ) throws(TensorFileProblem) -> UnsafeBufferPointer<Double> {
    let (count, width) = (elements.count, tensor.widening.type.bitWidth)
    let start = elements.lowerBound * width / 8
    let end = (elements.upperBound * width + 7) / 8
    let part = UnsafeMutableRawBufferPointer(rebasing: bytes[0..<end - start])
    try tensor.read(start..<end, into: part)
    if tensor.widening.type == .fp64 {
      for i in 0..<count {
        doubles[i] = Double(
          bitPattern: part.loadUnaligned(fromByteOffset: 8 * i, as: UInt64.self))
      }
    } else {
      tensor.widening.widen(UnsafeRawBufferPointer(part), into: singles, count: count)
      for i in 0..<count { doubles[i] = Double(singles[i]) }
    }
    return UnsafeBufferPointer(start: doubles, count: count)
  }
}
