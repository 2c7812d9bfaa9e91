// SPDX-License-Identifier: Apache-2.0
import Formats

/// Kernels over FP32 and FP64 buffers whose every rounding, and whose order of summation, is fixed.
///
/// The values of a narrower format are held in FP32, which represents all of them.
public enum TensorKernels {
  /// Rounds every element of an FP32 buffer to a format in place, and counts what left the format's
  /// range. Nearest even to FP16 and BF16 is a loop of its own; everything else is `Batch.cast`.
  ///
  /// - Parameter firstIndex: the index of the first element, on which stochastic rounding depends.
  /// - Precondition: FP32 represents every number of the format.
  @discardableResult
  public static func cast(
    _ buffer: UnsafeMutableBufferPointer<Float>, to format: Format,
    _ semantics: Semantics = Semantics(), firstIndex: UInt64 = 0
  ) -> CastCounts {
    var tally = Tally(format)
    switch (semantics == Semantics(), format) {
    case (true, .fp16): cast(buffer, Binary16Rounding.self, &tally)
    case (true, .bf16): cast(buffer, BFloat16Rounding.self, &tally)
    case (true, .fp32): for x in buffer { tally.add(x, x) }
    default:
      chunks(of: buffer, to: format, semantics, firstIndex) { before, after, count in
        for i in 0..<count { tally.add(before[i], after[i]) }
      }
    }
    return tally.counts(elements: buffer.count)
  }

  /// Rounds every element as `cast` does, without counting.
  public static func round(
    _ buffer: UnsafeMutableBufferPointer<Float>, to format: Format,
    _ semantics: Semantics = Semantics(), firstIndex: UInt64 = 0
  ) {
    switch (semantics == Semantics(), format) {
    case (true, .fp16): for i in buffer.indices { buffer[i] = Binary16Rounding.round(buffer[i]) }
    case (true, .bf16): for i in buffer.indices { buffer[i] = BFloat16Rounding.round(buffer[i]) }
    case (true, .fp32): break
    default: chunks(of: buffer, to: format, semantics, firstIndex) { _, _, _ in }
    }
  }

  /// What left a format's range between two buffers: x of the first, y of the second.
  ///
  /// - Precondition: the buffers have the same count.
  public static func count(
    before: UnsafeBufferPointer<Float>, after: UnsafeBufferPointer<Float>, format: Format
  ) -> CastCounts {
    precondition(before.count == after.count)
    var tally = Tally(format)
    for i in 0..<before.count { tally.add(before[i], after[i]) }
    return tally.counts(elements: before.count)
  }

  private static func cast<Target: NarrowRounding>(
    _ buffer: UnsafeMutableBufferPointer<Float>, _: Target.Type, _ tally: inout Tally
  ) {
    var counts = tally
    for i in 0..<buffer.count {
      let x = buffer[i]
      let y = Target.round(x)
      counts.add(x, y)
      buffer[i] = y
    }
    tally = counts
  }

  /// Elements that are encoded and widened again at a time.
  private static let chunk = 1024

  /// Rounds in place, and hands the elements before and after to `body`, a chunk at a time.
  private static func chunks(
    of buffer: UnsafeMutableBufferPointer<Float>, to format: Format, _ semantics: Semantics,
    _ firstIndex: UInt64,
    _ body: (_ before: UnsafePointer<Float>, _ after: UnsafePointer<Float>, _ count: Int) -> Void
  ) {
    guard let base = buffer.baseAddress else { return }
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 3 * chunk) { words in
      guard let source = words.baseAddress else { return }
      let (encoded, widened) = (source + chunk, source + 2 * chunk)
      for first in stride(from: 0, to: buffer.count, by: chunk) {
        let count = min(chunk, buffer.count - first)
        let elements = base + first
        for i in 0..<count { source[i] = elements[i].bitPattern }
        Batch.cast(
          source, from: .fp32, to: format, into: encoded, count: count, semantics: semantics,
          firstIndex: firstIndex &+ UInt64(first))
        Batch.cast(encoded, from: format, to: .fp32, into: widened, count: count)
        for i in 0..<count { elements[i] = Float(bitPattern: widened[i]) }
        UnsafeMutableRawPointer(source).withMemoryRebound(to: Float.self, capacity: count) {
          body($0, elements, count)
        }
      }
    }
  }
}

/// Counters that a vectorised loop keeps in registers.
private struct Tally {
  private let smallestNormal: Float
  private let overflowBound: Float
  private var nonzero = 0
  private var zeroed = 0
  private var subnormal = 0
  private var overflow = 0
  private var nan = 0

  init(_ format: Format) {
    smallestNormal = format.smallestNormalValue
    overflowBound = format.overflowBound
  }

  @inline(__always)
  mutating func add(_ x: Float, _ y: Float) {
    nonzero &+= x.magnitude > 0 ? 1 : 0
    zeroed &+= (x != 0 ? 1 : 0) & (y == 0 ? 1 : 0)
    subnormal &+= (y != 0 ? 1 : 0) & (y.magnitude < smallestNormal ? 1 : 0)
    overflow &+= x.magnitude >= overflowBound ? 1 : 0
    nan &+= y != y ? 1 : 0
  }

  func counts(elements: Int) -> CastCounts {
    var counts = CastCounts()
    counts.elements = elements
    counts.nonzero = nonzero
    counts.zeroed = zeroed
    counts.subnormal = subnormal
    counts.overflow = overflow
    counts.nan = nan
    return counts
  }
}
