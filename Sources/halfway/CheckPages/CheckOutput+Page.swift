// SPDX-License-Identifier: Apache-2.0
import Formats
import KernelChecks
import Reports
import Words

extension CheckOutput: PagedCheck {
  var subject: KernelSubject { work.configuration.subject }

  var heading: String {
    "`\(Self.code(Echo.path(subject.name)))`: \(work.configuration.function.rawValue) in "
      + work.configuration.format
  }

  var question: String {
    "Does the kernel keep to \(work.configuration.criterion.text) beside the exact values from MPFR, "
      + "and does it do nothing that no kernel may?"
  }

  /// What the criterion allows of each result.
  private var limit: ErrorLimit? {
    work.configuration.criterion.limit(work.configuration.function, work.format)
  }

  /// The same as a clause.
  private var limitText: String {
    switch limit {
    case nil, .nearest?: "every result is the exact value, rounded to nearest even"
    case .ulps(let ulps)?:
      "every error is at most \(ReadableNumber.trimmed(ulps, digits: 3)) ulp at the exact value, and "
        + "every NaN, infinity and sign is right"
    case .tolerance(let tolerance)?:
      "|result - exact| is at most \(tolerance.absolute) + \(tolerance.relative) |exact|, and every "
        + "NaN, infinity and sign of a zero is right"
    }
  }

  var facts: [(term: String, meaning: String)] {
    let configuration = work.configuration
    var facts: [(term: String, meaning: String)] = [
      ("function", "\(configuration.function.rawValue) in \(configuration.format)"),
      ("cases", work.casesText(of: count.tested) + range),
    ]
    facts.append(("criterion", "\(configuration.criterion.text): \(limitText)"))
    facts.append(("not nearest", "\(count.misrounded.groupedDigits) results"))
    if count.uncomputed > 0 {
      facts.append(
        (
          "no result",
          "\(count.uncomputed.groupedDigits) element\(count.uncomputed == 1 ? "" : "s")"
        ))
    }
    if count.findingCount > 0 {
      facts.append(("findings", "\(count.findingCount.groupedDigits)"))
    }
    return facts
  }

  private var range: String {
    guard case .range(let first, let last) = work.configuration.cases else { return "" }
    return ": \(Self.number(first, work.format)) to \(Self.number(last, work.format))"
  }

  func findings(stem: String) -> [CheckPiece] {
    var pieces: [CheckPiece] = []
    if !count.findings.isEmpty {
      pieces.append(
        CheckPiece("What no kernel may do", id: "misdeeds", [.markup(misdeeds.markup)]))
    }
    guard count.tested > 0 else { return pieces }
    pieces.append(
      CheckPiece(
        "How large the errors are", id: "errors",
        [.drawing(histogram(stem))]
          + (count.worst.isEmpty ? [] : [.markup(largest.markup)])))
    if let chart = ErrorProfileChart(
      count, work.format, limit: limit?.ulps, criterion: work.configuration.criterion.text
    ).chart(name: "\(stem)-profile") {
      pieces.append(CheckPiece("Where they are", id: "places", [.drawing(chart)]))
    }
    return pieces
  }

  private var misdeeds: HTMLTable {
    let rest = count.findingCount - UInt64(count.findings.count)
    return HTMLTable(
      caption: "Each with the least input that still does it; of a block, its first."
        + (rest > 0 ? " \(rest.groupedDigits) more are not shown." : ""),
      headings: ["what", "input", "value", "elements", "what is known of it"],
      rows: count.findings.map { finding in
        [
          .warning(finding.kind.text), .code(encodings(finding.operands)),
          .text(values(finding.operands)), .count(UInt64(max(finding.count, 0))),
          .text(finding.detail),
        ]
      })
  }

  private var largest: HTMLTable {
    let reference = ElementReference(work.configuration.function, work.format)
    return HTMLTable(
      caption: "The largest errors, the worst first; of equal ones the least input. Encodings in "
        + "hexadecimal, and the numbers they are.",
      headings: ["error [ulp]", "input", "value", "result", "value", "exact value"],
      rows: count.worst.map { error in
        [
          error.ulps.isFinite
            ? .text("\((error.ulps * 1e6).rounded(.up) / 1e6)") : .warning("wrong special"),
          .code(encodings(error.operands)), .text(values(error.operands)),
          .code(encodings([error.result])), .text(values([error.result])),
          .text("\(reference.double(at: error.operands))"),
        ]
      })
  }

  private func encodings(_ operands: [UInt64]) -> String {
    operands.map { encoding in
      let digits = String(encoding, radix: 16)
      return "0x" + digits.padding(to: (work.format.bitWidth + 3) / 4, onTheLeftWith: "0")
    }.joined(separator: " ")
  }

  private func values(_ operands: [UInt64]) -> String {
    operands.map { encoding in
      encoding <= work.format.lastEncoding
        ? work.format.text(of: encoding) : "no encoding of \(work.format.elementID)"
    }.joined(separator: ", ")
  }

  private func histogram(_ stem: String) -> BinChart {
    let limit = limit?.ulps ?? .infinity
    let bins = count.histogram.counts.enumerated().map { bin, number in
      // A bin begins above the end of the one before it.
      let isBeyond = bin > 0 && ErrorHistogram.ends[bin - 1] >= limit
      return BinChart.Bin(
        ErrorHistogram.name(ofBin: bin).replacing(/\.0\b/, with: ""), count: number,
        isAlarm: isBeyond && number > 0)
    }
    let parts = [
      ("NaN or infinity wrong", count.wrongSpecials), ("sign wrong", count.wrongSigns),
    ].filter { $0.1 > 0 }.map { BinChart.Bin($0.0, count: $0.1, isAlarm: true) }
    return BinChart(
      name: "\(stem)-histogram", title: "Errors by size",
      summary:
        "Results by |result - exact value| in ulp at the exact value, on a logarithmic scale; "
        + "a bin has its upper end."
        + (bins.contains(where: \.isAlarm) ? " Red: beyond what the criterion allows." : "")
        + (parts.isEmpty ? "" : " Results without size are in the last bin, and told below it."),
      heading: "error [ulp]", bins: bins, parts: parts, total: count.tested)
  }

  var lines: [(purpose: String, line: String)] {
    let reproduction = reproduction
    var lines = [("The whole check:", reproduction.line)]
    if let error = count.worst.first {
      lines.append(("The largest error alone:", reproduction.line(of: error.operands)))
    }
    for finding in count.findings where finding.count == 1 {
      lines.append(("The \(finding.kind.text) alone:", reproduction.line(of: finding.operands)))
    }
    return lines
  }
}
