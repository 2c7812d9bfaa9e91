// SPDX-License-Identifier: Apache-2.0
import Formats

/// Kernels over FP32 and FP64 buffers whose every rounding, and whose order of summation, is fixed.
///
/// The values of a narrower format are held in FP32, which represents all of them.
public enum TensorKernels {
  /// Rounds every element of an FP32 buffer to a format in place, and counts what left the format's
  /// range. Nearest even to FP16 and BF16 are loops of their own, and so is whatever
  /// `ValueRounding` serves; everything else is `Batch.cast`.
  ///
  /// - Parameters:
  ///   - buffer: the elements, which become the rounded ones.
  ///   - format: the format to round to.
  ///   - semantics: the attributes of the rounding.
  ///   - firstIndex: the index of the first element, on which stochastic rounding depends.
  /// - Precondition: FP32 represents every number of the format.
  @discardableResult
  public static func cast(
    _ buffer: UnsafeMutableBufferPointer<Float>, to format: Format,
    _ semantics: Semantics = Semantics(), firstIndex: UInt64 = 0
  ) -> CastCounts {
    var counts = CastCounts()
    switch (semantics == Semantics(), format) {
    case (true, .fp16): cast(buffer, Binary16Rounding.self, format, &counts)
    case (true, .bf16): cast(buffer, BFloat16Rounding.self, format, &counts)
    case (true, .fp32): return countUnchanged(UnsafeBufferPointer(buffer))
    default:
      chunks(of: buffer, to: format, semantics, firstIndex) { before, after, count in
        Self.count(before, after, count, format, into: &counts)
      }
    }
    return counts
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
    default:
      guard let base = buffer.baseAddress else { return }
      round(
        base, into: base, count: buffer.count, to: format, semantics, firstIndex: firstIndex)
    }
  }

  /// FP32 values rounded to a format, as FP32 values; any NaN becomes the canonical one, also of
  /// FP32 itself.
  ///
  /// - Precondition: `target` is `source` or disjoint from it.
  public static func round(
    _ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, count: Int,
    to format: Format, _ semantics: Semantics = Semantics(), firstIndex: UInt64 = 0
  ) {
    let isServed = roundValues(
      source, into: target, count: count, to: format, semantics, firstIndex: firstIndex)
    if isServed { return }
    for first in stride(from: 0, to: count, by: chunk) {
      encode(
        source + first, into: target + first, min(chunk, count - first), format, semantics,
        firstIndex &+ UInt64(first))
    }
  }

  /// What left a format's range between two buffers: x of the first, y of the second.
  ///
  /// - Precondition: the buffers have the same count.
  public static func count(
    before: UnsafeBufferPointer<Float>, after: UnsafeBufferPointer<Float>, format: Format
  ) -> CastCounts {
    precondition(before.count == after.count)
    var counts = CastCounts()
    if let x = before.baseAddress, let y = after.baseAddress {
      count(x, y, before.count, format, into: &counts)
    }
    return counts
  }

  /// Counts the pairs of x and y.
  private static func count(
    _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ count: Int, _ format: Format,
    into counts: inout CastCounts
  ) {
    for first in stride(from: 0, to: count, by: Tally.most) {
      let (x, y) = (x + first, y + first)
      let some = min(Tally.most, count - first)
      var tally = Tally(format)
      for i in 0..<some { tally.add(x[i], y[i]) }
      tally.end(elements: some, &counts)
    }
  }

  /// The counts of FP32 values that are stored as they are: most blocks hold normal numbers alone.
  private static func countUnchanged(_ values: UnsafeBufferPointer<Float>) -> CastCounts {
    var counts = CastCounts()
    let normal = Format.fp32.smallestNormalValue.bitPattern..<Float.infinity.bitPattern
    guard let base = values.baseAddress else { return counts }
    for first in stride(from: 0, to: values.count, by: chunk) {
      let block = UnsafeBufferPointer(start: base + first, count: min(chunk, values.count - first))
      var (least, greatest) = (UInt32.max, UInt32.zero)
      for x in block {
        least = min(least, x.magnitude.bitPattern)
        greatest = max(greatest, x.magnitude.bitPattern)
      }
      if normal.contains(least), normal.contains(greatest) {
        counts.elements += block.count
        counts.nonzero += block.count
      } else {
        count(base + first, base + first, block.count, .fp32, into: &counts)
      }
    }
    return counts
  }

  private static func cast<Target: NarrowRounding>(
    _ buffer: UnsafeMutableBufferPointer<Float>, _: Target.Type, _ format: Format,
    _ counts: inout CastCounts
  ) {
    guard let base = buffer.baseAddress else { return }
    for first in stride(from: 0, to: buffer.count, by: Tally.most) {
      let values = base + first
      let count = min(Tally.most, buffer.count - first)
      var tally = Tally(format)
      for i in 0..<count {
        let x = values[i]
        let y = Target.round(x)
        tally.add(x, y)
        values[i] = y
      }
      tally.end(elements: count, &counts)
    }
  }

  /// Elements that are handled at a time.
  private static let chunk = 2048

  /// Rounds in place, and hands the elements before and after to `body`, a chunk at a time.
  private static func chunks(
    of buffer: UnsafeMutableBufferPointer<Float>, to format: Format, _ semantics: Semantics,
    _ firstIndex: UInt64,
    _ body: (_ before: UnsafePointer<Float>, _ after: UnsafePointer<Float>, _ count: Int) -> Void
  ) {
    guard let base = buffer.baseAddress else { return }
    withUnsafeTemporaryAllocation(of: Float.self, capacity: chunk) { scratch in
      guard let before = scratch.baseAddress else { return }
      for first in stride(from: 0, to: buffer.count, by: chunk) {
        let (elements, count) = (base + first, min(chunk, buffer.count - first))
        let index = firstIndex &+ UInt64(first)
        before.update(from: elements, count: count)
        let isServed = roundValues(
          before, into: elements, count: count, to: format, semantics, firstIndex: index)
        if !isServed { encode(before, into: elements, count, format, semantics, index) }
        body(before, elements, count)
      }
    }
  }

  /// Rounds by way of the format's encodings, at most a chunk.
  private static func encode(
    _ source: UnsafePointer<Float>, into target: UnsafeMutablePointer<Float>, _ count: Int,
    _ format: Format, _ semantics: Semantics, _ firstIndex: UInt64
  ) {
    let bits = UnsafeRawPointer(source).assumingMemoryBound(to: UInt32.self)
    let rounded = UnsafeMutableRawPointer(target).assumingMemoryBound(to: UInt32.self)
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: chunk) { scratch in
      guard let encoded = scratch.baseAddress else { return }
      Batch.cast(
        bits, from: .fp32, to: format, into: encoded, count: count, semantics: semantics,
        firstIndex: firstIndex)
      Batch.cast(encoded, from: format, to: .fp32, into: rounded, count: count)
    }
  }
}

