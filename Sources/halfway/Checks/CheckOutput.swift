// SPDX-License-Identifier: Apache-2.0
import Formats
import KernelChecks
import Reports
import Tables
import Words
import Work

/// The result of `check` of a kernel of elements, in every output format.
struct CheckOutput: CheckResult {
  let work: KernelCampaign
  let counts: [KernelCount]
  let shard: Shard?
  let run: RunRecord?
  /// How it is beside a baseline; nil where none was asked for.
  var comparison: BaselineComparison?
  var baseline: String?
  var properties = PropertyReport()
  var powerless: CommandExit?
  /// Whether the criterion is part of the gate beside a baseline and beside conditions.
  var isCriterionAsked = false

  init(work: KernelCampaign, counts: [KernelCount], shard: Shard?, run: RunRecord?) {
    self.work = work
    self.counts = counts
    self.shard = shard
    self.run = run
  }

  var count: KernelCount { counts[0] }
  private var configuration: KernelCampaign.Configuration { work.configuration }

  /// Whether every error keeps to the criterion.
  var isAccurate: Bool {
    configuration.criterion.allows(count, configuration.function, work.format)
  }

  /// Whether it is a reference that excuses its errors.
  var isExcused: Bool {
    isAccurate && !configuration.criterion.holds(count, configuration.function, work.format)
  }

  var hasMisdeeds: Bool { count.findingCount > 0 || count.uncomputed > 0 }

  var figures: CheckFigures {
    CheckFigures(
      tested: count.tested, misrounded: count.misrounded,
      largestError: count.worst.first?.ulps ?? 0)
  }

  func text(for terminal: Terminal) -> String {
    var lines = terminal.wrapped(verdict)
    lines = lines.map { terminal.styled($0, hasFindings ? .red : .green) } + [""]
    lines += comparisonLines(terminal)
    for finding in count.findings {
      lines += terminal.wrapped(Self.text(finding, work.format), label: "  ")
    }
    if count.findingCount > UInt64(count.findings.count) {
      lines.append("  \(count.findingCount - UInt64(count.findings.count)) more not shown")
    }
    if !count.findings.isEmpty { lines.append("") }
    lines += referenceLines(terminal)
    lines += histogram(terminal)
    if !count.worst.isEmpty {
      lines += ["", terminal.styled("  largest errors", .faint)]
      lines += worstLines
    }
    lines += properties.lines(terminal)
    lines += ["", "  again: \(reproduction.line)"]
    if let error = count.worst.first {
      lines.append("  worst: \(reproduction.line(of: error.operands))")
    }
    return lines.map(\.trimmingTrailingSpaces).joined(separator: "\n") + "\n"
  }

  /// The lines that do it again.
  var reproduction: CheckReproduction {
    var reproduction = CheckReproduction(work, properties)
    reproduction.gate = ReproducedGate(self)
    return reproduction
  }

  /// How it is beside a reference.
  private func referenceLines(_ terminal: Terminal) -> [String] {
    guard let sentence = referenceSentence else { return [] }
    return terminal.wrapped(sentence, label: "  ") + [""]
  }

  var referenceSentence: String? {
    guard let reference = count.reference, let kernel = configuration.reference else { return nil }
    let name = "\(Echo.path(kernel.subject.name)) in \(kernel.format)"
    guard reference.tested > 0 else { return "Its reference \(name) gives no results." }
    let errors =
      reference.misrounded == 0
      ? "every result is the nearest number"
      : "largest error \(UlpText.of(reference.largest)), "
        + Self.number(of: reference.misrounded, "result") + " not the nearest number"
        + (reference.wrongSpecials > 0
          ? ", of \(reference.wrongSpecials.groupedDigits) a NaN, an infinity or a sign wrong" : "")
    return "Its reference \(name), rounded to \(configuration.format): \(errors). The kernel is "
      + "nearer to the exact value in \(reference.nearer.groupedDigits) results, farther in "
      + "\(reference.farther.groupedDigits)."
      + (reference.uncomputed > 0
        ? " It has no result of \(Self.number(of: reference.uncomputed, "element"))." : "")
  }

  /// One sentence that says whether it holds, of what and how much.
  var verdict: String {
    let subject = "\(Echo.path(configuration.subject.name))\(shard.text)"
    let function = "\(configuration.function.rawValue) in \(configuration.format)"
    if count.tested + count.uncomputed == 0 {
      return "\(subject): 0 results: there are more shards than blocks of elements."
    }
    let cases = work.casesText(of: count.tested)
    var clauses: [String] = []
    if count.findingCount > 0 {
      let kinds = KernelFinding.Kind.allCases.filter { kind in
        count.findings.contains { $0.kind == kind }
      }
      clauses.append(kinds.map(\.text).joined(separator: ", "))
    }
    if count.uncomputed > 0 {
      clauses.append("no result of \(Self.number(of: count.uncomputed, "element"))")
    }
    if !isAccurate {
      clauses.append("\(configuration.criterion.text) does not hold: \(accuracy)")
    }
    if let clause = properties.clause { clauses.append(clause) }
    if clauses.isEmpty, isExcused {
      return "\(subject): \(function) errs no more than its reference on \(cases), and more than "
        + "\(configuration.criterion.text) allows: \(accuracy); the reference's largest "
        + "\(UlpText.of(count.reference?.largest ?? 0))."
    }
    if clauses.isEmpty {
      return "\(subject): \(function) keeps to \(configuration.criterion.text) on \(cases): "
        + "\(accuracy)."
    }
    return "\(subject): \(function) on \(cases): \(clauses.joined(separator: "; "))."
  }

