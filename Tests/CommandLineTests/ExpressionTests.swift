// SPDX-License-Identifier: Apache-2.0
import Formats
import Testing

@testable import Expressions
@testable import halfway

@Suite("Expressions")
struct ExpressionTests {
  private func number(_ text: String) throws -> Expressions.Expression {
    .literal(try NumberText(text), text: text)
  }

  @Test("Products bind closer than sums, and both to the left")
  func precedence() throws {
    let (a, b, c) = (try number("1"), try number("2"), try number("3"))
    #expect(
      try ExpressionParser.parse("1+2*3")
        == .operation(.add, [a, .operation(.mul, [b, c])]))
    #expect(
      try ExpressionParser.parse("1 - 2 - 3")
        == .operation(.sub, [.operation(.sub, [a, b]), c]))
    #expect(
      try ExpressionParser.parse("1/(2*3)")
        == .operation(.div, [a, .operation(.mul, [b, c])]))
  }

  @Test("A minus belongs to a number right behind it, and flips the sign of anything else")
  func minus() throws {
    #expect(try ExpressionParser.parse("-0.3") == number("-0.3"))
    #expect(try ExpressionParser.parse("-(0.3)") == .negation(number("0.3")))
    #expect(try ExpressionParser.parse("-0x3c00") == .negation(number("0x3c00")))
    #expect(try ExpressionParser.parse("-0x1p3") == number("-0x1p3"))
    #expect(try ExpressionParser.parse("-inf") == number("-inf"))
    #expect(try ExpressionParser.parse("1-2") == .operation(.sub, [number("1"), number("2")]))
    #expect(try ExpressionParser.parse("1e-2") == number("1e-2"))
    #expect(
      try ExpressionParser.parse("0xe-2") == .operation(.sub, [number("0xe"), number("2")]))
  }

  @Test("Functions, casts and specials")
  func functions() throws {
    let one = try number("1")
    #expect(try ExpressionParser.parse("scaleB(1, -3)") == .scale(one, by: -3))
    #expect(try ExpressionParser.parse("bf16(1)") == .within(.narrow(.bf16), one))
    #expect(try ExpressionParser.parse("convert(1, e4m3)") == .through(.narrow(.e4m3), one))
    #expect(try ExpressionParser.parse("bits(0x3c00)") == number("0x3c00"))
    #expect(try ExpressionParser.parse("nextUp(1)") == .operation(.nextUp, [one]))
    #expect(try ExpressionParser.parse("snan(0x5)") == number("snan(0x5)"))
    #expect(
      try ExpressionParser.parse("fma(1,1,1)") == .operation(.fma, [one, one, one]))
  }

  @Test("A cast evaluates inside, then converts; convert rounds on the way")
  func formats() throws {
    func steps(_ text: String, _ format: Format) throws -> [String] {
      var evaluator = Evaluator(semantics: Semantics())
      _ = evaluator.evaluate(try ExpressionParser.parse(text), in: .narrow(format))
      return evaluator.steps.map { "\($0.title):\($0.format)" }
    }
    #expect(try steps("fp32(1 + 2)", .bf16) == ["1:fp32", "2:fp32", "#1 + #2:fp32", "#3:bf16"])
    #expect(try steps("convert(1, e4m3)", .fp16) == ["1:fp16", "#1:e4m3", "#2:fp16"])
    #expect(try steps("fp16(1)", .fp16) == ["1:fp16"])
  }
}
