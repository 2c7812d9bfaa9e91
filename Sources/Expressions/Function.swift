// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle

/// What a name before a parenthesis means.
package enum Function: Equatable {
  case operation(ArithmeticOperation)
  /// A function that MPFR evaluates.
  case real(RealFunction)
  /// A sum, mean or dot product of lists.
  case reduction(Reduction.Kind)
  case scale
  case convert
  case bits
  case within(ValueFormat)

  /// The names of an expression's operations, each one's usual name first.
  private static let operations: [(names: [String], operation: ArithmeticOperation)] = [
    (["fma"], .fma), (["sqrt"], .sqrt), (["remainder", "rem"], .remainder),
    (["rint", "roundToIntegral", "round"], .roundToIntegral),
    (["min", "minimum"], .minimum), (["max", "maximum"], .maximum),
    (["min_num", "minimumNumber", "fmin"], .minimumNumber),
    (["max_num", "maximumNumber", "fmax"], .maximumNumber),
    (["next_up", "nextUp"], .nextUp), (["next_down", "nextDown"], .nextDown),
    (["add"], .add), (["sub"], .sub), (["mul"], .mul), (["div"], .div),
  ]

  /// Other names of functions of real numbers.
  private static let aliases: [String: RealFunction] = [
    "ln": .log, "lg": .log10, "power": .pow, "logistic": .sigmoid, "swish": .silu,
    "phi": .normal, "ndtr": .normal, "normcdf": .normal, "arcsin": .asin, "arccos": .acos,
    "arctan": .atan, "arctan2": .atan2, "arcsinh": .asinh, "arccosh": .acosh, "arctanh": .atanh,
    "tgamma": .gamma, "loggamma": .lgamma, "rcp": .reciprocal, "sqr": .square,
    "softplusgradient": .sigmoid, "logisticgradient": .sigmoidGradient,
    "swishgradient": .siluGradient,
  ]

  /// The names to suggest.
  package static let names =
    operations.map { $0.names[0] } + RealFunction.allCases.map(\.rawValue)
    + Reduction.Kind.allCases.map(\.rawValue) + ["scaleb", "convert", "bits"]

  /// The function of a name, letter case and underscores ignored.
  init?(name: String) {
    let plain = Function.plain(name)
    let known = Function.operations.first { $0.names.map(Function.plain).contains(plain) }
    let real = RealFunction.allCases.first { Function.plain($0.rawValue) == plain }
    switch plain {
    case "scaleb", "ldexp": self = .scale
    case "convert": self = .convert
    case "bits": self = .bits
    default:
      if let known {
        self = .operation(known.operation)
      } else if let real = real ?? Function.aliases[plain] {
        self = .real(real)
      } else if let kind = Reduction.Kind(rawValue: plain) {
        self = .reduction(kind)
      } else if let format = ValueFormat(id: name) {
        self = .within(format)
      } else {
        return nil
      }
    }
  }

  private static func plain(_ name: String) -> String {
    name.lowercased().filter { $0 != "_" }
  }

  /// The operation applied to operands as it is written: `#1 + #2`, `sqrt(#1)`.
  static func text(_ operation: ArithmeticOperation, _ operands: [String]) -> String {
    let signs: [ArithmeticOperation: String] = [.add: "+", .sub: "-", .mul: "*", .div: "/"]
    if let sign = signs[operation] { return operands.joined(separator: " \(sign) ") }
    let name = operations.first { $0.operation == operation }?.names[0] ?? operation.rawValue
    return "\(name)(\(operands.joined(separator: ", ")))"
  }
}
