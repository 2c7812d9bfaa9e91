// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat

/// Halfway's functions of elements on buffers of encodings.
enum OwnElements {
  /// An operation of the arithmetic, by the loops of `Batch`.
  static func apply(
    _ operation: ArithmeticOperation, _ inputs: [UnsafeMutableRawPointer],
    into output: UnsafeMutableRawPointer, count: Int, format: Format, semantics: Semantics
  ) {
    func run<C: Container>(_: C.Type) {
      let operands = inputs.map { UnsafePointer($0.assumingMemoryBound(to: C.self)) }
      Batch.apply(
        operation, operands[0], operands.count > 1 ? operands[1] : nil,
        operands.count > 2 ? operands[2] : nil, into: output.assumingMemoryBound(to: C.self),
        count: count, format: format, semantics: semantics)
    }
    switch format.containerBytes {
    case 1: run(UInt8.self)
    case 2: run(UInt16.self)
    default: run(UInt32.self)
    }
  }

  /// An elementary function: in FP64 and FP32 as it is, in narrower formats the value of FP32,
  /// rounded once more, as training under a policy takes it.
  static func apply(
    _ function: ElementaryFunction, _ input: UnsafeMutableRawPointer,
    into output: UnsafeMutableRawPointer, count: Int, format: Format
  ) {
    if format.bitWidth == 64 {
      Double.elementary(
        function, UnsafePointer(input.assumingMemoryBound(to: Double.self)),
        into: output.assumingMemoryBound(to: Double.self), count: count)
      return
    }
    if format == .fp32 {
      Float.elementary(
        function, UnsafePointer(input.assumingMemoryBound(to: Float.self)),
        into: output.assumingMemoryBound(to: Float.self), count: count)
      return
    }
    var values = widened(input, count: count, format: format)
    values.withUnsafeMutableBufferPointer { values in
      guard let base = values.baseAddress else { return }
      Float.elementary(function, base, into: base, count: count)
      narrow(base, count: count, into: output, format: format)
    }
  }

  /// The numbers of encodings of a format inside FP32.
  static func widened(
    _ source: UnsafeMutableRawPointer, count: Int, format: Format
  ) -> [Float] {
    [Float](unsafeUninitializedCapacity: count) { values, initialized in
      initialized = count
      guard let base = values.baseAddress else { return }
      func run<C: Container>(_: C.Type) {
        Batch.cast(
          UnsafePointer(source.assumingMemoryBound(to: C.self)), from: format, to: .fp32,
          into: UnsafeMutableRawPointer(base).assumingMemoryBound(to: UInt32.self), count: count)
      }
      switch format.containerBytes {
      case 1: run(UInt8.self)
      case 2: run(UInt16.self)
      default: run(UInt32.self)
      }
    }
  }

  /// Writes FP32 numbers, rounded to nearest even, as encodings of a format.
  static func narrow(
    _ values: UnsafePointer<Float>, count: Int, into output: UnsafeMutableRawPointer,
    format: Format
  ) {
    func run<C: Container>(_: C.Type) {
      Batch.cast(
        UnsafeRawPointer(values).assumingMemoryBound(to: UInt32.self), from: .fp32, to: format,
        into: output.assumingMemoryBound(to: C.self), count: count)
    }
    switch format.containerBytes {
    case 1: run(UInt8.self)
    case 2: run(UInt16.self)
    default: run(UInt32.self)
    }
  }
}
