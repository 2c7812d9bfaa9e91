// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle
import SoftFloat

/// Evaluates an expression step by step, innermost and leftmost first.
struct Evaluator {
  /// The attributes of every step.
  let semantics: Semantics
  /// The steps so far.
  private(set) var steps: [Step] = []

  init(semantics: Semantics) { self.semantics = semantics }

  /// The step that delivers an expression's value in a format.
  mutating func evaluate(_ expression: Expression, in format: Format) -> Step.Operand {
    switch expression {
    case .literal(let number, let text):
      return append(.literal(number, text: text), [], format)
    case .operation(let operation, let arguments):
      let operands = arguments.map { evaluate($0, in: format) }
      return append(.operation(operation), operands, format)
    case .scale(let argument, let n):
      return append(.scale(by: n), [evaluate(argument, in: format)], format)
    case .negation(let argument):
      return append(.negation, [evaluate(argument, in: format)], format)
    case .within(let inner, let argument):
      return convert(evaluate(argument, in: inner), to: format)
    case .through(let inner, let argument):
      return convert(convert(evaluate(argument, in: format), to: inner), to: format)
    }
  }

  private mutating func convert(_ operand: Step.Operand, to format: Format) -> Step.Operand {
    operand.format == format ? operand : append(.operation(.convert), [operand], format)
  }

  private mutating func append(
    _ action: Step.Action, _ operands: [Step.Operand], _ format: Format
  ) -> Step.Operand {
    let step = Evaluator.step(
      number: steps.count + 1, action, operands, to: format, semantics: semantics)
    steps.append(step)
    return Step.Operand(bits: step.result, format: format, step: step.number)
  }

  /// One step under given attributes.
  static func step(
    number: Int, _ action: Step.Action, _ operands: [Step.Operand], to format: Format,
    semantics: Semantics
  ) -> Step {
    let result = deliver(action, operands, format, semantics)
    var step = Step(
      number: number, action: action, operands: operands, format: format, semantics: semantics,
      exact: .selected(reason: ""), result: result.value, flags: result.flags,
      reference: reference(action, operands, format, semantics))
    step.exact = ExactOperation(action, operands, semantics).value(for: result, in: format)
    step.round()
    return step
  }

  /// What the arithmetic delivers.
  private static func deliver(
    _ action: Step.Action, _ operands: [Step.Operand], _ format: Format, _ semantics: Semantics
  ) -> Rounded<UInt32> {
    let bits = operands.map { UInt64($0.bits) }
    let delivered: Rounded<UInt64>
    switch action {
    case .literal(let number, _):
      delivered = Arithmetic.convert(number, to: format, semantics: semantics)
    case .operation(let operation):
      delivered = Arithmetic.evaluate(
        operation, bits[0], bits.count > 1 ? bits[1] : 0, bits.count > 2 ? bits[2] : 0,
        format: operands[0].format, to: format, semantics: semantics)
    case .scale(let n):
      delivered = Arithmetic.evaluate(
        .scaleB, bits[0], UInt64(UInt32(bitPattern: n)), format: format, semantics: semantics)
    case .negation:
      delivered = Rounded(value: bits[0] ^ UInt64(format.signMask), flags: [])
    }
    return Rounded(value: UInt32(truncatingIfNeeded: delivered.value), flags: delivered.flags)
  }

  /// What MPFR delivers; signs, encodings and NaNs as text are not its business.
  private static func reference(
    _ action: Step.Action, _ operands: [Step.Operand], _ format: Format, _ semantics: Semantics
  ) -> Rounded<UInt32>? {
    let bits = operands.map { UInt64($0.bits) }
    let operation: Operation
    var second = bits.count > 1 ? bits[1] : 0
    switch action {
    case .negation: return nil
    case .literal(_, let text):
      return Oracle.Literal(text).map { literal in
        let expected = literal.rounded(to: format, semantics: semantics)
        return Rounded(value: UInt32(truncatingIfNeeded: expected.value), flags: expected.flags)
      }
    case .operation(let named): operation = named
    case .scale(let n):
      operation = .scaleB
      second = UInt64(UInt32(bitPattern: n))
    }
    let expected = Oracle.evaluate(
      operation, bits[0], second, bits.count > 2 ? bits[2] : 0, format: operands[0].format,
      to: format, semantics: semantics, index: 0)
    return Rounded(value: UInt32(truncatingIfNeeded: expected.value), flags: expected.flags)
  }
}

extension Step {
  /// What stands for a number that is too large.
  private var overflowed: String {
    let parts = format.decode(result)
    return parts.isNaN ? "NaN" : parts.isInfinite ? "infinity" : "the largest"
  }

  /// Fills in the cut, the decision and the result they lead to.
  fileprivate mutating func round() {
    guard case .number(let value) = exact else { return }
    let unbounded = Cut.unitExponent(of: value.magnitude, in: format)
    let isIntegral = action == .operation(.roundToIntegral)
    let unit = isIntegral ? max(unbounded, 0) : unbounded
    let cut = Cut(value, unitExponent: unit)
    let decision = Decision(
      semantics.rounding, cut, isNegative: value.isNegative,
      precision: isIntegral ? 2 : format.precision)
    self.cut = cut
    self.decision = decision
    let largestExponent = format.maxExponent - format.fractionBits
    isBeyondRange = flags.contains(.overflow) && unbounded > largestExponent
    ulpExponent = isBeyondRange ? largestExponent : unit
    if value.isHuge {
      self.decision?.reason = "2^1000 or more"
    } else if isBeyondRange {
      self.decision?.reason =
        "2^\(format.maxExponent + 1) or more" + (value.isNegative ? " in magnitude" : "")
    } else if flags.contains(.overflow), cut.lost == .exactlyZero {
      self.decision?.reason = "no bit is cut off"
    }
    let magnitude = cut.kept + (decision.increments ? 1 : 0)
    if flags.contains(.overflow) {
      consequence = "beyond the largest finite number: \(overflowed) delivered"
    } else if flags.contains(.invalid) {
      consequence = "which \(format) cannot hold: invalid"
    } else if !format.hasZero && magnitude == 0 {
      consequence = "no zero in \(format): its smallest number"
    } else if magnitude == 0 {
      predicted = value.isZero ? nil : value.isNegative ? format.signMask : 0
    } else if semantics.subnormals.flushesResults, format.decode(result).isZero {
      consequence = "tiny: flushed to zero"
    } else {
      predicted = format.encode(
        isNegative: value.isNegative, significand: magnitude, exponent: unit)
    }
  }
}
