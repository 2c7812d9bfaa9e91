// SPDX-License-Identifier: Apache-2.0
import Measurements

extension MixedPrecisionStepReport {
  /// The report on a run of another framework as one HTML document.
  func watchedPage(_ watched: WatchedRecord, figures: [any Figure]) -> String {
    let name = watched.script ?? run.configuration.model
    let beside =
      watched.isLocalOnly
      ? "What does each operation of `\(name)` add to the error of its training"
      : "What does its arithmetic do to the training of `\(name)`"
    return HTMLPage(
      label: "Halfway report", title: "A training run beside its FP64 twin",
      question: "\(beside), over \(run.stepsInWords)"
        + (watched.isLocalOnly
          ? "?" : ", measured against the same steps in FP64 from the same weights?"),
      verdict: verdict.sentence, holds: true, findings: verdict.findings,
      sections: watchedSections(watched, figures: figures),
      footer: "Written by \(context.tool)."
    ).markup
  }

  private func watchedSections(
    _ watched: WatchedRecord, figures: [any Figure]
  ) -> [Markup.Section] {
    var number = 0
    func drawn(_ names: String...) -> String {
      figures.filter { names.contains($0.name) }.map { figure in
        number += 1
        return Markup.figure(figure, number: number)
      }.joined()
    }
    let tags = StepFigures(run).gradientTags
    let first = outcomes.first
    return [
      Markup.Section(
        "What ran?", id: "run", content: Markup.definitions(WatchedTables.facts(run, watched))),
      Markup.Section(
        "Is it safe here?", id: "training",
        content: WatchedTables.outcome(outcomes, run).markup + drawn("loss")
          + (first.flatMap { WatchedTables.concerns($0, run) }?.markup
            ?? Markup.paragraph("No tensor was damaged by the definitions of docs/metrics.md."))),
      Markup.Section(
        "Where does it hurt first?", id: "first",
        content: (first.map { WatchedTables.incidents($0, run).markup } ?? "")
          + (first.flatMap { WatchedTables.origins($0, run) }?.markup ?? "")
          + drawn("gradient-errors")),
      Markup.Section(
        "How much?", id: "gradients",
        content: rates(first) + drawn("gradients") + (StepTables.clipping(run)?.markup ?? "")
          + drawn("zeroed", "subnormal", "overflow") + clean(figures: figures)
          + Markup.folded(
            "Tensor by tensor: shares of gradient values that became zero, subnormal or infinite",
            StepTables.tensors(run, tags: tags).map(\.markup).joined())
          + StepFigures.exponentNames.map { drawn($0) }.joined() + drawn("lost-updates")
          + Markup.folded(
            "Weight by weight: updates that did not arrive",
            StepTables.updates(run).map(\.markup).joined())),
      WatchedTables.decisions(watched).map {
        Markup.Section("Which decisions were others?", id: "decisions", content: $0.markup)
      },
      Markup.Section(
        "What would help?", id: "help",
        content: (remedies.isEmpty ? "" : StepTables.remedies(remedies).markup) + unhelped
          + drawn("loss-scale")
          + Markup.folded(
            "Gradient by gradient: the loss scales that fit",
            StepTables.windows(run, tags: tags).map(\.markup).joined())),
      Markup.Section(
        "What was not compared?", id: "not-compared", content: notCompared(watched)),
      Markup.Section("How it was measured", id: "method", content: watchedMethod(watched)),
      Markup.Section("How to make it again", id: "again", content: reproduction),
    ].compactMap(\.self)
  }

  /// The rates of all gradients and updates, in a paragraph.
  private func rates(_ outcome: PolicyOutcome?) -> String {
    guard let outcome else { return "" }
    func percent(_ share: Double?) -> String {
      share.map { ReadableNumber.percent($0, digits: 2) } ?? "an unknown share"
    }
    guard let gradients = outcome.gradients, let updates = outcome.updates else {
      return Markup.paragraph(
        "The run diverged: figures of gradients and updates over all steps do not exist.")
    }
    let lost =
      updates.nonzero == 0
      ? "What arrived of the updates is not known."
      : "Of the updates \(percent(updates.lostRate)) were lost, \(percent(updates.lostMassShare)) of "
        + "their mass."
    return Markup.paragraph(
      "Of the nonzero values of all gradients \(percent(gradients.zeroedRate)) became zero and "
        + "\(percent(gradients.subnormalRate)) are stored as subnormal numbers; of all values "
        + "\(percent(gradients.overflowRate)) overflowed. \(lost)")
  }

  private func notCompared(_ watched: WatchedRecord) -> String {
    let tables = [
      WatchedTables.notes(
        watched, [.notCompared],
        caption:
          "Results that the twin took from the run: their error counts as none from there on."),
      WatchedTables.notes(
        watched, [.fused],
        caption: "Operations of several in one: what each of its parts adds is not told apart."),
      WatchedTables.notes(
        watched, [.random],
        caption: "Random values, which the twin took from the run: both see the same."),
      WatchedTables.notes(
        watched, [.compiled, .warning], caption: "What else a reader should know."),
    ].compactMap(\.self)
    let always = [
      "Steps from the twin\u{2019}s own weights: a watched run has the error along its own way alone, so "
        + "that what one step adds to the gradients is told by operation, and not as a whole.",
      "Other seeds and other batches: what chance does was not measured.",
      "Examples kept from training: nothing is said of what the model has learned beyond its loss.",
    ]
    return tables.map(\.markup).joined()
      + (tables.isEmpty ? Markup.paragraph("Every result of the measured steps was compared.") : "")
      + Markup.paragraph("Not measured, here as in every watched run:") + Markup.list(always)
  }

  private func watchedMethod(_ watched: WatchedRecord) -> String {
    let twin =
      watched.isLocalOnly
      ? "Every operation of a measured step was computed once more in FP64 on the operands that it had. There "
        + "was no twin (`--local-only`): what the operands themselves are off by is not known."
      : "Every operation of the run was computed twice more in FP64: on the operands that it had, and on "
        + "those of a twin that started from the same weights and has had the same batches, random numbers and "
        + "decisions. The run itself is what it is without being watched."
    return Markup.paragraph(twin)
      + Markup.paragraph(
        "x is the operation in FP64 on the operands that it had, y what was stored.")
      + Markup.definitions([
        ("zeroed rate", "#{x \u{2260} 0, y = 0} / #{x \u{2260} 0}; minus zero counts as zero"),
        ("subnormal rate", "#{0 < |y| < 2^emin} / #{x \u{2260} 0}"),
        (
          "overflow rate",
          "#{|x| \u{2265} \u{03a9} + ulp(\u{03a9})/2, or y infinite} / #{all}; what is infinite in the twin, too, "
            + "as a mask is, counts for nothing"
        ),
        ("added", "\u{2016}y \u{2212} x\u{2016} / \u{2016}twin\u{2016}"),
        ("inherited", "\u{2016}x \u{2212} twin\u{2016} / \u{2016}twin\u{2016}"),
        ("lost update", "d \u{2260} 0 and fl(w + d) = w; by count over #{d \u{2260} 0}, by mass"),
      ])
      + Markup.paragraph(
        "docs/pytorch.md has the method, docs/metrics.md the definitions and the thresholds.")
  }
}
