// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat

/// One call of `halfway_elementary`: in FP64 throughout where no format is named, otherwise the
/// function of FP32, whose result is rounded to the format.
struct ArrayFunction: @unchecked Sendable {
  let function: ElementaryFunction
  let source: ArrayArgument
  let result: ArrayArgument
  let format: Format?
  let semantics: Semantics
  let firstIndex: UInt64

  private static let chunk = 2048

  func run(_ range: Range<Int>) {
    let (from, to) = (source.address(range.lowerBound), result.address(range.lowerBound))
    guard let format else {
      Double.elementary(
        function, from.assumingMemoryBound(to: Double.self),
        into: to.assumingMemoryBound(to: Double.self), count: range.count)
      return
    }
    withUnsafeTemporaryAllocation(of: Float.self, capacity: Self.chunk) { values in
      withUnsafeTemporaryAllocation(of: UInt32.self, capacity: Self.chunk) { words in
        guard let values = values.baseAddress, let words = words.baseAddress else { return }
        for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.chunk) {
          let count = min(Self.chunk, range.upperBound - start)
          compute(format, values, words, start, count)
        }
      }
    }
  }

  private func compute(
    _ format: Format, _ values: UnsafeMutablePointer<Float>,
    _ words: UnsafeMutablePointer<UInt32>, _ start: Int, _ count: Int
  ) {
    let bits = UnsafeMutableRawPointer(values).assumingMemoryBound(to: UInt32.self)
    let index = firstIndex &+ UInt64(start)
    _ = Encodings.encode(
      source.type, source.address(start), as: .fp32, into: bits, count: count, Semantics(),
      firstIndex: 0, flags: nil, keepsFlags: false)
    Float.elementary(function, values, into: values, count: count)
    if result.type == .format(.fp32) {
      TensorKernels.round(
        values, into: result.address(start).assumingMemoryBound(to: Float.self), count: count,
        to: format, semantics, firstIndex: index)
      return
    }
    Batch.cast(
      bits, from: .fp32, to: format, into: words, count: count, semantics: semantics,
      firstIndex: index)
    Encodings.decode(
      words, of: format, into: result.address(start), as: result.type, count: count)
  }
}
