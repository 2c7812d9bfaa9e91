// SPDX-License-Identifier: Apache-2.0
import Formats
import KernelChecks
import Reports
import Tables
import Words
import Work

/// The result of `check` of a kernel of arrays, in every output format.
struct ArrayCheckOutput: CheckResult {
  let work: ArrayCampaign
  let counts: [ArrayCount]
  let shard: Shard?
  let run: RunRecord?
  var comparison: BaselineComparison?
  var baseline: String?
  var isCriterionAsked = false
  var properties = PropertyReport()
  var powerless: CommandExit?
  /// What the kernel does inside its sums; nil where nobody asked.
  var identification: SumIdentification?
  /// The format that its sums are to be added up in.
  var accumulates: Format?

  init(work: ArrayCampaign, counts: [ArrayCount], shard: Shard?, run: RunRecord?) {
    self.work = work
    self.counts = counts
    self.shard = shard
    self.run = run
  }

  var count: ArrayCount { counts[0] }
  private var configuration: ArrayCampaign.Configuration { work.configuration }

  var isAccurate: Bool {
    count.count(.fails) == 0 && count.results > 0 && hasRightAccumulator
  }

  /// Whether sums are added up in the format that is asked for: for certain, otherwise not.
  private var hasRightAccumulator: Bool {
    accumulates == nil || identification?.accumulator == accumulates?.id
  }

  var hasMisdeeds: Bool { !count.findings.isEmpty || count.count(.uncomputed) > 0 }

  var figures: CheckFigures {
    CheckFigures(
      tested: UInt64(count.results), misrounded: UInt64(count.misrounded),
      largestScaledError: count.cases.map(\.scaledError).max() ?? 0)
  }

  /// The rows of the table that text shows.
  private static let mostShown = 12

  func text(for terminal: Terminal) -> String {
    var lines = terminal.wrapped(verdict)
    lines = lines.map { terminal.styled($0, hasFindings ? .red : .green) } + [""]
    lines += comparisonLines(terminal)
    for finding in count.findings.prefix(10) {
      lines += terminal.wrapped(
        "\(finding.kind.text) in \(finding.text): \(finding.detail)", label: "  ")
    }
    if count.findings.count > 10 { lines.append("  \(count.findings.count - 10) more not shown") }
    if !count.findings.isEmpty { lines.append("") }
    lines += table(of: shown, terminal)
    if count.cases.count > shown.count {
      lines.append(
        terminal.styled(
          "  and \(count.cases.count - shown.count) more cases, in every --export", .faint))
    }
    if let worst = count.worst, let place = worst.worst {
      let indices = place.place.map(String.init).joined(separator: ", ")
      let format = work.output
      lines += [""]
      lines += terminal.wrapped(
        "worst: result [\(indices)] of \(worst.text) is "
          + "\(CheckOutput.number(UInt64(place.result), format)), exact \(place.exact)",
        label: "  ")
    }
    if let identification {
      let terms = identification.terms
      lines += ["", terminal.styled("  inside sums of \(terms) terms", .faint)]
      lines += identification.text.flatMap { terminal.wrapped($0, label: "  ") }
      // A chain is told in words.
      if let tree = identification.tree, tree.depth < terms - 1 {
        lines += [""] + tree.drawing(lines: 16).split(separator: "\n").map { "  " + $0 }
      }
    }
    lines += referenceLines(terminal)
    lines += properties.lines(terminal)
    let reproduction = reproduction
    lines += ["", "  again: \(reproduction.line)"]
    if let worst = count.worst { lines.append("  worst: \(reproduction.line(of: worst.text))") }
    return lines.map(\.trimmingTrailingSpaces).joined(separator: "\n") + "\n"
  }

  /// How it is beside a reference.
  private func referenceLines(_ terminal: Terminal) -> [String] {
    referenceSentence.map { [""] + terminal.wrapped($0, label: "  ") } ?? []
  }

