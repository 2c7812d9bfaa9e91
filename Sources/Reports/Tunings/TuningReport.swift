// SPDX-License-Identifier: Apache-2.0
import Measurements
import Tables

/// The report on a search for the cheapest policy that keeps bounds.
package struct TuningReport: Sendable {
  /// What was found.
  package let tuning: Tuning
  /// The costs' sources, each in a sentence.
  package let sources: [String]
  /// How the report was made.
  package let context: ReportContext

  /// The report on a search.
  package init(_ tuning: Tuning, sources: [String], context: ReportContext) {
    self.tuning = tuning
    self.sources = sources
    self.context = context
  }

  /// The findings.
  package var findings: TuningFindings { TuningFindings(tuning) }

  /// The path of the policy within the report.
  package static let policyPath = "policy.json5"

  /// A row for each policy that was measured.
  package var table: Table {
    var table = Table(columns: [
      "trial", "phase", "changes", "kept", "holds", "bytes", "seconds", "joules", "gradient_error",
      "gradient_cosine", "loss_error", "largest_layer_error", "update_error",
    ])
    func cell(_ x: Double?) -> Table.Cell { x.map { .number($0) } ?? .missing }
    for (index, trial) in tuning.path.enumerated() {
      let changes = trial.changes.map { "\($0.layer) \($0.operation): \($0.from) to \($0.to)" }
      table.append([
        .integer(Int64(index + 1)), .text(trial.phase.rawValue),
        .text(changes.joined(separator: "; ")), .text(trial.isKept ? "yes" : "no"),
        .text(trial.holds ? "yes" : "no"), .integer(Int64(trial.cost.bytes)),
        cell(trial.cost.seconds), cell(trial.cost.joules), cell(trial.figures.gradientError),
        cell(trial.figures.gradientCosine), cell(trial.figures.lossError),
        cell(trial.figures.largestLayerError), cell(trial.figures.updateError),
      ])
    }
    return table
  }

  /// The names of all figures that a report of this kind can have.
  private static let figureNames = ["path"]

  /// Errors against costs along the path.
  private var figure: LineChart? {
    func point(_ cost: CostCount, _ figures: TuningFigures) -> LineChart.Point? {
      guard let x = TuningFindings.scaled(cost, tuning.objective), let y = figures.gradientError,
        y > 0
      else { return nil }
      return .init(x, y)
    }
    func sorted(_ points: [LineChart.Point?]) -> [LineChart.Point] {
      points.compactMap(\.self).sorted { $0.x < $1.x }
    }
    func points(_ holds: (TuningTrial) -> Bool) -> [LineChart.Point] {
      sorted(tuning.path.filter(holds).map { point($0.cost, $0.figures) })
    }
    let worst = tuning.moments.map(\.figures).reduce(nil as TuningFigures?) { worst, figures in
      guard let worst, let a = worst.gradientError, let b = figures.gradientError else {
        return worst ?? figures
      }
      return a < b ? figures : worst
    }
    var series = [
      LineChart.Series(
        "tried, not kept", style: .compared(3), shape: .marks, points: points { !$0.isKept }),
      LineChart.Series(
        "given back", style: .compared(0),
        points: points { $0.isKept && $0.phase != .takeAway && $0.phase != .exchange }),
      LineChart.Series(
        "taken away", style: .compared(2), shape: .marks,
        points: points { $0.isKept && ($0.phase == .takeAway || $0.phase == .exchange) }),
    ]
    series.append(
      .init(
        "one format", style: .compared(1), shape: .marks,
        points: sorted(tuning.uniform.map { point($0.cost, $0.figures) })))
    if let cost = tuning.cost, let worst {
      series.append(
        .init("result", style: .compared(4), shape: .marks, points: sorted([point(cost, worst)])))
    }
    series.removeAll { $0.points.isEmpty }
    guard !series.isEmpty else { return nil }
    let unit = TuningFindings.unit(tuning.objective)
    return LineChart(
      name: "path", title: "Error against cost along the path",
      summary:
        "Each policy that was measured, and every layer in one format: the relative L2 error of all "
        + "weight gradients, the worst of the search's moments (of the result and of one format: of all "
        + "moments), against what a step costs.",
      x: Axis(
        tuning.objective == "bytes"
          ? "memory of a step" : "modelled \(tuning.objective) of a step", unit: unit),
      panels: [
        .init(axis: Axis("relative L2 error", unit: "1", scale: .log10), series: series)
      ], plotHeight: 280)
  }

  /// The report's files but for its document: index.html, the policy, data/*.csv, figures.
  ///
  /// - Parameter policy: the policy as a file.
  package func files(policy: String?) -> [ReportFile] {
    let figures = [figure].compactMap(\.self)
    return [
      ReportFile(path: "index.html", text: page(figures, hasPolicy: policy != nil)),
      ReportFile(path: "data/path-table.csv", text: table.csv),
    ] + figures.flatMap { ReportFile.files(of: $0) }
      + (policy.map { [ReportFile(path: Self.policyPath, text: $0)] } ?? [])
  }

  /// The paths that a report of this kind need not have.
  package var possiblePaths: Set<String> {
    Set(
      Self.figureNames.flatMap {
        ["data/\($0).csv", "figures/\($0).svg", "figures/\($0).tex"]
      } + [Self.policyPath])
  }

  // MARK: - The page

  private func page(_ figures: [LineChart], hasPolicy: Bool) -> String {
    let configuration = tuning.configuration
    let findings = findings
    return HTMLPage(
      label: "Halfway tuning", title: "The cheapest policy that keeps a bound",
      question:
        "Which formats, layer by layer, cost the least in a training step of the model "
        + "`\(configuration.model)` (\(configuration.architecture)) such that \(findings.bounds)?",
      verdict: findings.verdict, holds: tuning.keepsBounds, findings: findings.details,
      sections: [
        Markup.Section(
          "What was found", id: "result",
          content: figures.enumerated().map { Markup.figure($1, number: $0 + 1) }.joined()
            + choices.markup + comparison.markup + policy(hasPolicy)),
        Markup.Section("Does it hold elsewhere?", id: "moments", content: moments.markup),
        Markup.Section("What was tried", id: "path", content: path),
        Markup.Section("How it was measured", id: "method", content: method),
        Markup.Section("How to make it again", id: "again", content: reproduction),
      ], footer: "Written by \(context.tool)."
    ).markup
  }

  private func policy(_ isThere: Bool) -> String {
    guard isThere else { return "" }
    return "<p class=\"files\">The policy as a file: <a href=\"\(Self.policyPath)\">"
      + "\(Self.policyPath)</a></p>\n"
      + Markup.paragraph("`halfway train --policies \(Self.policyPath)` trains with it.")
  }

  private var choices: HTMLTable {
    HTMLTable(
      caption: "The formats of the result. Share: of the squared error of the policy whose shares "
        + "were taken last.",
      headings: ["layer", "operation", "format", "share [%]"],
      rows: tuning.choices.map {
        [.code($0.layer), .text($0.operation), .text($0.format), .percent($0.share)]
      })
  }

  private func cells(_ cost: CostCount, _ figures: TuningFigures?, holds: Bool)
    -> [HTMLTable.Cell]
  {
    [
      .fixed(Double(cost.bytes) / 1000, digits: 1), .number(cost.seconds.map { $0 * 1e6 }),
      .number(cost.joules.map { $0 * 1e6 }), .number(figures?.gradientError),
      .text(holds ? "yes" : "no"),
    ]
  }

  private var costHeadings: [String] {
    ["memory [kB]", "time [\u{b5}s]", "energy [\u{b5}J]", "error", "holds"]
  }

  private var comparison: HTMLTable {
    let own = tuning.cost.map { cost in
      let worst = tuning.moments.map(\.figures).max {
        ($0.gradientError ?? .infinity) < ($1.gradientError ?? .infinity)
      }
      return [
        [HTMLTable.Cell.text("result")] + cells(cost, worst, holds: tuning.keepsBounds)
      ]
    }
    return HTMLTable(
      caption:
        "The result beside every layer in one format, or in the nearest more precise one that "
        + "it can have, at every moment. Memory is exact by shapes and formats, time and energy are modelled; a dash: "
        + "no table has the arithmetic.",
      headings: ["policy"] + costHeadings,
      rows: tuning.uniform.map {
        [.text($0.format)] + cells($0.cost, $0.figures, holds: $0.holds)
      } + (own ?? []))
  }

  private var moments: HTMLTable {
    HTMLTable(
      caption: "The result at every moment. The search saw those of its own seed and steps alone.",
      headings: [
        "seed", "step", "held out", "loss scale", "error", "cosine", "loss error", "holds",
      ],
      rows: tuning.moments.map { moment in
        [
          .text("\(moment.seed)"), .text("\(moment.step)"), .text(moment.isHeldOut ? "yes" : "no"),
          .text(moment.lossScale.map(LossScaleFindings.text) ?? "-"),
          .number(moment.figures.gradientError), .number(moment.figures.gradientCosine, digits: 8),
          .number(moment.figures.lossError), .text(moment.holds ? "yes" : "no"),
        ]
      })
  }

  private func path(_ trials: [(Int, TuningTrial)], _ caption: String) -> HTMLTable {
    HTMLTable(
      caption: caption, headings: ["trial", "phase", "change"] + costHeadings,
      rows: trials.map { number, trial in
        [
          .text("\(number)"), .text(TuningFindings.text(trial.phase)),
          .text(TuningFindings.text(trial)),
        ] + cells(trial.cost, trial.figures, holds: trial.holds)
      })
  }

  private var path: String {
    let all = tuning.path.enumerated().map { ($0 + 1, $1) }
    let others = all.filter { !$0.1.isKept }
    return path(
      all.filter(\.1.isKept),
      "The policies that the search went on from, with what changed in each."
    ).markup
      + (others.isEmpty
        ? ""
        : Markup.folded(
          "\(others.count) policies that were tried and not kept",
          path(others, "They break a bound.").markup))
  }

  private var method: String {
    Markup.list(
      [
        "Every policy is measured by one step from the reference\u{2019}s weights, in its own arithmetic "
          + "bit for bit, at every moment of the search. The error is \u{2016}g/S \u{2212} g_ref\u{2016} / "
          + "\u{2016}g_ref\u{2016} over all weight gradients.",
        "The search begins with the cheapest format everywhere and gives precision back where the layers\u{2019} "
          + "Shapley shares of the squared error are largest for what it costs, until the bounds hold. "
          + "Then it takes away what they do not need: one operation at a time, and one in exchange for another.",
        "The result is measured at moments that the search did not see. Where it breaks a bound there, "
          + "precision is given back by the shares at the worst of them.",
        "Memory: weights, copies, gradients, optimizer state, and what the backward pass keeps, each value in "
          + "its format. Time: the sum over operations of the longer of arithmetic at the peak and bytes at the "
          + "bandwidth, no two operations joined. Energy: multiplications, additions and memory accesses. Both "
          + "are models.",
      ] + sources + findings.omissions)
  }

  private var reproduction: String {
    let facts: [(term: String, meaning: String)] =
      [
        ("tool", context.tool), ("seed", "\(tuning.configuration.seed)"),
        ("optimizer", tuning.configuration.optimizer),
      ] + context.environment.map { (term: $0.name, meaning: $0.value) } + [
        ("started", context.run.started),
        ("duration", "\(ReadableNumber.fixed(context.run.seconds, digits: 1)) s"),
      ]
    return "<pre>\(Escaping.markup(context.command))</pre>\n" + Markup.definitions(facts)
      + "<p class=\"files\">Everything above as data: <a href=\"tuning.json\">tuning.json</a>, "
      + "<a href=\"data/path-table.csv\">path</a></p>\n"
  }
}
