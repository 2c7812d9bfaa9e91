// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle
import SoftFloat

/// What is delivered for a step, and by whom: the arithmetic, with MPFR as its witness; in FP64,
/// which the arithmetic does not compute, MPFR, with the exact value's own rounding as the witness.
struct Delivery {
  var result: Rounded<UInt64>
  /// What MPFR delivers, nil where it was not asked.
  var reference: Rounded<UInt64>?
  /// The value of a function, unrounded.
  var function: FunctionValue?

  init(
    _ action: Step.Action, _ operands: [Step.Operand], _ format: ValueFormat,
    _ semantics: Semantics, index: UInt64
  ) {
    let bits = operands.map(\.bits)
    let source = operands.first?.format ?? format
    switch action {
    case .literal(let number, let text):
      result = Evaluator.literal(number, text, format, semantics, index: index)
      reference = Oracle.Literal(text)?.rounded(
        to: format.constants, semantics: semantics, index: index)
    case .encoding(let encoding, _):
      result = Rounded(value: encoding, flags: [])
    case .negation:
      result = Rounded(value: bits[0] ^ format.signMask, flags: [])
    case .operation(.convert):
      result = Evaluator.converted(bits[0], from: source, to: format, semantics, index: index)
      reference = Self.oracle(.convert, bits, source, format, semantics, index)
    case .operation(let operation):
      let expected = Self.oracle(operation, bits, source, format, semantics, index)
      result =
        Self.arithmetic(operation, bits, source, format, semantics, index) ?? expected
      reference = expected
    case .scale(let n):
      let operands = [bits[0], UInt64(UInt32(bitPattern: n))]
      let expected = Self.oracle(.scaleB, operands, source, format, semantics, index)
      result = Self.arithmetic(.scaleB, operands, source, format, semantics, index) ?? expected
      reference = expected
    case .function(let function):
      let value = Oracle.value(
        of: function, bits[0], bits.count > 1 ? bits[1] : 0, format: source.constants,
        flushingSubnormals: semantics.subnormals.flushesOperands)
      self.function = value
      let expected = value.rounded(to: format.constants, semantics: semantics, index: index)
      result = Self.software(value, format, semantics, index) ?? expected
      reference = expected
    case .reduction(let outcome, _):
      result = Rounded(value: outcome.result, flags: outcome.flags)
    }
  }

  private static func oracle(
    _ operation: ArithmeticOperation, _ bits: [UInt64], _ source: ValueFormat,
    _ target: ValueFormat, _ semantics: Semantics, _ index: UInt64
  ) -> Rounded<UInt64> {
    Oracle.evaluate(
      operation, bits[0], bits.count > 1 ? bits[1] : 0, bits.count > 2 ? bits[2] : 0,
      format: source.constants, to: target.constants, semantics: semantics, index: index)
  }

  /// What the arithmetic delivers; nil in FP64.
  private static func arithmetic(
    _ operation: ArithmeticOperation, _ bits: [UInt64], _ source: ValueFormat,
    _ target: ValueFormat, _ semantics: Semantics, _ index: UInt64
  ) -> Rounded<UInt64>? {
    guard case (.narrow(let source), .narrow(let target)) = (source, target) else { return nil }
    return Arithmetic.evaluate(
      operation, bits[0], bits.count > 1 ? bits[1] : 0, bits.count > 2 ? bits[2] : 0,
      format: source, to: target, semantics: semantics, index: index)
  }

  /// MPFR's bits as the arithmetic rounds them.
  private static func software(
    _ value: FunctionValue, _ format: ValueFormat, _ semantics: Semantics, _ index: UInt64
  ) -> Rounded<UInt64>? {
    guard case .narrow(let narrow) = format, let bits = value.firstBits,
      let last = bits.significand.last
    else { return nil }
    return Arithmetic.round(
      negative: bits.isNegative, significand: last,
      exponent: bits.exponent + UInt64.bitWidth * (bits.significand.count - 1),
      sticky: !bits.isExact || bits.significand.dropLast().contains { $0 != 0 }, to: narrow,
      semantics: semantics, index: index)
  }
}

extension Evaluator {
  /// A number as written, rounded to a format.
  static func literal(
    _ number: NumberText, _ text: String, _ format: ValueFormat, _ semantics: Semantics,
    index: UInt64
  ) -> Rounded<UInt64> {
    if case .narrow(let narrow) = format {
      return Arithmetic.convert(number, to: narrow, semantics: semantics, index: index)
    }
    switch number {
    case .finite:
      // What NumberText keeps ends at 2^1000; MPFR's own reader does not.
      return Oracle.Literal(text)?.rounded(
        to: format.constants, semantics: semantics, index: index)
        ?? Rounded(value: 0, flags: [])
    case .infinity(let isNegative):
      return Rounded(
        value: (isNegative ? -Double.infinity : Double.infinity).bitPattern, flags: [])
    case .nan(let isNegative, let isSignaling, let payload):
      let kind: UInt64 = isSignaling ? 0x7ff0 << 48 : 0x7ff8 << 48
      return Rounded(
        value: kind | UInt64(payload) | (isNegative ? format.signMask : 0), flags: [])
    case .encoding(let bits):
      return Rounded(value: UInt64(bits), flags: [])
    }
  }

  /// An encoding of one format in another.
  static func converted(
    _ bits: UInt64, from source: ValueFormat, to target: ValueFormat, _ semantics: Semantics,
    index: UInt64
  ) -> Rounded<UInt64> {
    let parts = source.decode(bits)
    if case .narrow(let narrow) = target {
      if case .narrow(let source) = source {
        return Arithmetic.evaluate(
          .convert, bits, format: source, to: narrow, semantics: semantics, index: index)
      }
      if parts.isFinite, !parts.isZero, !(parts.isSubnormal && semantics.subnormals.flushesOperands)
      {
        return Arithmetic.round(
          negative: parts.isNegative, significand: parts.significand, exponent: parts.exponent,
          to: narrow, semantics: semantics, index: index)
      }
    }
    return Oracle.evaluate(
      .convert, bits, 0, 0, format: source.constants, to: target.constants,
      semantics: semantics, index: index)
  }
}
