// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat

/// One call of `halfway_round`.
struct ArrayRounding: @unchecked Sendable {
  let source: ArrayArgument
  let result: ArrayArgument
  let format: Format
  let semantics: Semantics
  let firstIndex: UInt64
  let elementFlags: UnsafeMutablePointer<UInt8>?
  let keepsFlags: Bool

  /// Elements that are handled at a time where they go through another type.
  private static let chunk = 2048

  /// Rounds a range of the elements; the union of their exceptions where these are kept.
  func run(_ range: Range<Int>) -> UInt8 {
    guard !range.isEmpty else { return 0 }
    if !keepsFlags, roundValues(range) { return 0 }
    if result.type == .format(format), case .format(let from) = source.type,
      from.fillsContainer, source.base != result.base
    {
      return Encodings.convert(
        source.address(range.lowerBound), from, to: format,
        into: result.address(range.lowerBound), count: range.count, semantics,
        firstIndex: firstIndex &+ UInt64(range.lowerBound),
        flags: elementFlags.map { $0 + range.lowerBound }, keepsFlags: keepsFlags)
    }
    return roundByChunks(range)
  }

  /// Values of FP32 and FP64 to values of the same type; false for other types.
  private func roundValues(_ range: Range<Int>) -> Bool {
    let (from, to) = (source.address(range.lowerBound), result.address(range.lowerBound))
    let index = firstIndex &+ UInt64(range.lowerBound)
    switch (source.type, result.type) {
    case (.format(.fp32), .format(.fp32)):
      TensorKernels.round(
        from.assumingMemoryBound(to: Float.self), into: to.assumingMemoryBound(to: Float.self),
        count: range.count, to: format, semantics, firstIndex: index)
    case (.fp64, .fp64):
      TensorKernels.round(
        from.assumingMemoryBound(to: Double.self), into: to.assumingMemoryBound(to: Double.self),
        count: range.count, to: format, semantics, firstIndex: index)
    default: return false
    }
    return true
  }

  /// By way of encodings of the format in 32-bit words.
  private func roundByChunks(_ range: Range<Int>) -> UInt8 {
    var all: UInt8 = 0
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: Self.chunk) { scratch in
      guard let words = scratch.baseAddress else { return }
      for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.chunk) {
        let count = min(Self.chunk, range.upperBound - start)
        all |= Encodings.encode(
          source.type, source.address(start), as: format, into: words, count: count, semantics,
          firstIndex: firstIndex &+ UInt64(start), flags: elementFlags.map { $0 + start },
          keepsFlags: keepsFlags)
        Encodings.decode(
          words, of: format, into: result.address(start), as: result.type, count: count)
      }
    }
    return all
  }
}
