// SPDX-License-Identifier: Apache-2.0
import Measurements

extension Verdict {
  /// Which roundings are to blame for what a policy did, in a sentence; nil where none is known.
  package static func blame(_ blame: PolicyBlame) -> String? {
    let parts = [cure(blame), shares(blame)].compactMap(\.self)
    return parts.isEmpty ? nil : parts.joined(separator: " ")
  }

  /// What makes updates infinite or NaN; nil where they are finite.
  private static func cure(_ blame: PolicyBlame) -> String? {
    guard let updates = blame.steps.first(where: { $0.quantity == "updates" }) else { return nil }
    let step = updates.step
    guard let first = blame.cures.first else {
      return updates.squaredError.isFinite
        ? nil
        : "At step \(step) updates of `\(blame.policy)` are infinite or NaN, and no single source "
          + "and no two switched off make all of them finite."
    }
    if let second = first.second {
      return "To blame in `\(blame.policy)` at step \(step) for updates that are infinite or NaN: "
        + "\(AttributionFindings.text(first.source)) and \(AttributionFindings.text(second)) together; "
        + "no single source switched off makes all finite, and without these two they err by "
        + ReadableNumber.significant(first.error, digits: 2)
        + others(blame.cures.count - 1)
    }
    let others = blame.cures.dropFirst().map { "the " + AttributionFindings.text($0.source) }
    return "To blame in `\(blame.policy)` at step \(step) for updates that are infinite or NaN: "
      + "\(AttributionFindings.text(first.source)); switched off, all are finite and err by "
      + ReadableNumber.significant(first.error, digits: 2)
      + (others.isEmpty
        ? "." : ". Without \(enumeration(others)) they are finite, too, but err more.")
  }

  /// How many other pairs cure as well.
  private static func others(_ count: Int) -> String {
    switch count {
    case 0: "."
    case 1: "; 1 other pair does, too, but errs no less."
    default: "; \(count) other pairs do, too, but err no less."
    }
  }

  private static func shares(_ blame: PolicyBlame) -> String? {
    guard let leading = blame.leading, let causes = AttributionFindings.causes(leading) else {
      return nil
    }
    let place = blame.place.map { place in
      "; switching \(AttributionFindings.text(place.source)) off in `\(place.layer)` alone removes "
        + ReadableNumber.percent(place.removed, digits: 2)
    }
    // Where sources act together, a share is not what a repair removes.
    let first = leading.sources.first.flatMap { first in
      (first.share - first.removed).magnitude < 0.1
        ? nil
        : " (switching the first off alone removes "
          + "\(ReadableNumber.percent(max(0, first.removed), digits: 2)))"
    }
    let rest = blame.steps.first { $0.quantity != leading.quantity && !$0.sources.isEmpty }
    let other = rest.flatMap { step in
      AttributionFindings.causes(step).map {
        "; for that of its \(AttributionFindings.subject(step)): \($0)"
      }
    }
    return "To blame in `\(blame.policy)` at step \(leading.step) for the squared error of its "
      + "\(AttributionFindings.subject(leading)): \(causes)\(first ?? "")\(place ?? "")\(other ?? "")."
  }
}

extension StepTables {
  /// The shares of the sources of every policy that was looked at, of its updates and its gradients.
  static func blames(_ blames: [PolicyBlame]) -> [HTMLTable] {
    blames.flatMap { blame in
      blame.steps.filter { !$0.sources.isEmpty }.map { step in
        HTMLTable(
          caption: "`\(blame.policy)`, step \(step.step), error of its "
            + "\(AttributionFindings.subject(step)) "
            + "(\(ReadableNumber.significant(step.error ?? .nan, digits: 3)) of the reference's): shares of "
            + "its square in percent, over \(ReadableNumber.grouped(UInt64(step.coalitions))) sets of "
            + "sources.",
          headings: ["source", "share", "alone", "removed", "along the error"],
          rows: step.sources.map { source in
            [
              .text(AttributionFindings.text(source.source)), .percent(source.share),
              .percent(source.alone), .percent(source.removed), .percent(source.direction),
            ]
          })
      }
    }
  }
}

extension StepFigures {
  /// The name of the figure of who is to blame.
  static let blameName = "blame"

  /// Who is to blame, a panel for each policy and quantity; nil where nothing was looked at.
  static func blame(_ blames: [PolicyBlame]) -> ShareChart? {
    let panels = blames.flatMap { blame in
      blame.steps.filter { !$0.sources.isEmpty }.map { step in
        (
          title: "\(blame.policy), \(AttributionFindings.subject(step)) at step \(step.step)",
          bars: step.sources.map {
            ShareChart.Bar(
              AttributionFindings.text($0.source), share: $0.share, alone: $0.alone,
              removed: $0.removed)
          }
        )
      }
    }
    guard !panels.isEmpty else { return nil }
    return ShareChart(
      name: blameName, title: "Which roundings are to blame",
      summary:
        "Shares of \u{2016}e\u{2016}\u{b2}, e the error of all weight updates or gradients of one "
        + "step from the reference's weights. A bar is a Shapley value: bars add up to the whole. A "
        + "circle is the source alone, a cross what switching it off removes.",
      panels: panels)
  }
}

extension MixedPrecisionStepReport {
  /// The section on who is to blame; nil where nothing was looked at.
  func blame(_ figure: String, pushes map: String) -> Markup.Section? {
    let pushes = (StepTables.pushes(run)?.markup ?? "") + map
    guard !run.blames.isEmpty || !pushes.isEmpty else { return nil }
    let names = run.blames.filter { $0.leading != nil }.map(\.policy)
    let omitted = run.blames.filter { $0.leading == nil }.map { blame in
      "`\(blame.policy)` was not looked at: "
        + (blame.omission
          ?? "an update or a gradient of the step is infinite, NaN or as exact as the "
          + "reference's") + "."
    }
    let more = names.first.map { name in
      "Sources that matter less are taken together here, and one step stands for all. Each by itself, at "
        + "any step and by layer: `halfway attribute --policy \(name) --of updates --layers`, with the "
        + "options of this run."
    }
    return Markup.Section(
      "Which rounding is to blame?", id: "blame",
      content: (omitted + [more].compactMap(\.self)).map { Markup.paragraph($0) }.joined() + figure
        + (run.blames.isEmpty
          ? ""
          : Markup.folded(
            "Policy by policy: shares of the error",
            StepTables.blames(run.blames).map(\.markup).joined())) + pushes)
  }
}
