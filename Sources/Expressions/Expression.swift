// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle
import Words

/// An expression as written. Every node is one rounding at most, in the format that surrounds it.
package indirect enum Expression: Equatable {
  /// A number, with the text that denotes it.
  case literal(NumberText, text: String)
  /// An encoding of FP64, wider than those that a `NumberText` holds.
  case encoding(UInt64, text: String)
  /// An operation of the arithmetic on operands of the surrounding format.
  case operation(ArithmeticOperation, [Expression])
  /// A function of real numbers on operands of the surrounding format.
  case function(RealFunction, [Expression])
  /// A sum, mean or dot product of lists of numbers of the surrounding format.
  case reduction(Reduction.Kind, [NumberList], text: String)
  /// x 2^n.
  case scale(Expression, by: Int32)
  /// The operand with its sign bit flipped.
  case negation(Expression)
  /// An expression evaluated in a format of its own, its value then converted: `fp16(0.1 + x)`.
  case within(ValueFormat, Expression)
  /// An expression's value rounded to another format and converted back: `convert(x, fp16)`.
  case through(ValueFormat, Expression)
}

extension Expression {
  /// Whether some value in it is of a format.
  package func uses(_ format: ValueFormat) -> Bool {
    switch self {
    case .literal, .encoding, .reduction: false
    case .operation(_, let arguments), .function(_, let arguments):
      arguments.contains { $0.uses(format) }
    case .scale(let argument, _), .negation(let argument): argument.uses(format)
    case .within(let inner, let argument), .through(let inner, let argument):
      inner == format || argument.uses(format)
    }
  }
}

extension Expression {
  /// The kinds of its sums, means and dot products.
  package var reductions: Set<Reduction.Kind> {
    switch self {
    case .literal, .encoding: []
    case .reduction(let kind, _, _): [kind]
    case .operation(_, let arguments), .function(_, let arguments):
      arguments.reduce(into: []) { $0.formUnion($1.reductions) }
    case .scale(let argument, _), .negation(let argument), .within(_, let argument),
      .through(_, let argument):
      argument.reductions
    }
  }
}

extension Expression {
  /// The paths of its files of numbers.
  package var files: [String] {
    switch self {
    case .literal, .encoding: []
    case .reduction(_, let lists, _):
      lists.flatMap(\.items).compactMap { item in
        switch item {
        case .file(let path), .loaded(let path, _): path
        case .number: nil
        }
      }
    case .operation(_, let arguments), .function(_, let arguments): arguments.flatMap(\.files)
    case .scale(let argument, _), .negation(let argument), .within(_, let argument),
      .through(_, let argument):
      argument.files
    }
  }
}

/// Why an expression is malformed, and where.
package struct MalformedExpression: Error, Equatable {
  /// The reason, without the place.
  var reason: String
  /// The number of characters before the place.
  var offset: Int

  /// The line for standard error; the expression around the place and a caret under it.
  package func complaint(about expression: String) -> (message: String, details: [String]) {
    Caret.complaint(reason, about: expression, at: offset)
  }
}
