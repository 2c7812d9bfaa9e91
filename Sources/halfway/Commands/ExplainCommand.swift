// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Expressions
import Formats
import Words

/// `halfway explain`: shows every rounding of an expression.
struct ExplainCommand: ExemplifiedCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Shows how an expression is rounded, bit by bit.",
    discussion: """
      Numbers: 0.1, 1e-5, 0x1.8p-3, inf, nan; 0x3c00 without p is an encoding. Operations: \
      + - * / and \(Function.names.joined(separator: ", ")). A format's name, fp64 included, \
      evaluates its argument in that format and converts the value: fp16(0.1 + 0.2). convert(x, fp16) \
      rounds a value on its way. Where a rounding precedes another, the whole rounded once stands \
      beside it. A minus right before a number belongs to it. sum, mean and dot take numbers, \
      repeat(x, n) and files of numbers: sum(@losses.txt), dot([1, 2], [3, 4]). A number may have \
      \(ExpressionParser.longestNumber) characters, all of which count. After -- comes the expression.
      """)

  static let examples = [
    Example("halfway explain '0.1 + 0.2' --format fp16", "three roundings"),
    Example(
      "halfway explain 'fma(0.1, 3, -0.3)' --format bf16 --rounding all",
      "a fused multiply-add, its last step in six roundings"),
    Example("halfway explain 'fp16(fp32(1.00048828126))'", "a double rounding"),
    Example("halfway explain '0.1 * 3 - 0.3' --format fp16", "a product rounded, fma beside it"),
    Example("halfway explain '0x0001 / 2' --format e4m3", "underflow, from an encoding"),
    Example("halfway explain 'exp(0.1)' --format fp32", "MPFR's value, Halfway's own beside it"),
    Example(
      "halfway explain 'sum(repeat(1, 4096))' --format fp16", "where a sum gets stuck"),
    Example(
      "halfway explain 'mean(@losses.txt)' --format bf16 --accumulator fp32 --order pairwise:8",
      "numbers of a file, in an order and an accumulator"),
    Example("halfway explain '1 + 0x1p-9' --format bf16 --rounding stochastic:8:1", "a coin toss"),
    Example(
      "halfway explain 0.1 --format e4m3 --rounding stochastic:8 --random-word 0x80000000",
      "a coin toss with a chosen coin"),
  ]

  // Expressions may start with a minus, which would else be read as an option.
  @Argument(parsing: .allUnrecognized, help: "The expression; quote it for the shell.")
  var expression: [String]

  @Option(
    name: .long,
    help: "The format: fp16, bf16, fp64, e4m3, ...; fp16, or that of an outermost fp32(...).",
    completion: Completions.valueFormats)
  var format: String?

  @Option(
    name: .long,
    help: "Roundings: nearest-even, rz, ieee, all, stochastic:8:1. The first shows the steps.",
    completion: Completions.roundings)
  var rounding: [String] = ["nearest-even"]

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The 32-bit word of every stochastic rounding, 0x80000000; its first bits are the number.",
      valueName: "word"))
  var randomWord: String?

  @OptionGroup var reductions: ReductionOptions

  @OptionGroup var attributes: SemanticsOptions

  @OptionGroup var output: OutputOptions

  func run() throws {
    let roundings = try Options.roundings(rounding)
    let given = try format.map { word throws(CommandExit) in
      try ReductionOptions.format(word, option: "--format")
    }
    let semantics = try attributes.semantics()
    let settings = try reductions.settings()
    let word = try chosenWord(roundings)
    let text = try expressionText()
    let parsed = try parse(text, in: given ?? .narrow(.fp16))
    try reductions.refuseUnused(in: parsed)
    try output.checkFiles(beside: OwnFiles(read: parsed.files))
    var format = ValueFormat.narrow(.fp16)
    if case .within(let outermost, _) = parsed { format = outermost }
    let target = given ?? format
    let isWide =
      [target, settings.accumulator, settings.sums].contains(.fp64) || parsed.uses(.fp64)
    if isWide, roundings.contains(where: { $0.stochasticBits > ExplainCommand.wideBits }) {
      throw CommandExit.usage(
        "with fp64 a stochastic rounding has at most \(ExplainCommand.wideBits) bits, such as "
          + "stochastic:\(ExplainCommand.wideBits):1")
    }
    let loaded: Expression
    do throws(NumberFileProblem) {
      loaded = try parsed.loadingFiles(in: target)
    } catch {
      throw CommandExit(error.isOfFile ? .badInput : .usage, error.reason)
    }
    let explanation = Explanation(
      loaded, text: text, format: target, roundings: roundings,
      semantics: semantics, reductions: settings, randomWord: word)
    try output.write(explanation)
    if !explanation.isUndisputed { throw CommandExit(.findings) }
  }

  /// Of 64 bits of an exact value FP64 keeps 53.
  private static let wideBits = 11

  /// The chosen random word; one without a stochastic rounding is refused.
  private func chosenWord(_ roundings: [Rounding]) throws(CommandExit) -> UInt32? {
    guard let randomWord else { return nil }
    let isHexadecimal = randomWord.lowercased().hasPrefix("0x")
    guard
      let word = isHexadecimal
        ? UInt32(randomWord.dropFirst(2), radix: 16) : UInt32(randomWord), !randomWord.contains("+")
    else {
      throw .usage(
        "--random-word '\(Echo.word(randomWord))' is no whole number below 2^32, such as 0x80000000"
      )
    }
    guard roundings.contains(where: { $0.stochasticBits > 0 }) else {
      throw .usage("--random-word is for a stochastic rounding, such as --rounding stochastic:8")
    }
    return word
  }

  /// The words of the expression. The first `--` ends the options and is no part of it; an option
  /// before it is unknown, one after it is misplaced.
  private func expressionText() throws(CommandExit) -> String {
    let end = expression.firstIndex(of: "--") ?? expression.endIndex
    if let option = expression[..<end].first(where: { $0.hasPrefix("--") }) {
      throw .usage("Unknown option '\(Echo.word(option))'")
    }
    let rest = expression[end...].dropFirst()
    if let option = rest.first(where: {
      $0.hasPrefix("--") && $0.dropFirst(2).first?.isLetter == true
    }) {
      throw .usage("'\(Echo.word(option))' after '--' is no option: put options before '--'")
    }
    return (expression[..<end] + rest).joined(separator: " ")
  }

  private func parse(_ text: String, in format: ValueFormat) throws(CommandExit) -> Expression {
    do {
      return try ExpressionParser.parse(text, in: format)
    } catch {
      let (message, details) = error.complaint(about: text)
      throw CommandExit(.usage, message, details: details)
    }
  }
}

extension Rounding {
  /// The random bits that the rounding uses.
  fileprivate var stochasticBits: Int {
    if case .stochastic(let bits, _) = self { bits } else { 0 }
  }
}
