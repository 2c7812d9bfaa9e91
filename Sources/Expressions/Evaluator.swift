// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle

/// Evaluates an expression step by step, innermost and leftmost first.
package struct Evaluator {
  /// The attributes of every step.
  let semantics: Semantics
  /// How sums, means and dot products are made.
  var reductions = Reduction.Settings()
  /// The index whose random word every stochastic rounding takes, where one is chosen.
  var fixedIndex: UInt64?
  /// The steps so far.
  package private(set) var steps: [Step] = []

  /// An evaluator that has taken no step.
  package init(
    semantics: Semantics, reductions: Reduction.Settings = Reduction.Settings(),
    fixedIndex: UInt64? = nil
  ) {
    self.semantics = semantics
    self.reductions = reductions
    self.fixedIndex = fixedIndex
  }

  /// The step that delivers an expression's value in a format.
  package mutating func evaluate(_ expression: Expression, in format: ValueFormat) -> Step.Operand {
    switch expression {
    case .literal(let number, let text):
      return append(.literal(number, text: text), [], format)
    case .encoding(let bits, let text):
      return append(.encoding(bits, text: text), [], format)
    case .operation(let operation, let arguments):
      let operands = arguments.map { evaluate($0, in: format) }
      return append(.operation(operation), operands, format)
    case .function(let function, let arguments):
      let operands = arguments.map { evaluate($0, in: format) }
      return append(.function(function), operands, format)
    case .reduction(let kind, let lists, let text):
      let outcome = Reduction.evaluate(
        kind, lists, in: format, reductions, semantics, fixedIndex: fixedIndex)
      return convert(append(.reduction(outcome, text: text), [], outcome.format), to: format)
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

  private mutating func convert(
    _ operand: Step.Operand, to format: ValueFormat
  ) -> Step.Operand {
    operand.format == format ? operand : append(.operation(.convert), [operand], format)
  }

  private mutating func append(
    _ action: Step.Action, _ operands: [Step.Operand], _ format: ValueFormat
  ) -> Step.Operand {
    var step = Evaluator.step(
      number: steps.count + 1, action, operands, to: format, semantics: semantics,
      index: fixedIndex ?? 0)
    step.compose(from: steps)
    steps.append(step)
    return Step.Operand(bits: step.result, format: format, step: step.number)
  }

  /// One step under given attributes.
  package static func step(
    number: Int, _ action: Step.Action, _ operands: [Step.Operand], to format: ValueFormat,
    semantics: Semantics, index: UInt64 = 0
  ) -> Step {
    let delivery = Delivery(action, operands, format, semantics, index: index)
    var step = Step(
      number: number, action: action, operands: operands, format: format, semantics: semantics,
      index: index, exact: .selected(reason: ""), result: delivery.result.value,
      flags: delivery.result.flags, reference: delivery.reference)
    step.exact = ExactOperation(action, operands, semantics, delivery.function)
      .value(for: delivery.result, in: format)
    step.round()
    return step
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
    let isIntegral = action.isRoundToIntegral
    let unit = isIntegral ? max(unbounded, 0) : unbounded
    let cut = Cut(value, unitExponent: unit)
    let decision = RoundingDecision(
      semantics.rounding, cut, isNegative: value.isNegative,
      precision: isIntegral ? 2 : format.precision, index: index)
    self.cut = cut
    let largestExponent = format.maxExponent - format.fractionBits
    isBeyondRange = value.isHuge || unbounded > largestExponent
    ulpExponent = isBeyondRange ? largestExponent : unit
    // A sum of many roundings is not its exact value's one rounding.
    if case .reduction = action { return }
    isBeyondRange = isBeyondRange && flags.contains(.overflow)
    ulpExponent = isBeyondRange ? largestExponent : unit
    self.decision = decision
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
