// SPDX-License-Identifier: Apache-2.0
import Expressions
import Formats
import Randomness
import Words

/// Everything that `halfway explain` tells about an expression.
struct Explanation: Presentable {
  /// The expression as written.
  var expression: String
  /// The format of its value.
  var format: ValueFormat
  /// The roundings asked for; the steps are made in the first.
  var roundings: [Rounding]
  /// The attributes besides the rounding.
  var semantics: Semantics
  /// The steps in the order of evaluation.
  var steps: [Step]
  /// The last step, its operands as they are, in every rounding.
  var variants: [Step]

  /// The word that every stochastic rounding takes, where one is chosen.
  var randomWord: UInt32?

  /// The explanation of an expression, its files loaded.
  init(
    _ expression: Expression, text: String, format: ValueFormat, roundings: [Rounding],
    semantics: Semantics, reductions: Reduction.Settings = Reduction.Settings(),
    randomWord: UInt32? = nil
  ) {
    self.randomWord = randomWord
    func index(_ rounding: Rounding) -> UInt64? {
      guard case .stochastic(_, let seed) = rounding, let randomWord else { return nil }
      return UInt64(RandomWords(seed: seed).index(ofWord: randomWord))
    }
    self.expression = text
    self.format = format
    self.roundings = roundings
    self.semantics = semantics
    var first = semantics
    first.rounding = roundings[0]
    var evaluator = Evaluator(
      semantics: first, reductions: reductions, fixedIndex: index(roundings[0]))
    _ = evaluator.evaluate(expression, in: format)
    steps = evaluator.steps
    let last = steps[steps.count - 1]
    variants = roundings.map { rounding in
      var attributes = semantics
      attributes.rounding = rounding
      if case .reduction = last.action {
        // All of its operations take the other rounding; its elements are those of the first.
        var again = Evaluator(
          semantics: attributes, reductions: reductions, fixedIndex: index(rounding))
        _ = again.evaluate(expression, in: format)
        return again.steps[again.steps.count - 1]
      }
      return Evaluator.step(
        number: last.number, last.action, last.operands, to: last.format, semantics: attributes,
        index: index(rounding) ?? 0)
    }
  }

  /// Whether arithmetic, oracle and exact value agree everywhere.
  var isUndisputed: Bool { !(steps + variants).contains(where: \.isDisputed) }

  // MARK: Text

  func text(for terminal: Terminal) -> String {
    let attributes = "\(format), \(roundings[0])" + otherAttributes
    let header = StepText.wrapped(
      "\(StepText.short(expression))  in \(attributes)", to: terminal.width, margin: 4)
    var blocks = [header.map { terminal.styled($0, .bold) }]
    blocks += steps.map { StepText(step: $0, terminal: terminal).lines }
    if variants.count > 1 { blocks.append(variantLines(terminal)) }
    blocks.append([doubleRounding(terminal), verdict(terminal)].compactMap(\.self))
    return blocks.map { $0.joined(separator: "\n") + "\n" }.joined(separator: "\n")
  }

  private var otherAttributes: String {
    let plain = Semantics()
    let parts = [
      semantics.tininess == plain.tininess ? nil : "tininess \(semantics.tininess.rawValue)",
      semantics.subnormals == plain.subnormals ? nil : semantics.subnormals.rawValue,
      semantics.nan == plain.nan ? nil : "NaN \(semantics.nan.rawValue)",
      semantics.overflow == plain.overflow ? nil : "overflow \(semantics.overflow.rawValue)",
    ]
    return parts.compactMap(\.self).map { ", " + $0 }.joined()
  }

  private func variantLines(_ terminal: Terminal) -> [String] {
    let last = steps[steps.count - 1]
    let isLiteral = last.isConversion && last.operands.isEmpty
    let name = isLiteral ? StepText.short(last.title) : "#\(last.number)"
    let unit = last.isBeyondRange ? "ulp of 2^\(last.ulpExponent)" : "ulp"
    let header = ["rounding", "result", "", "error [\(unit)]", "flags"]
    let rows = variants.map { step in
      let datum = Datum(step.result, step.format)
      let row = [step.semantics.rounding.description, datum.encoding, datum.hex]
      return row + [step.signedError, step.flags.words]
    }
    let widths = header.indices.map { column in
      ([header] + rows).map { $0[column].count }.max() ?? 0
    }
    let lines = ([header] + rows).map { row in
      let cells = zip(row, widths).map { $0.padding(to: $1) }
      return "    " + cells.joined(separator: "  ").trimmingTrailingSpaces
    }
    let title = "\(name) in every rounding asked for, operands as above"
    return StepText.wrapped(title, to: terminal.width, margin: 0).map { terminal.styled($0, .bold) }
      + [terminal.styled(lines[0], .faint)] + lines.dropFirst()
  }

  /// The steps that the roundings before them changed, nil without any.
  private func doubleRounding(_ terminal: Terminal) -> String? {
    guard let names = names(where: { step in step.once.map { $0.result != step.result } ?? false })
    else { return nil }
    let sentence = "Double rounding: rounded once, \(names) would be another number."
    return StepText.wrapped(sentence, to: terminal.width, margin: 0)
      .map { terminal.styled($0, .bold) }.joined(separator: "\n")
  }

  private func verdict(_ terminal: Terminal) -> String {
    guard isUndisputed else {
      return terminal.styled("DISPUTED: see the steps above; the arithmetic has a defect.", .red)
    }
    let oracle = names { $0.reference != nil }
    let exact = names { $0.predicted != nil }
    let sentence =
      switch (oracle, exact) {
      case (nil, nil): "No step has a second witness."
      case (let oracle?, nil): "MPFR agrees with \(oracle)."
      case (nil, let exact?): "The exact value agrees with \(exact)."
      case (let oracle?, let exact?) where oracle == exact:
        "MPFR and the exact value agree with \(oracle)."
      case (let oracle?, let exact?):
        "MPFR agrees with \(oracle), the exact value with \(exact)."
      }
    let lines = StepText.wrapped(sentence, to: terminal.width, margin: 0)
    return lines.map { terminal.styled($0, .green) }.joined(separator: "\n")
  }

  /// The steps that a witness was asked about, nil without any.
  private func names(where isWitnessed: (Step) -> Bool) -> String? {
    let witnessed = steps.filter(isWitnessed)
    if witnessed.isEmpty { return nil }
    if witnessed.count == steps.count { return "every step" }
    return witnessed.map { "#\($0.number)" }.joined(separator: ", ")
  }
}

extension Step {
  /// result - exact in ulp with its sign; `-` where there is no such number.
  var signedError: String {
    guard let error = error(of: result) else {
      return cut != nil && format.decode(result).isInfinite ? "infinite" : "-"
    }
    return Ulp.signedText(error)
  }
}
