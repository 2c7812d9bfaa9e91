// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat

/// `Batch.cast`: conversions without exceptions, with the shortcuts that tensors take.
package struct CastSubject: Subject {
  /// `cast`.
  package let name = "cast"
  /// False: that is what makes it fast.
  package let reportsFlags = false
  /// True: the NaN policies define every bit.
  package let deliversDefinedNaNs = true

  /// The subject.
  package init() {}

  /// The cast between containers of the formats' own widths.
  package func function(
    for evaluation: Evaluation
  ) -> Result<BlockFunction, CaseSelection.Unavailable> {
    guard evaluation.operation == .convert else {
      return .failure(CaseSelection.Unavailable(reason: "cast does convert only"))
    }
    let function: BlockFunction =
      switch (evaluation.format.containerBytes, evaluation.to.containerBytes) {
      case (1, 1): CastSubject.cast(UInt8.self, UInt8.self, evaluation)
      case (1, 2): CastSubject.cast(UInt8.self, UInt16.self, evaluation)
      case (1, _): CastSubject.cast(UInt8.self, UInt32.self, evaluation)
      case (2, 1): CastSubject.cast(UInt16.self, UInt8.self, evaluation)
      case (2, 2): CastSubject.cast(UInt16.self, UInt16.self, evaluation)
      case (2, _): CastSubject.cast(UInt16.self, UInt32.self, evaluation)
      case (_, 1): CastSubject.cast(UInt32.self, UInt8.self, evaluation)
      case (_, 2): CastSubject.cast(UInt32.self, UInt16.self, evaluation)
      default: CastSubject.cast(UInt32.self, UInt32.self, evaluation)
      }
    return .success(function)
  }

  private static func cast<A: Container, B: Container>(
    _: A.Type, _: B.Type, _ evaluation: Evaluation
  ) -> BlockFunction {
    { block, results, flags in
      let source = (0..<block.count).map { A(truncatingIfNeeded: block.a[$0]) }
      var cast = [B](repeating: 0, count: block.count)
      Batch.cast(
        source, from: evaluation.format, to: evaluation.to, into: &cast, count: block.count,
        semantics: evaluation.semantics, firstIndex: block.firstIndex)
      for i in 0..<block.count { results[i] = UInt64(cast[i]) }
      flags.update(repeating: 0, count: block.count)
    }
  }
}

/// `TensorKernels.cast` and `TensorKernels.round`: FP32 buffers rounded to a format in place.
package struct TensorCastSubject: Subject {
  /// `tensor-cast`.
  package let name = "tensor-cast"
  /// False: it counts what leaves the range, and has no exceptions.
  package let reportsFlags = false
  /// False: a NaN stays a NaN of FP32.
  package let deliversDefinedNaNs = false

  /// The subject.
  package init() {}

  /// The in-place rounding of an FP32 buffer; where `cast` and `round` differ, and everywhere where
  /// the counts of `cast` are not those of `CastCounts`, the complement of an encoding, which no
  /// reference agrees with.
  package func function(
    for evaluation: Evaluation
  ) -> Result<BlockFunction, CaseSelection.Unavailable> {
    let (to, semantics) = (evaluation.to, evaluation.semantics)
    guard evaluation.operation == .convert, evaluation.format == .fp32 else {
      return .failure(CaseSelection.Unavailable(reason: "tensor-cast does convert from fp32 only"))
    }
    guard to.hasNaN, to.specials != .scale else {
      return .failure(
        CaseSelection.Unavailable(reason: "tensor-cast holds values in FP32: not a NaN as \(to)"))
    }
    let encoding = ShortcutRounding(to)
    return .success { block, results, flags in
      var cast = (0..<block.count).map {
        Float(bitPattern: UInt32(truncatingIfNeeded: block.a[$0]))
      }
      var rounded = cast
      let counts = cast.withUnsafeMutableBufferPointer {
        TensorKernels.cast($0, to: to, semantics, firstIndex: block.firstIndex)
      }
      rounded.withUnsafeMutableBufferPointer {
        TensorKernels.round($0, to: to, semantics, firstIndex: block.firstIndex)
      }
      let isCounted =
        counts
        == Self.counts(
          (0..<block.count).map { Float(bitPattern: UInt32(truncatingIfNeeded: block.a[$0])) },
          cast,
          to)
      for i in 0..<block.count {
        // Exact: the value is one of the format's.
        let (first, second) = (
          encoding.encoding(Double(cast[i])), encoding.encoding(Double(rounded[i]))
        )
        results[i] = first
        if first != second || !isCounted { results[i] = ~first & (to.encodingCount - 1) }
      }
      flags.update(repeating: 0, count: block.count)
    }
  }

  /// The counts by their definitions, one value after the other.
  private static func counts(_ before: [Float], _ after: [Float], _ format: Format) -> CastCounts {
    let last = FiniteValue(encoding: UInt64(format.largestFinite), format: format)
    let largest = Double(
      sign: .plus, exponent: last.exponent, significand: Double(last.significand))
    let half = Double(
      sign: .plus, exponent: format.maxExponent - format.fractionBits - 1, significand: 1)
    let smallest = Double(sign: .plus, exponent: format.minExponent, significand: 1)
    var counts = CastCounts()
    for (x, y) in zip(before, after) {
      counts.elements += 1
      counts.nonzero += x.isNaN || x == 0 ? 0 : 1
      counts.zeroed += x != 0 && y == 0 ? 1 : 0
      counts.subnormal += y != 0 && Double(y.magnitude) < smallest ? 1 : 0
      counts.overflow += Double(x.magnitude) >= largest + half ? 1 : 0
      counts.nan += y.isNaN ? 1 : 0
    }
    return counts
  }
}