  var referenceSentence: String? {
    guard let kernel = configuration.reference else { return nil }
    let name = "\(Echo.path(kernel.subject.name)) in \(kernel.format)"
    let beside = count.cases.compactMap(\.reference)
    guard !beside.isEmpty else { return "Its reference \(name) gives no results." }
    func sum(_ part: (ArrayCaseResult.Reference) -> Int) -> String {
      UInt64(beside.reduce(0) { $0 + part($1) }).groupedDigits
    }
    let finite = beside.map(\.scaledError).filter(\.isFinite).max() ?? 0
    return "Its reference \(name), rounded to \(configuration.resultFormat): largest scaled error "
      + "\(Self.number(finite)), \(sum(\.misrounded)) results not the nearest number. The kernel is "
      + "nearer to the exact value in \(sum(\.nearer)) results, farther in \(sum(\.farther))."
      + (beside.count < count.cases.count
        ? " It has no results in \(count.cases.count - beside.count) cases." : "")
  }

  /// The cases that fail, and those nearest to their limits.
  private var shown: [ArrayCaseResult] {
    func rank(_ result: ArrayCaseResult) -> Double {
      switch result.verdict {
      case .uncomputed: return 4
      case .fails: return 3
      case .unjudged: return 2
      case .holds: return min(1, result.part)
      }
    }
    let chosen = count.cases.enumerated().sorted {
      let (a, b) = (rank($0.element), rank($1.element))
      // Of equal ones the largest shapes, which come last.
      return a > b || (a == b && (a >= 2 ? $0.offset < $1.offset : $0.offset > $1.offset))
    }.prefix(Self.mostShown)
    return chosen.sorted { $0.offset < $1.offset }.map(\.element)
  }

  private func table(of cases: [ArrayCaseResult], _ terminal: Terminal) -> [String] {
    let width = max(4, cases.map(\.text.count).max() ?? 4)
    let header =
      "  " + "case".padding(to: width) + "  " + "results".padding(to: 8, onTheLeftWith: " ")
      + "  " + "not nearest".padding(to: 11, onTheLeftWith: " ") + "  "
      + "scaled error".padding(to: 12, onTheLeftWith: " ") + "  at most"
    return [terminal.styled(header, .faint)]
      + cases.map { result in
        let row =
          "  " + result.text.padding(to: width) + "  "
          + "\(result.results)".padding(to: 8, onTheLeftWith: " ") + "  "
          + "\(result.misrounded)".padding(to: 11, onTheLeftWith: " ") + "  "
          + Self.number(result.scaledError).padding(to: 12, onTheLeftWith: " ") + "  "
          + limit(of: result) + "  " + result.verdict.mark
        return result.verdict == .holds ? row : terminal.styled(row, .red)
      }
  }

  private func limit(of result: ArrayCaseResult) -> String {
    if result.verdict == .uncomputed { return "" }
    if result.demandsNearest { return "none not nearest" }
    return result.limit.map(Self.number) ?? "bound void"
  }

  /// A number with three digits.
  static func number(_ x: Double) -> String {
    if x.isInfinite { return "infinite" }
    return x == 0 ? "0" : ReadableNumber.significant(x, digits: 3)
  }

