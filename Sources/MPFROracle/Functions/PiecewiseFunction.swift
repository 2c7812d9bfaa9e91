// SPDX-License-Identifier: Apache-2.0
import CMPFR

/// Functions whose pieces are zeros, numbers as they come, quotients of numbers, and exponentials.
/// Where a quotient has no more bits than are kept, its terms have only a few more: the bracket is
/// exact.
enum PiecewiseFunction {
  /// selu's constants.
  private static let scale = "1.0507009873554804934193349852946"
  private static let alpha = "1.6732632423543772848170429916717"

  /// The value at a number, or at an infinity where `RealFunction.limit` has none.
  static func estimate(_ function: RealFunction, _ x: Double, _ p: Int) -> Estimate {
    switch function {
    case .relu: return x < 0 ? .zero() : .exactly(x)
    case .relu6: return x < 0 ? .zero() : .exactly(min(x, 6))
    case .hardsigmoid, .hardswish, .hardswishGradient: return hard(function, x, p)
    case .elu: return x > 0 ? .exactly(x) : Estimate(powerLessOne(x, p))
    case .eluGradient: return x > 0 ? .exactly(1) : Estimate(Bracket(precision: p, power: x))
    case .selu, .seluGradient: return Estimate(scaled(function, x, p))
    default: preconditionFailure("\(function.rawValue) has no pieces")
    }
  }

  private static func hard(_ function: RealFunction, _ x: Double, _ p: Int) -> Estimate {
    if x <= -3 { return .zero(negative: function == .hardswish) }
    if x >= 3 { return .exactly(function == .hardswish ? x : 1) }
    let (number, three) = (Bracket(x, precision: p), Bracket(3, precision: p))
    let numerator =
      switch function {
      case .hardsigmoid: number + three
      case .hardswish: number * (number + three)
      default: number + number + three
      }
    return Estimate(numerator / Bracket(6, precision: p))
  }

  private static func scaled(_ function: RealFunction, _ x: Double, _ p: Int) -> Bracket {
    let scale = Bracket(decimal: scale, precision: p)
    guard x <= 0 else {
      return function == .selu ? scale * Bracket(x, precision: p) : scale
    }
    let rest = function == .selu ? powerLessOne(x, p) : Bracket(precision: p, power: x)
    return scale * Bracket(decimal: alpha, precision: p) * rest
  }

  private static func powerLessOne(_ x: Double, _ p: Int) -> Bracket {
    Bracket(x, precision: p).increasing { mpfr_expm1($0, $1, $2) }
  }
}
