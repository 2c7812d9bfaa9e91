// SPDX-License-Identifier: Apache-2.0
import Formats
import Words

/// Reads an expression by recursive descent:
///
///     sum     = product { ("+" | "-") product }
///     product = unary { ("*" | "/") unary }
///     unary   = "-" unary | "+" unary | primary
///     primary = number | "(" sum ")" | name "(" sum { "," sum } ")" | "inf" | "nan" | "snan"
///             | ("sum" | "mean") "(" list ")" | "dot" "(" list "," list ")"
///
/// `ExpressionParser+Lists` has the lists.
///
/// A minus right before a number belongs to the number: -0.1 rounded up is not -(0.1 rounded up).
package struct ExpressionParser {
  private var tokens: [Token]
  var position = 0
  private var depth = 0
  private var operations = 0
  /// The format around the current word: an encoding is one of its own.
  private(set) var format: ValueFormat

  /// Deeper nesting is refused before the stack ends.
  private static let depthLimit = 200
  private static let operationLimit = 1000
  /// The longest expression in bytes.
  static let longestExpression = 100_000
  /// The longest number in characters.
  package static let longestNumber = 20_000

  /// The expression that the whole of `text` denotes, its encodings no wider than those of the
  /// format around them; `format` is the outermost.
  package static func parse(
    _ text: String, in format: ValueFormat = .narrow(.fp32)
  ) throws(MalformedExpression) -> Expression {
    guard text.utf8.count <= longestExpression else {
      throw MalformedExpression(
        reason:
          "the expression has \(text.utf8.count) bytes; at most \(longestExpression) are read",
        offset: 0)
    }
    var lexer = ExpressionLexer(text)
    var parser = ExpressionParser(tokens: try lexer.tokens(), format: format)
    let expression = try parser.sum()
    guard parser.current.kind == .end else {
      throw parser.malformed("unexpected '\(Echo.word(parser.current.text))'")
    }
    return expression
  }

  private init(tokens: [Token], format: ValueFormat) {
    self.tokens = tokens
    self.format = format
  }

  var current: Token { tokens[position] }

  func malformed(_ reason: String, at token: Token? = nil) -> MalformedExpression {
    MalformedExpression(reason: reason, offset: (token ?? current).offset)
  }

  mutating func take(_ symbol: String) -> Bool {
    guard current.kind == .symbol, current.text == symbol else { return false }
    position += 1
    return true
  }

  mutating func expect(_ symbol: String) throws(MalformedExpression) {
    guard take(symbol) else {
      let found = current.kind == .end ? "the end" : "'\(Echo.word(current.text))'"
      throw malformed("expected '\(symbol)', found \(found)")
    }
  }

  private mutating func sum() throws(MalformedExpression) -> Expression {
    var left = try product()
    while current.kind == .symbol, current.text == "+" || current.text == "-" {
      let operation: ArithmeticOperation = current.text == "+" ? .add : .sub
      position += 1
      try countOperation()
      left = .operation(operation, [left, try product()])
    }
    return left
  }

  /// A chain of operations nests to the left, one level each.
  private mutating func countOperation() throws(MalformedExpression) {
    operations += 1
    guard operations <= ExpressionParser.operationLimit else {
      throw malformed("more than \(ExpressionParser.operationLimit) operations")
    }
  }

  private mutating func product() throws(MalformedExpression) -> Expression {
    var left = try unary()
    while current.kind == .symbol, current.text == "*" || current.text == "/" {
      let operation: ArithmeticOperation = current.text == "*" ? .mul : .div
      position += 1
      try countOperation()
      left = .operation(operation, [left, try unary()])
    }
    return left
  }

  private mutating func unary() throws(MalformedExpression) -> Expression {
    depth += 1
    defer { depth -= 1 }
    guard depth <= ExpressionParser.depthLimit else { throw malformed("nested too deeply") }
    if take("+") { return try unary() }
    guard take("-") else { return try primary() }
    let isNumber =
      current.kind == .number || (current.kind == .name && isSpecial(current.text))
    let isEncoding = isNumber && !isSpecial(current.text) && isEncodingText(current.text)
    return isNumber && !isEncoding ? try number(sign: "-") : .negation(try unary())
  }

  private mutating func primary() throws(MalformedExpression) -> Expression {
    switch current.kind {
    case .number: return try number(sign: "")
    case .name: return isSpecial(current.text) ? try number(sign: "") : try call()
    case .symbol where current.text == "(":
      position += 1
      let inner = try sum()
      try expect(")")
      return inner
    case .file: throw malformed("a file is for sum, mean and dot")
    case .symbol: throw malformed("expected an operand, found '\(Echo.word(current.text))'")
    case .end: throw malformed("expected an operand, found the end")
    }
  }

  func isSpecial(_ name: String) -> Bool {
    ["inf", "infinity", "nan", "snan"].contains(name.lowercased())
  }

  private func isEncodingText(_ text: String) -> Bool {
    text.lowercased().hasPrefix("0x") && !text.lowercased().contains("p")
  }

  /// A number, a NaN's payload in parentheses included.
  mutating func number(sign: String) throws(MalformedExpression) -> Expression {
    let token = current
    var text = token.text
    position += 1
    if text.lowercased().hasSuffix("nan"), take("(") {
      text += "(" + current.text + ")"
      position += current.kind == .end ? 0 : 1
      try expect(")")
    }
    guard text.utf8.count <= ExpressionParser.longestNumber else {
      throw malformed(
        "a number of \(text.utf8.count) characters; at most \(ExpressionParser.longestNumber) "
          + "are read", at: token)
    }
    if format == .fp64, isEncodingText(text) {
      guard sign.isEmpty, let bits = UInt64(text.dropFirst(2), radix: 16) else {
        throw malformed("an encoding has at most 64 bits of hexadecimal digits", at: token)
      }
      return .encoding(bits, text: text)
    }
    let number: NumberText
    do {
      number = try NumberText(sign + text)
    } catch {
      let offset = max(token.offset, token.offset + error.offset - sign.count)
      throw MalformedExpression(reason: "malformed number: \(error.reason)", offset: offset)
    }
    if case .narrow(let format) = format, let reason = number.misfit(in: format) {
      throw malformed(reason, at: token)
    }
    return .literal(number, text: sign + text)
  }

  // MARK: Functions

  private mutating func call() throws(MalformedExpression) -> Expression {
    let name = current
    position += 1
    guard let function = Function(name: name.text) else {
      throw malformed(
        NearestNames.complaint(
          kind: "function", name: name.text, known: Function.names,
          also: "; a format's name converts"), at: name)
    }
    try expect("(")
    switch function {
    case .bits:
      guard current.kind == .number, isEncodingText(current.text) else {
        throw malformed("bits takes an encoding such as 0x3c00")
      }
      let literal = try number(sign: "")
      try expect(")")
      return literal
    case .within(let format):
      let outer = self.format
      self.format = format
      let inner = try sum()
      self.format = outer
      try expect(")")
      return .within(format, inner)
    case .convert:
      let inner = try sum()
      try expect(",")
      let format = try formatName()
      try expect(")")
      return .through(format, inner)
    case .scale:
      let inner = try sum()
      try expect(",")
      let exponent = try integer()
      try expect(")")
      return .scale(inner, by: exponent)
    case .operation(let operation):
      return .operation(operation, try arguments(operation.arity))
    case .real(let function):
      return .function(function, try arguments(function.arity))
    case .reduction(let kind):
      let lists = try lists(of: kind)
      return .reduction(kind, lists, text: kind.text(lists))
    }
  }

  /// As many arguments as a function has, to the closing parenthesis.
  private mutating func arguments(_ count: Int) throws(MalformedExpression) -> [Expression] {
    try countOperation()
    var operands = [try sum()]
    while operands.count < count {
      try expect(",")
      operands.append(try sum())
    }
    try expect(")")
    return operands
  }

  private mutating func formatName() throws(MalformedExpression) -> ValueFormat {
    guard current.kind == .name, let format = ValueFormat(id: current.text) else {
      throw malformed(
        NearestNames.complaint(
          kind: "format", name: current.text, known: ValueFormat.ids,
          also: Format.customNames))
    }
    position += 1
    return format
  }

  mutating func integer() throws(MalformedExpression) -> Int32 {
    let token = current
    let sign = take("-") ? "-" : ""
    guard current.kind == .number, let value = Int32(sign + current.text) else {
      throw malformed("expected a 32-bit integer", at: token)
    }
    position += 1
    return value
  }
}