/// Counters that a vectorised loop keeps in registers, as wide as the numbers: of wider ones a
/// vector holds half as many.
private struct Tally {
  private let smallestNormal: UInt32
  private let overflowBound: UInt32
  private var nonzero: UInt32 = 0
  private var zeroed: UInt32 = 0
  private var subnormal: UInt32 = 0
  private var overflow: UInt32 = 0
  private var nan: UInt32 = 0

  /// The elements that one tally can count.
  static let most = Int(UInt32.max)
  private static let sign: UInt32 = 31
  private static let infinity = Float.infinity.bitPattern

  init(_ format: Format) {
    smallestNormal = format.smallestNormalValue.bitPattern
    overflowBound = format.overflowBound.bitPattern
  }

  /// By borrows of integers: of comparisons a compiler might make branches.
  @inline(__always)
  mutating func add(_ x: Float, _ y: Float) {
    let (x, y) = (x.magnitude.bitPattern, y.magnitude.bitPattern)
    let isNumber = ~(Self.infinity &- x) &>> Self.sign
    let isPresent = (0 &- x) &>> Self.sign
    nonzero &+= isPresent & isNumber
    zeroed &+= isPresent & ((y &- 1) &>> Self.sign)
    subnormal &+= ((0 &- y) & (y &- smallestNormal)) &>> Self.sign
    overflow &+= ((overflowBound &- 1 &- x) &>> Self.sign) & isNumber
    nan &+= (Self.infinity &- y) &>> Self.sign
  }

  /// Adds what was counted of so many elements.
  func end(elements: Int, _ counts: inout CastCounts) {
    counts.elements += elements
    counts.nonzero += Int(nonzero)
    counts.zeroed += Int(zeroed)
    counts.subnormal += Int(subnormal)
    counts.overflow += Int(overflow)
    counts.nan += Int(nan)
  }
}
