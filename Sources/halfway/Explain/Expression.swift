// SPDX-License-Identifier: Apache-2.0
import Formats

/// An expression as written. Every node is one rounding at most, in the format that surrounds it.
indirect enum Expression: Equatable {
  /// A number, with the text that denotes it.
  case literal(NumberText, text: String)
  /// An operation of the arithmetic on operands of the surrounding format.
  case operation(Operation, [Expression])
  /// x 2^n.
  case scale(Expression, by: Int32)
  /// The operand with its sign bit flipped.
  case negation(Expression)
  /// An expression evaluated in a format of its own, its value then converted: `fp16(0.1 + x)`.
  case within(Format, Expression)
  /// An expression's value rounded to another format and converted back: `convert(x, fp16)`.
  case through(Format, Expression)
}

/// Why an expression is malformed, and where.
struct MalformedExpression: Error, Equatable {
  /// The reason, without the place.
  var reason: String
  /// The number of characters before the place.
  var offset: Int

  /// The line for standard error, the expression and a caret under the place.
  func complaint(about expression: String) -> String {
    let plain = expression.map { $0.isNewline || $0 == "\t" ? " " : $0 }
    return "character \(offset + 1): \(reason)\n  \(String(plain))\n  "
      + String(repeating: " ", count: offset) + "^"
  }
}
