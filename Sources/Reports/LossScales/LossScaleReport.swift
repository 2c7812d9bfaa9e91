// SPDX-License-Identifier: Apache-2.0
import Measurements
import Tables

/// The report on chosen steps under every one of several loss scales.
package struct LossScaleReport: Sendable {
  /// What was measured.
  package let sweep: LossScaleSweep
  /// How the report was made.
  package let context: ReportContext

  /// The report on a sweep.
  package init(_ sweep: LossScaleSweep, context: ReportContext) {
    self.sweep = sweep
    self.context = context
  }

  /// The findings of each policy's steps, in order.
  package var findings: [LossScaleFindings] {
    sweep.policies.flatMap { policy in
      policy.steps.map {
        LossScaleFindings(
          policy: policy.policy.name, step: $0, reference: sweep.reference.name)
      }
    }
  }

  /// A row for each policy, step and scale.
  package var scaleTable: Table {
    var table = Table(columns: [
      "policy", "step", "scale", "regime", "gradient_relative_l2", "gradient_cosine", "values",
      "zeroed", "zeroed_rate", "subnormal_rate", "overflow_rate", "vanishing", "recovered",
      "first_overflow", "digest",
    ])
    for policy in sweep.policies {
      for step in policy.steps {
        for (index, row) in step.scales.enumerated() {
          table.append([
            .text(policy.policy.name), .integer(Int64(step.step)), .number(row.scale),
            .text(step.regime(index).rawValue), row.error.cell,
            (row.overflowed == nil ? row.gradients.cosine : nil).cell,
            .integer(Int64(row.range.elements)), .integer(Int64(row.range.zeroed)),
            row.range.zeroedRate.cell, row.range.subnormalRate.cell, row.range.overflowRate.cell,
            .integer(Int64(row.recovery.vanishing)), .integer(Int64(row.recovery.recovered)),
            row.overflowed.map { .text($0.description) } ?? .missing,
            .text(row.digest),
          ])
        }
      }
    }
    return table
  }

  /// A row for each policy, step, gradient and scale.
  package var tensorTable: Table {
    var table = Table(columns: [
      "policy", "step", "layer", "operation", "kind", "format", "scale", "relative_l2", "values",
      "zeroed_rate", "subnormal_rate", "overflow_rate", "vanishing", "recovered",
    ])
    for policy in sweep.policies {
      for step in policy.steps {
        for tensor in step.tensors {
          for (scale, counts) in zip(sweep.scales, tensor.scales) {
            table.append([
              .text(policy.policy.name), .integer(Int64(step.step)), .text(tensor.tag.layer),
              .text(tensor.tag.operation), .text(tensor.tag.kind.rawValue), .text(tensor.format),
              .number(scale), counts.error.cell, .integer(Int64(counts.range.elements)),
              counts.range.zeroedRate.cell, counts.range.subnormalRate.cell,
              counts.range.overflowRate.cell, .integer(Int64(counts.recovery.vanishing)),
              .integer(Int64(counts.recovery.recovered)),
            ])
          }
        }
      }
    }
    return table
  }

  /// The report's files but for its document: index.html, data/*.csv, figures/*.svg and *.tex.
  package func files() -> [ReportFile] {
    let figures = LossScaleFigures(sweep: sweep).all
    return [
      ReportFile(path: "index.html", text: page(figures)),
      ReportFile(path: "data/scales.csv", text: scaleTable.csv),
      ReportFile(path: "data/tensors.csv", text: tensorTable.csv),
    ] + figures.flatMap { ReportFile.files(of: $0) }
  }

  /// The paths that a report of this kind need not have.
  package var possiblePaths: Set<String> {
    Set(
      LossScaleFigures.names.flatMap {
        ["data/\($0).csv", "figures/\($0).svg", "figures/\($0).tex"]
      })
  }

  // MARK: - The page

  private func page(_ figures: [any Figure]) -> String {
    let configuration = sweep.configuration
    let findings = findings
    let policies = Verdict.enumeration(sweep.policies.map { "`\($0.policy.name)`" })
    return HTMLPage(
      label: "Halfway sweep", title: "One step under \(sweep.scales.count) loss scales",
      question: "Which loss scales serve \(policies) in a training step of the model "
        + "`\(configuration.model)` (\(configuration.architecture)), and what error does none remove?",
      verdict: findings.first?.verdict ?? "No step was looked at.",
      holds: findings.allSatisfy { $0.step.plateau != nil && $0.step.losslessAgree != false },
      findings: findings.count == 1
        ? findings[0].details
        : findings.dropFirst().map(\.verdict)
          + findings.flatMap { finding in
            finding.details.map { "\(title(finding)): \($0)" }
          },
      sections: sections(figures, findings), footer: "Written by \(context.tool)."
    ).markup
  }

  private func sections(
    _ figures: [any Figure], _ findings: [LossScaleFindings]
  ) -> [Markup.Section] {
    var number = 0
    func drawn(_ names: String...) -> String {
      figures.filter { names.contains($0.name) }.map { figure in
        number += 1
        return Markup.figure(figure, number: number)
      }.joined()
    }
    return [
      Markup.Section(
        "Which scales serve?", id: "scales",
        content: drawn("error-by-scale") + findings.map(scaleMarkup).joined()
          + drawn("damage-by-scale")),
      Markup.Section(
        "Which gradients pull apart?", id: "tensors",
        content: findings.map(windowMarkup).joined() + drawn("zeroed-by-tensor", "error-by-tensor")),
      Markup.Section("How it was measured", id: "method", content: method),
      Markup.Section("How to make it again", id: "again", content: reproduction),
    ]
  }

  private func title(_ finding: LossScaleFindings) -> String {
    "`\(finding.policy)`, step \(finding.step.step)"
  }

  private func scaleMarkup(_ finding: LossScaleFindings) -> String {
    let step = finding.step
    return HTMLTable(
      caption:
        "\(title(finding)): what each scale does. Shares are of all gradients' values, in percent.",
      headings: [
        "S", "", "error", "times the least", "zeroed", "subnormal", "recovered", "first not finite",
      ],
      rows: step.scales.enumerated().map { index, row in
        let regime = step.regime(index)
        return [
          .text(LossScaleFindings.text(row.scale)),
          regime == .rounding
            ? .text("rounding floor")
            : regime == .undecided ? .text(regime.rawValue) : .warning(regime.rawValue),
          .number(row.error),
          .fixed(row.error.flatMap { error in step.floor.map { error / $0 } }, digits: 2),
          .percent(row.range.zeroedRate), .percent(row.range.subnormalRate),
          .percent(row.recovery.recoveredRate),
          row.overflowed.map { .code("\($0.layer).\($0.operation)") } ?? .none,
        ]
      }
    ).markup
  }

  private func windowMarkup(_ finding: LossScaleFindings) -> String {
    let step = finding.step
    let rows = step.tensors.compactMap { tensor -> [HTMLTable.Cell]? in
      guard let own = tensor.ownScale,
        let window = step.windows.first(where: { $0.tag == tensor.tag })
      else { return nil }
      let best = step.best.map { tensor.scales[$0] }
      return [
        .code("\(tensor.tag.layer).\(tensor.tag.operation)"),
        .text(tensor.tag.kind == .weightGradient ? "weights" : "values"), .text(tensor.format),
        .text("2^\(Int(Powers.log2(window.least).rounded(.up)))"),
        .text("2^\(Int(Powers.log2(window.greatest).rounded(.down)))"),
        best.map { .count(UInt64(max($0.recovery.lost, 0))) } ?? .none,
        .text("2^\(own.exponent)"), .count(UInt64(max(own.recovery.lost, 0))),
        .count(UInt64(own.recovery.nonzero)),
      ]
    }
    guard !rows.isEmpty else { return "" }
    return Markup.folded(
      "\(title(finding)): the scales that each gradient wants",
      HTMLTable(
        caption: "From the least scale that keeps all but "
          + "\(ReadableNumber.percent(GradientMagnitudes.quantile, digits: 1)) of a gradient's values from "
          + "becoming zero to the greatest at which none overflows; the values lost under the best single "
          + "scale, and under the gradient's own.",
        headings: [
          "gradient", "of", "format", "least", "greatest", "lost", "own", "lost then", "values",
        ], rows: rows
      ).markup)
  }

  private var method: String {
    Markup.list([
      "Every scale has the same step: forward from \(sweep.reference.name)'s weights, rounded to the "
        + "policy's formats, then one backward pass from S times the loss. Nothing else depends on S, "
        + "and no step is taken.",
      "The error is that of all weight gradients divided by S, as the framework does (times 1/S "
        + "rounded to FP32), beside \(sweep.reference.name)'s from the same weights.",
      "The best scales are those whose error is at most "
        + "\(ReadableNumber.trimmed(SweptStep.floorMargin, digits: 2)) times the least of any that was "
        + "tried; they show the floor of rounding where they span three powers of two, or where one "
        + "loses no value. The step's values decide: other batches and later steps have other gradients.",
      "Windows and lost values are those of \(sweep.reference.name)'s gradients, gradient by gradient: "
        + "a value is lost where S times it is at most half of the format's smallest number.",
    ])
  }

  private var reproduction: String {
    var facts: [(term: String, meaning: String)] = [
      ("tool", context.tool), ("seed", "\(sweep.configuration.seed)"),
      ("optimizer", sweep.configuration.optimizer),
    ]
    if let text = sweep.configuration.text {
      facts.append(("text", "\(text.name), FNV-1a `\(text.digest)`"))
    }
    if let images = sweep.configuration.images {
      facts.append(("images", "\(images.name), FNV-1a `\(images.digest)`"))
    }
    facts += context.environment.map { (term: $0.name, meaning: $0.value) }
    facts += [
      ("started", context.run.started),
      ("duration", "\(ReadableNumber.fixed(context.run.seconds, digits: 1)) s"),
    ]
    return "<pre>\(Escaping.markup(context.command))</pre>\n" + Markup.definitions(facts)
      + "<p class=\"files\">Everything above as data: <a href=\"sweep.json\">sweep.json</a>, "
      + "<a href=\"data/scales.csv\">every scale</a>, "
      + "<a href=\"data/tensors.csv\">every gradient under every scale</a></p>\n"
  }
}

extension Double? {
  /// A cell of a table; nothing where there is no figure.
  fileprivate var cell: Table.Cell { map { .number($0) } ?? .missing }
}