  /// One sentence that says whether it holds, of what and how much.
  var verdict: String {
    let formats =
      configuration.format == configuration.resultFormat
      ? configuration.format : "\(configuration.format) to \(configuration.resultFormat)"
    let subject = "\(Echo.path(configuration.subject.name))\(shard.text)"
    let what = "\(configuration.operation.rawValue) in \(formats)"
    let criterion = configuration.criterion.text
    guard !count.cases.isEmpty else { return "\(subject): \(what): no case." }
    let void = count.count(.unjudged)
    let number = count.cases.count
    let total =
      "\(number) case\(number == 1 ? "" : "s") "
      + "(\(UInt64(count.results).groupedDigits) results, seed \(configuration.seed))"
    let cases = void > 0 ? "\(number - void) of \(total)" : total
    var clauses: [String] = []
    let kinds = KernelFinding.Kind.allCases.filter { kind in
      count.findings.contains { $0.kind == kind }
    }
    if !kinds.isEmpty { clauses.append(kinds.map(\.text).joined(separator: ", ")) }
    if count.count(.uncomputed) > 0 {
      clauses.append("no results of \(count.count(.uncomputed))")
    }
    if count.count(.fails) > 0 {
      clauses.append("\(criterion) does not hold in \(count.count(.fails)): \(accuracy)")
    }
    if let accumulates, !hasRightAccumulator {
      clauses.append(
        "its sums are not known to be added up in \(accumulates.id): "
          + (identification?.accumulatorText ?? "nothing is known of them"))
    }
    if let clause = properties.clause { clauses.append(clause) }
    let excused = count.cases.count(where: \.isExcused)
    let rest = void > 0 ? "; not judged in \(void), where the bound is void" : ""
    if clauses.isEmpty, void == number {
      return "\(subject): \(what) is not judged: the bound of \(criterion) is void in \(total)."
    }
    if clauses.isEmpty {
      return "\(subject): \(what) keeps to \(criterion)"
        + (excused > 0 ? ", or in \(excused) errs no more than its reference," : "")
        + " in \(cases): \(accuracy)\(rest)."
    }
    return "\(subject): \(what) in \(total): \(clauses.joined(separator: "; "))\(rest)."
  }

  /// The largest error beside its limit.
  private var accuracy: String {
    let misrounded = "\(UInt64(count.misrounded).groupedDigits) results not the nearest number"
    guard let worst = count.worst else {
      return count.misrounded == 0
        ? "every result is the exact value, rounded once" : "scaled error 0, \(misrounded)"
    }
    if configuration.criterion.demand == .correctlyRounded { return misrounded }
    var clauses: [String] = []
    if worst.scaledError.isFinite {
      if worst.verdict == .fails, worst.part <= 1 {
        clauses.append(
          "\(UInt64(worst.misrounded).groupedDigits) of \(UInt64(worst.results).groupedDigits) "
            + "results wrong in \(worst.text), where sums in any order are exact")
      } else {
        let limit = worst.limit.map { " of \(Self.number($0))" } ?? ""
        clauses.append("scaled error \(Self.number(worst.scaledError))\(limit) in \(worst.text)")
      }
    }
    if count.wrongSpecials > 0 {
      let first = count.cases.first { $0.wrongSpecials > 0 }
      clauses.append(
        "\(UInt64(count.wrongSpecials).groupedDigits) NaN or infinity wrong, the first in "
          + (first?.text ?? ""))
    }
    return clauses.joined(separator: ", ")
  }

  var table: Table {
    Table(
      columns: [
        "case", "verdict", "results", "misrounded", "wrong_specials", "scaled_error", "limit",
        "componentwise", "normwise", "cosine",
      ],
      rows: count.cases.map { result in
        func number(_ x: Double?) -> Table.Cell { x.map { .number($0) } ?? .missing }
        return [
          .text(result.text), .text(result.verdict.rawValue), .count(UInt64(result.results)),
          .count(UInt64(result.misrounded)), .count(UInt64(result.wrongSpecials)),
          .number(result.scaledError), number(result.limit), .number(result.componentwise),
          number(result.normwise), number(result.cosine),
        ]
      })
  }

  var document: any Encodable { ArrayCheckDocument(self) }

  /// The command lines that do it again.
  var reproduction: ArrayReproduction {
    var reproduction = ArrayReproduction(work)
    (reproduction.identify, reproduction.accumulates) = (identification?.terms, accumulates)
    reproduction.properties = properties
    reproduction.gate = ReproducedGate(self)
    return reproduction
  }
}

extension ArrayCaseResult.Verdict {
  /// What stands at a row's end.
  fileprivate var mark: String {
    switch self {
    case .holds: ""
    case .fails: "FAILS"
    case .unjudged: "not judged"
    case .uncomputed: "NO RESULTS"
    }
  }
}
