// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Formats

/// `halfway explain`: shows every rounding of an expression.
struct ExplainCommand: ExemplifiedCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Shows how an expression is rounded, bit by bit.",
    discussion: """
      Numbers: 0.1, 1e-5, 0x1.8p-3, inf, nan; 0x3c00 without p is an encoding. Operations: \
      + - * / and \(Function.names.joined(separator: ", ")). A format's name evaluates its \
      argument in that format and converts the value: fp16(0.1 + 0.2). convert(x, fp16) rounds a \
      value on its way. A minus right before a number belongs to it. A number may have \
      \(ExpressionParser.longestNumber) characters, all of which count.
      """)

  static let examples = [
    Example("halfway explain '0.1 + 0.2' --format fp16", "three roundings"),
    Example(
      "halfway explain 'fma(0.1, 3, -0.3)' --format bf16 --rounding all",
      "a fused multiply-add, its last step in six roundings"),
    Example("halfway explain 'fp16(fp32(1.00048828126))'", "a double rounding"),
    Example("halfway explain '0x0001 / 2' --format e4m3", "underflow, from an encoding"),
    Example("halfway explain '1 + 0x1p-9' --format bf16 --rounding stochastic:8:1", "a coin toss"),
  ]

  // Expressions may start with a minus, which would else be read as an option.
  @Argument(parsing: .allUnrecognized, help: "The expression; quote it for the shell.")
  var expression: [String]

  @Option(
    name: .long,
    help: "The format: fp16, bf16, e4m3, e5m7, ...; fp16, or that of an outermost fp32(...).")
  var format: String?

  @Option(
    name: .long,
    help: "Roundings: nearest-even, rz, ieee, all, stochastic:8:1. The first shows the steps.")
  var rounding: [String] = ["nearest-even"]

  @OptionGroup var attributes: SemanticsOptions

  @OptionGroup var output: OutputOptions

  func run() throws {
    let roundings = try Options.roundings(rounding)
    let given = try format.map { word throws(CommandExit) in try Options.format(word) }
    let semantics = try attributes.semantics()
    if let option = expression.first(where: { $0.hasPrefix("--") && $0.count > 2 }) {
      throw CommandExit.usage("Unknown option '\(Echo.word(option))'")
    }
    let text = expression.joined(separator: " ")
    let parsed = try parse(text, in: given ?? .fp16)
    try output.checkFiles()
    var format = Format.fp16
    if case .within(let outermost, _) = parsed { format = outermost }
    let explanation = Explanation(
      parsed, text: text, format: given ?? format, roundings: roundings,
      semantics: semantics)
    try output.write(explanation)
    if !explanation.isUndisputed { throw CommandExit(.findings) }
  }

  private func parse(_ text: String, in format: Format) throws(CommandExit) -> Expression {
    do {
      return try ExpressionParser.parse(text, in: format)
    } catch {
      let (message, details) = error.complaint(about: text)
      throw CommandExit(.usage, message, details: details)
    }
  }
}