  /// What the largest error is, and how many results are not the nearest number.
  private var accuracy: String {
    guard let worst = count.worst.first else { return "every result is the nearest number" }
    let misrounded = Self.number(of: count.misrounded, "result") + " not the nearest number"
    if let outside = count.outside, outside.results > 0, let worst = outside.worst {
      let place = worst.operands.map { Self.number($0, work.format) }.joined(separator: ", ")
      return "\(Self.number(of: outside.results, "result")) outside the tolerance, the farthest "
        + (outside.largestExcess.isFinite
          ? "by \(ReadableNumber.trimmed(outside.largestExcess, digits: 3)) times what is allowed "
          : "")
        + "at \(place); \(misrounded)"
    }
    guard worst.ulps.isInfinite else {
      return "largest error \(UlpText.of(worst.ulps)), \(misrounded)"
    }
    let wrong = [
      count.wrongSpecials > 0 ? "NaN or infinity wrong" : nil,
      count.wrongSigns > 0 ? "sign wrong" : nil,
    ].compactMap { $0 }
    return "\(wrong.joined(separator: " and ")), \(misrounded)"
  }

  private static func number(of count: UInt64, _ noun: String) -> String {
    "\(count.groupedDigits) \(noun)\(count == 1 ? "" : "s")"
  }

  private func histogram(_ terminal: Terminal) -> [String] {
    var lines = [terminal.styled("  error [ulp]        results", .faint)]
    for (bin, number) in count.histogram.counts.enumerated() where number > 0 {
      lines.append(
        "  \(ErrorHistogram.name(ofBin: bin).padding(to: 14))"
          + number.groupedDigits.padding(to: 14, onTheLeftWith: " "))
    }
    if count.wrongSpecials > 0 {
      lines.append("  of these NaN or infinity wrong: \(count.wrongSpecials.groupedDigits)")
    }
    if count.wrongSigns > 0 {
      lines.append("  of these with the wrong sign: \(count.wrongSigns.groupedDigits)")
    }
    return lines
  }

  private var worstLines: [String] {
    let reference = ElementReference(configuration.function, work.format)
    return count.worst.prefix(5).map { error in
      let place = error.operands.map { Self.number($0, work.format) }.joined(separator: ", ")
      return "  \(UlpText.of(error.ulps).padding(to: 14)) at \(place): "
        + "\(Self.number(error.result, work.format)), exact \(reference.double(at: error.operands))"
    }
  }

  static func number(_ encoding: UInt64, _ format: Format) -> String {
    let digits = String(encoding, radix: 16)
    return "0x" + digits.padding(to: (format.bitWidth + 3) / 4, onTheLeftWith: "0")
      + (encoding <= format.lastEncoding
        ? " (\(format.text(of: encoding)))" : " (no encoding of \(format.elementID))")
  }

  /// A finding as a clause with its input.
  static func text(_ finding: KernelFinding, _ format: Format) -> String {
    let place = finding.operands.map { number($0, format) }.joined(separator: ", ")
    let block =
      finding.count == 1 ? "at \(place)" : "in a block of \(finding.count) elements from \(place)"
    return "\(finding.kind.text) \(block): \(finding.detail)"
  }

  var table: Table {
    Table(
      columns: ["kind", "ulp", "operands", "result", "detail"],
      rows: count.worst.map { error in
        [
          .text("error"), .number(error.ulps), .text(Self.hexadecimal(error.operands)),
          .text(Self.hexadecimal([error.result])), .missing,
        ]
      }
        + count.findings.map { finding in
          [
            .text(finding.kind.rawValue), .missing, .text(Self.hexadecimal(finding.operands)),
            .missing, .text(finding.detail),
          ]
        })
  }

  static func hexadecimal(_ encodings: [UInt64]) -> String {
    encodings.map { "0x" + String($0, radix: 16) }.joined(separator: " ")
  }

  var document: any Encodable { CheckDocument(self) }
}

extension KernelFinding.Kind {
  /// What it is called in a sentence.
  var text: String {
    switch self {
    case .crash: "crash"
    case .hang: "endless loop"
    case .outside: "access outside its arrays"
    case .inputChanged: "changed input"
    case .unwritten: "unwritten output"
    case .blockDependent: "result that depends on the block"
    case .nondeterministic: "result that changes from call to call"
    case .failed: "failure"
    }
  }
}

extension BaselineComparison {
  /// What became of it, in one sentence.
  var sentence: String {
    let parts =
      changedParts.isEmpty ? "" : " (\(changedParts.count) parts of the cases have other bits)"
    return switch outcome {
    case .same: "Beside its baseline: the same bits."
    case .changed: "Beside its baseline: other bits, none worse\(parts)."
    case .better:
      "Beside its baseline: better\(parts); --update-baseline writes it down, to be committed."
    case .worse: "Beside its baseline: WORSE\(parts)."
    }
  }
}

extension KernelCampaign {
  /// How many elements there are and what they are, in a few words.
  func casesText(of count: UInt64) -> String {
    let number = count.groupedDigits
    let inputs = count == 1 ? "input" : "inputs"
    return switch configuration.cases {
    case .exhaustive: "\(number) \(inputs), which are all"
    case .random(_, let seed):
      "\(number) \(inputs), the ends of binades and random ones (seed \(seed))"
    case .range: "\(number) \(inputs) of a range"
    case .boundary: "\(number) \(inputs) at the ends of binades"
    case .hardest: "\(number) published \(inputs) that are the hardest to round"
    case .tuple: "\(number) \(inputs)"
    case .given: "\(number) \(count == 1 ? "element" : "elements") of a file"
    }
  }
}
