// SPDX-License-Identifier: Apache-2.0
import Formats

/// Kernels over FP32 and FP64 buffers whose every rounding, and whose order of summation, is fixed.
///
/// The values of a narrower format are held in FP32, which represents all of them.
public enum TensorKernels {
  /// Rounds every element of an FP32 buffer to a format, nearest even, in place, and counts what
  /// left the format's range. FP16 and BF16 vectorise; every other format goes through
  /// `Arithmetic`.
  ///
  /// - Precondition: the format is IEEE-like, at most as wide as FP32.
  @discardableResult
  public static func cast(
    _ buffer: UnsafeMutableBufferPointer<Float>, to format: Format
  ) -> CastCounts {
    switch format {
    case .fp16: cast(buffer, Binary16Rounding.self)
    case .bf16: cast(buffer, BFloat16Rounding.self)
    case .fp32:
      count(before: UnsafeBufferPointer(buffer), after: UnsafeBufferPointer(buffer), format: .fp32)
    default: castScalar(buffer, to: format)
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
    _ buffer: UnsafeMutableBufferPointer<Float>, _: Target.Type
  ) -> CastCounts {
    var tally = Tally(Target.format)
    for i in 0..<buffer.count {
      let x = buffer[i]
      let y = Target.round(x)
      tally.add(x, y)
      buffer[i] = y
    }
    return tally.counts(elements: buffer.count)
  }

  private static func castScalar(
    _ buffer: UnsafeMutableBufferPointer<Float>, to format: Format
  ) -> CastCounts {
    let narrow = ScalarEvaluator(.convert, format: .fp32, to: format, semantics: Semantics())
    let widen = ScalarEvaluator(.convert, format: format, to: .fp32, semantics: Semantics())
    var tally = Tally(format)
    for i in 0..<buffer.count {
      let x = buffer[i]
      let narrowed = narrow(UInt64(x.bitPattern), 0, 0, index: 0).value
      let widened = widen(narrowed, 0, 0, index: 0).value
      let y = Float(bitPattern: UInt32(truncatingIfNeeded: widened))
      tally.add(x, y)
      buffer[i] = y
    }
    return tally.counts(elements: buffer.count)
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
