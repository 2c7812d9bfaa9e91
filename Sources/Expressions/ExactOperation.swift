// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle

/// The exact value of a step.
struct ExactOperation {
  private let action: Step.Action
  private let operands: [Step.Operand]
  /// The value of a function.
  private let function: FunctionValue?
  /// The operands' numbers; nil for infinities and NaNs.
  private let numbers: [BigDyadic?]

  init(
    _ action: Step.Action, _ operands: [Step.Operand], _ semantics: Semantics,
    _ function: FunctionValue? = nil
  ) {
    self.action = action
    self.function = function
    self.operands = operands
    numbers = operands.map { operand in
      let parts = operand.format.decode(operand.bits)
      if parts.isSubnormal && semantics.subnormals.flushesOperands {
        return BigDyadic(parts.isNegative, BigNatural(), 0)
      }
      return BigDyadic(operand.bits, operand.format)
    }
  }

  /// The exact value; where the operation makes none, what `result` tells of it.
  func value(for result: Rounded<UInt64>, in format: ValueFormat) -> Step.Exact {
    if let selection { return .selected(reason: selection) }
    switch action {
    case .literal(let number, let text): return literal(number, text, format)
    case .encoding: return .selected(reason: "an encoding, taken as it is")
    case .reduction(let outcome, _):
      return outcome.exact.map { .number($0) }
        ?? .selected(reason: "infinities or NaNs among the terms")
    default: break
    }
    if let function { return value(of: function, result) }
    if let real { return .number(real) }
    return special(result, format)
  }

  /// Why nothing is computed.
  private var selection: String? {
    switch action {
    case .negation: "flips the sign bit; never rounds"
    case .operation(.minimum): "the smaller operand; a NaN wins"
    case .operation(.maximum): "the larger operand; a NaN wins"
    case .operation(.minimumNumber): "the smaller operand; a number wins over a NaN"
    case .operation(.maximumNumber): "the larger operand; a number wins over a NaN"
    case .operation(.nextUp): "the least number above"
    case .operation(.nextDown): "the greatest number below"
    default: nil
    }
  }

  private func value(of function: FunctionValue, _ result: Rounded<UInt64>) -> Step.Exact {
    let parts = operands.map { $0.format.decode($0.bits) }
    if function.isNaN {
      return .nan(
        reason: parts.contains(where: \.isNaN) ? "an operand is NaN" : "outside the domain")
    }
    if let bits = function.firstBits { return .number(ExactReal(bits)) }
    if let beyond = function.beyondEveryFormat {
      return .number(
        ExactReal(
          isNegative: beyond.isNegative,
          magnitude: beyond.isHuge ? .huge : ExactReal.belowEveryFormat,
          text: (beyond.isNegative ? "-" : "")
            + (beyond.isHuge ? "2^1200 or more" : "below 2^-1300")))
    }
    if let infinite = function.infinity {
      return .infinity(
        isNegative: infinite.isNegative,
        reason: infinite.isPole ? "a pole of the function" : "its limit at an infinity")
    }
    return .number(BigDyadic(false, BigNatural(), 0).exact)
  }

  private func literal(
    _ number: NumberText, _ text: String, _ format: ValueFormat
  ) -> Step.Exact {
    switch number {
    case .finite(let isNegative, let magnitude):
      .number(
        ExactReal(
          isNegative: isNegative, magnitude: magnitude, literal: text, isWide: format == .fp64))
    case .infinity(let isNegative): .infinity(isNegative: isNegative, reason: "written so")
    case .nan: .nan(reason: "written so")
    case .encoding: .selected(reason: "an encoding, taken as it is")
    }
  }

  /// The value where operands are finite and the operation is defined on them.
  private var real: ExactReal? {
    let finite = numbers.compactMap(\.self)
    guard finite.count == numbers.count, let a = finite.first else { return nil }
    let b = finite.count > 1 ? finite[1] : a
    switch action {
    case .operation(.add): return (a + b).exact
    case .operation(.sub): return (a + b.negated).exact
    case .operation(.mul): return (a * b).exact
    case .operation(.fma): return (a * b + finite[2]).exact
    case .operation(.div): return b.significand.isZero ? nil : ExactReal(a, dividedBy: b)
    case .operation(.sqrt):
      if a.significand.isZero { return a.exact }
      return a.isNegative ? nil : ExactReal(squareRootOf: a)
    case .operation(.remainder): return b.significand.isZero ? nil : a.remainder(dividedBy: b).exact
    case .operation(.roundToIntegral), .operation(.convert): return a.exact
    case .scale(let n):
      if a.significand.isZero || abs(Int(n)) <= 3000 {
        return BigDyadic(
          a.isNegative, a.significand, a.significand.isZero ? 0 : a.exponent + Int(n)
        )
        .exact
      }
      // Every format is over- or underflown; the power is left as such.
      return ExactReal(
        isNegative: a.isNegative, magnitude: n > 0 ? .huge : ExactReal.belowEveryFormat,
        text: "\(a.exact.decimal) x 2^\(n)")
    default: return nil
    }
  }

  /// What an operation makes of infinities, NaNs and undefined operands.
  private func special(_ result: Rounded<UInt64>, _ format: ValueFormat) -> Step.Exact {
    let parts = operands.map { $0.format.decode($0.bits) }
    if parts.contains(where: \.isNaN) { return .nan(reason: "an operand is NaN") }
    if result.flags.contains(.divideByZero) {
      let isNegative = parts[0].isNegative != parts[1].isNegative
      return .infinity(isNegative: isNegative, reason: "a finite number divided by zero")
    }
    if result.flags.contains(.invalid) { return .nan(reason: undefined(parts)) }
    let delivered = format.decode(result.value)
    if delivered.isFinite, let number = BigDyadic(result.value, format), parts.count > 1 {
      return .number(number.exact)
    }
    let isNegative = parts.count == 1 ? parts[0].isNegative : delivered.isNegative
    return .infinity(isNegative: isNegative, reason: "an operand is infinite")
  }

  private func undefined(_ parts: [ValueFormat.Parts]) -> String {
    switch action {
    case .operation(.add), .operation(.sub): "Inf - Inf has no value"
    case .operation(.mul): "0 times Inf has no value"
    case .operation(.fma):
      parts[0].isZero || parts[1].isZero ? "0 times Inf has no value" : "Inf - Inf has no value"
    case .operation(.div): parts[0].isZero ? "0 / 0 has no value" : "Inf / Inf has no value"
    case .operation(.sqrt): "a negative number has no square root"
    case .operation(.remainder):
      parts[0].isInfinite ? "the remainder of Inf has no value" : "x - n 0 is x for every n"
    default: "no value"
    }
  }
}

extension BigDyadic {
  /// x - n y with n the integer nearest x / y, ties to even.
  fileprivate func remainder(dividedBy y: BigDyadic) -> BigDyadic {
    let unit = min(exponent, y.exponent)
    let a = significand << (exponent - unit)
    let b = y.significand << (y.exponent - unit)
    let parts = a.quotientAndRemainder(by: b)
    let doubled = parts.remainder << 1
    let goesUp = doubled > b || (doubled == b && parts.quotient.bit(0))
    return goesUp
      ? BigDyadic(!isNegative, b - parts.remainder, unit)
      : BigDyadic(isNegative, parts.remainder, unit)
  }
}
