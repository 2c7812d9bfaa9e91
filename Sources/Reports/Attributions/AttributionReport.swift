// SPDX-License-Identifier: Apache-2.0
import Measurements
import Tables

/// The report on which roundings of chosen steps are to blame.
package struct AttributionReport: Sendable {
  /// What was found.
  package let attribution: Attribution
  /// How the report was made.
  package let context: ReportContext

  /// The report on an attribution.
  package init(_ attribution: Attribution, context: ReportContext) {
    self.attribution = attribution
    self.context = context
  }

  /// The findings of the steps, in order.
  package var findings: [AttributionFindings] {
    attribution.steps.map {
      AttributionFindings(policy: attribution.policy.name, step: $0)
    }
  }

  /// A row for each step and source, and for each layer that was asked for.
  package var table: Table {
    var table = Table(columns: [
      "policy", "step", "quantity", "kind", "name", "share", "standard_error", "alone", "removed",
      "direction",
      "loss",
    ])
    func cell(_ x: Double?) -> Table.Cell { x.map { .number($0) } ?? .missing }
    let policy = Table.Cell.text(attribution.policy.name)
    for step in attribution.steps {
      for source in step.sources {
        table.append([
          policy, .integer(Int64(step.step)), .text(step.quantity), .text("source"),
          .text(source.source),
          .number(source.share), .missing, .number(source.alone), .number(source.removed),
          .number(source.direction), cell(source.loss),
        ])
      }
      for layer in step.layers {
        table.append([
          policy, .integer(Int64(step.step)), .text(step.quantity), .text("layer"),
          .text(layer.layer),
          .number(layer.share), cell(layer.deviation), .number(layer.alone),
          .number(layer.removed), .missing, .missing,
        ])
      }
    }
    return table
  }

  /// The names of all figures that a report of this kind can have.
  private static let figureNames = ["sources", "layers"]

  private var figures: [ShareChart] {
    let steps = attribution.steps.filter { !$0.sources.isEmpty }
    guard !steps.isEmpty else { return [] }
    let reading =
      "A bar is a Shapley value: bars add up to the whole. A circle is the source alone, a cross "
      + "what switching it off removes; where they differ, sources act together."
    let sources = ShareChart(
      name: "sources", title: "Which roundings are to blame",
      summary: "Shares of \u{2016}e\u{2016}\u{b2}, e the error of all \(subject). \(reading)",
      panels: steps.map { step in
        (
          "\(attribution.policy.name), step \(step.step)",
          step.sources.map {
            .init(
              AttributionFindings.text($0.source), share: $0.share, alone: $0.alone,
              removed: $0.removed)
          }
        )
      })
    let layered = steps.filter { !$0.layers.isEmpty }
    guard !layered.isEmpty else { return [sources] }
    return [
      sources,
      ShareChart(
        name: "layers", title: "Which layers",
        summary: "The same for all sources of a layer together. \(reading)",
        panels: layered.map { step in
          (
            "\(attribution.policy.name), step \(step.step)",
            step.layers.map {
              .init($0.layer, share: $0.share, alone: $0.alone, removed: $0.removed)
            }
          )
        }),
    ]
  }

  /// The report's files but for its document: index.html, data/*.csv, figures/*.svg and *.tex.
  package func files() -> [ReportFile] {
    let figures = figures
    return [
      ReportFile(path: "index.html", text: page(figures)),
      ReportFile(path: "data/shares.csv", text: table.csv),
    ] + figures.flatMap { ReportFile.files(of: $0) }
  }

  /// The paths that a report of this kind need not have.
  package var possiblePaths: Set<String> {
    Set(
      Self.figureNames.flatMap {
        ["data/\($0).csv", "figures/\($0).svg", "figures/\($0).tex"]
      })
  }

  // MARK: - The page

  private func page(_ figures: [ShareChart]) -> String {
    let configuration = attribution.configuration
    let findings = findings
    return HTMLPage(
      label: "Halfway attribution", title: "Which rounding is to blame",
      question:
        "Which roundings of `\(attribution.policy.name)` make the error of the \(subject) in a "
        + "training step of the model `\(configuration.model)` (\(configuration.architecture))?",
      verdict: findings.first?.verdict ?? "No step was looked at.",
      holds: findings.allSatisfy { $0.step.error != nil },
      findings: (findings.first?.details ?? []) + findings.dropFirst().map(\.verdict),
      sections: [
        Markup.Section(
          "Who is to blame?", id: "sources",
          content: figures.enumerated().map { Markup.figure($1, number: $0 + 1) }.joined()
            + attribution.steps.filter { !$0.sources.isEmpty }.map { sources($0).markup }.joined()
            + attribution.steps.filter { !$0.layers.isEmpty }.map { layers($0).markup }.joined()),
        Markup.Section("How it was measured", id: "method", content: method),
        Markup.Section("How to make it again", id: "again", content: reproduction),
      ], footer: "Written by \(context.tool)."
    ).markup
  }

  /// What errs.
  private var subject: String {
    attribution.steps.first.map(AttributionFindings.subject) ?? "gradients"
  }

  private func title(_ step: AttributedStep) -> String {
    "`\(attribution.policy.name)`, step \(step.step)"
      + (step.lossScale.map { ", loss scale \(LossScaleFindings.text($0))" } ?? "")
  }

  private func sources(_ step: AttributedStep) -> HTMLTable {
    HTMLTable(
      caption: "\(title(step)): shares of the squared error in percent, over "
        + "\(ReadableNumber.grouped(UInt64(step.coalitions))) sets of sources.",
      headings: ["source", "share", "alone", "removed", "along the error", "loss"],
      rows: step.sources.map { source in
        [
          .text(AttributionFindings.text(source.source)), .percent(source.share),
          .percent(source.alone), .percent(source.removed), .percent(source.direction),
          .number(source.loss),
        ]
      })
  }

  private func layers(_ step: AttributedStep) -> HTMLTable {
    HTMLTable(
      caption: "\(title(step)): the same by layer, "
        + (step.orders == 0
          ? "over all sets of layers." : "over \(step.orders) orders of the layers."),
      headings: ["layer", "share", "\u{b1}", "alone", "removed"],
      rows: step.layers.map { layer in
        [
          .code(layer.layer), .percent(layer.share), .percent(layer.deviation),
          .percent(layer.alone), .percent(layer.removed),
        ]
      })
  }

  private var method: String {
    let rest = attribution.steps.compactMap(\.interaction).map {
      ReadableNumber.percent($0, digits: 2)
    }
    return Markup.list([
      "The step is run from the reference's weights with some of its sources rounding as the policy "
        + "does, bit for bit, and all others computing in FP64; with all of them it has the policy's "
        + "own bits.",
      subject == "gradients"
        ? "The error is that of all weight gradients, the loss scale removed."
        : "The error is that of how far the weights move: the optimizer takes the step's gradients from "
          + "the reference's moments, and what it moves is the new weight less the weight as the "
          + "policy keeps it.",
      "A share is the source's Shapley value of v(S) = \u{2016}e(S)\u{2016}\u{b2}, e(S) the error "
        + "where the sources in S round. Shares add up to "
        + "\u{2016}e\u{2016}\u{b2} of the policy's step. Alone is v of the source by itself, removed what v of "
        + "all loses without it; both in percent of v of all.",
      "Along the error: \u{27e8}e of the source alone, e of all\u{27e9} / \u{2016}e of all\u{2016}\u{b2}, which has "
        + "a sign. These add up to 1 but for what sources do together"
        + (rest.isEmpty ? "." : ": \(Verdict.enumeration(rest)) are left."),
      "Loss: the Shapley value of the loss's own error, with its sign, in units of the loss.",
    ])
  }

  private var reproduction: String {
    let facts: [(term: String, meaning: String)] =
      [
        ("tool", context.tool), ("seed", "\(attribution.configuration.seed)"),
        ("optimizer", attribution.configuration.optimizer),
      ] + context.environment.map { (term: $0.name, meaning: $0.value) } + [
        ("started", context.run.started),
        ("duration", "\(ReadableNumber.fixed(context.run.seconds, digits: 1)) s"),
      ]
    return "<pre>\(Escaping.markup(context.command))</pre>\n" + Markup.definitions(facts)
      + "<p class=\"files\">Everything above as data: <a href=\"attribution.json\">attribution.json</a>, "
      + "<a href=\"data/shares.csv\">shares</a></p>\n"
  }
}
