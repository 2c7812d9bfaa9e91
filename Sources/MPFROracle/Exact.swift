// SPDX-License-Identifier: Apache-2.0
import CMPFR
import Formats

/// The outcomes of the operations that yield a number before rounding. Special cases are named
/// after IEEE 754-2019, clauses 6 and 7; everything else is one MPFR call toward zero.
enum Exact {
  /// The outcome of an operation on decoded operands, nil where the operation is not of the form
  /// "compute, then round once" (comparisons, neighbours, integers).
  static func outcome(_ op: ArithmeticOperation, _ x: Operand, _ y: Operand, _ z: Operand)
    -> Outcome?
  {
    if let special = special(op, x, y, z) { return special }
    switch op {
    case .add: return sum(x, y)
    case .sub: return sum(x, y.negated)
    case .mul:
      return arithmetic(x, y) { mpfr_mul($0.result, $0.x, $0.y, MPFR_RNDZ) }
    case .div:
      return arithmetic(x, y) { mpfr_div($0.result, $0.x, $0.y, MPFR_RNDZ) }
    case .remainder:
      return arithmetic(x, y) { mpfr_remainder($0.result, $0.x, $0.y, MPFR_RNDZ) }
    case .sqrt:
      return arithmetic(x, x) { mpfr_sqrt($0.result, $0.x, MPFR_RNDZ) }
    case .fma: return multiplyAdd(x, y, z)
    case .convert:
      if case .number(let value) = x { return .number(Unrounded(value)) }
      return nil
    default: return nil
    }
  }

  /// The outcome that NaNs, infinities and zeros fix without a computation; nil when there is one
  /// to do.
  static func special(_ op: ArithmeticOperation, _ x: Operand, _ y: Operand, _ z: Operand)
    -> Outcome?
  {
    let arity = op == .scaleB ? 1 : op.arity
    let first: Operand? =
      x.isNaN ? x : arity > 1 && y.isNaN ? y : arity > 2 && z.isNaN ? z : nil
    if let first {
      let signals =
        x.isSignalingNaN || (arity > 1 && y.isSignalingNaN) || (arity > 2 && z.isSignalingNaN)
      // Infinity times zero is invalid whatever the addend.
      return .nan(first: first, invalid: signals || (op == .fma && isZeroTimesInfinity(x, y)))
    }
    switch op {
    case .add: return infiniteSum(x, y)
    case .sub: return infiniteSum(x, y.negated)
    case .mul:
      return product(x, y)
    case .fma:
      switch product(x, y) {
      case .infinity(let negative, _)?: return infiniteSum(.infinity(negative: negative), z)
      case .nan(let first, let invalid)?: return .nan(first: first, invalid: invalid)
      default: return infiniteSum(.zero(negative: false), z)
      }
    case .div: return quotient(x, y)
    case .remainder: return remainder(x, y)
    case .sqrt: return squareRoot(x)
    case .convert, .roundToIntegral, .scaleB: return itself(x)
    default: return nil
    }
  }

  private static func isZeroTimesInfinity(_ x: Operand, _ y: Operand) -> Bool {
    switch (x, y) {
    case (.zero, .infinity), (.infinity, .zero): true
    default: false
    }
  }

  private static func infiniteSum(_ x: Operand, _ y: Operand) -> Outcome? {
    switch (x, y) {
    case (.infinity(let a), .infinity(let b)):
      a == b ? .infinity(negative: a, dividesByZero: false) : .invalid
    case (.infinity(let a), _), (_, .infinity(let a)):
      .infinity(negative: a, dividesByZero: false)
    default: nil
    }
  }

  private static func product(_ x: Operand, _ y: Operand) -> Outcome? {
    let negative = x.isNegative != y.isNegative
    switch (x, y) {
    case (.zero, .infinity), (.infinity, .zero): return .invalid
    case (.infinity, _), (_, .infinity): return .infinity(negative: negative, dividesByZero: false)
    case (.zero, _), (_, .zero): return .zero(negative: negative)
    default: return nil
    }
  }

  private static func quotient(_ x: Operand, _ y: Operand) -> Outcome? {
    let negative = x.isNegative != y.isNegative
    switch (x, y) {
    case (.zero, .zero), (.infinity, .infinity): return .invalid
    case (.infinity, _): return .infinity(negative: negative, dividesByZero: false)
    case (.zero, _), (_, .infinity): return .zero(negative: negative)
    case (_, .zero): return .infinity(negative: negative, dividesByZero: true)
    default: return nil
    }
  }

  private static func remainder(_ x: Operand, _ y: Operand) -> Outcome? {
    switch (x, y) {
    case (.infinity, _), (_, .zero): return .invalid
    case (_, .infinity), (.zero, _): return itself(x) ?? number(x)
    default: return nil
    }
  }

  private static func squareRoot(_ x: Operand) -> Outcome? {
    switch x {
    case .zero(let negative): .zero(negative: negative)
    case .number(let value) where value.negative: .invalid
    case .infinity(let negative):
      negative ? .invalid : .infinity(negative: false, dividesByZero: false)
    default: nil
    }
  }

  private static func itself(_ x: Operand) -> Outcome? {
    switch x {
    case .infinity(let negative): .infinity(negative: negative, dividesByZero: false)
    case .zero(let negative): .zero(negative: negative)
    default: nil
    }
  }

  private static func number(_ x: Operand) -> Outcome? {
    if case .number(let value) = x { .number(Unrounded(value)) } else { nil }
  }
}

extension Exact {
  /// One MPFR call on two operands; a zero result takes the sign that MPFR gives it, that of x for
  /// a remainder.
  private static func arithmetic(
    _ x: Operand, _ y: Operand, _ compute: (Scratch) -> Int32
  ) -> Outcome {
    Scratch.with { scratch in
      set(scratch.x, to: x)
      set(scratch.y, to: y)
      let ternary = compute(scratch)
      guard let result = scratch.unrounded(ternary: ternary) else {
        return .zero(negative: mpfr_signbit(scratch.result) != 0)
      }
      return .number(result)
    }
  }

  private static func sum(_ x: Operand, _ y: Operand) -> Outcome {
    if case (.zero(let a), .zero(let b)) = (x, y) {
      return a == b ? .zero(negative: a) : .cancellation
    }
    let sum = arithmetic(x, y) { mpfr_add($0.result, $0.x, $0.y, MPFR_RNDZ) }
    if case .zero = sum { return .cancellation }
    return sum
  }

  private static func multiplyAdd(_ x: Operand, _ y: Operand, _ z: Operand) -> Outcome {
    if case .zero(let negative)? = product(x, y) { return sum(.zero(negative: negative), z) }
    return Scratch.with { scratch in
      set(scratch.x, to: x)
      set(scratch.y, to: y)
      set(scratch.z, to: z)
      let ternary = mpfr_fma(scratch.result, scratch.x, scratch.y, scratch.z, MPFR_RNDZ)
      return scratch.unrounded(ternary: ternary).map(Outcome.number) ?? .cancellation
    }
  }
}
