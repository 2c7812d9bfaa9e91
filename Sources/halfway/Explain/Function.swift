// SPDX-License-Identifier: Apache-2.0
import Formats

/// What a name before a parenthesis means.
enum Function: Equatable {
  case operation(Operation)
  case scale
  case convert
  case bits
  case within(Format)

  /// The names of an expression's functions, each operation's usual one first.
  private static let operations: [(names: [String], operation: Operation)] = [
    (["fma"], .fma), (["sqrt"], .sqrt), (["remainder", "rem"], .remainder),
    (["rint", "roundToIntegral", "round"], .roundToIntegral),
    (["min", "minimum"], .minimum), (["max", "maximum"], .maximum),
    (["min_num", "minimumNumber", "fmin"], .minimumNumber),
    (["max_num", "maximumNumber", "fmax"], .maximumNumber),
    (["next_up", "nextUp"], .nextUp), (["next_down", "nextDown"], .nextDown),
    (["add"], .add), (["sub"], .sub), (["mul"], .mul), (["div"], .div),
  ]

  /// The names to suggest.
  static let names = operations.map { $0.names[0] } + ["scaleb", "convert", "bits"]

  /// The function of a name, letter case and underscores ignored.
  init?(name: String) {
    let plain = Function.plain(name)
    let known = Function.operations.first { $0.names.map(Function.plain).contains(plain) }
    switch plain {
    case "scaleb", "ldexp": self = .scale
    case "convert": self = .convert
    case "bits": self = .bits
    default:
      if let known {
        self = .operation(known.operation)
      } else if let format = Format(id: name) {
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
  static func text(_ operation: Operation, _ operands: [String]) -> String {
    let signs: [Operation: String] = [.add: "+", .sub: "-", .mul: "*", .div: "/"]
    if let sign = signs[operation] { return operands.joined(separator: " \(sign) ") }
    let name = operations.first { $0.operation == operation }?.names[0] ?? operation.rawValue
    return "\(name)(\(operands.joined(separator: ", ")))"
  }
}
