// SPDX-License-Identifier: Apache-2.0
import Measurements

extension MixedPrecisionStepReport {
  /// The report as one HTML document.
  func page(figures: [any Figure]) -> String {
    if let watched = run.watched { return watchedPage(watched, figures: figures) }
    let configuration = run.configuration
    let policies = Verdict.enumeration(run.policies.map { "`\($0.policy.name)`" })
    let opening = proof == nil ? "What" : "Is the software arithmetic exact, and what"
    return HTMLPage(
      label: "Halfway report",
      title: "A training step in several precisions",
      question: (context.question.map { $0 + " " } ?? "")
        + "\(opening) \(run.policies.count == 1 ? "does" : "do") "
        + "\(policies) do to the training of the model "
        + "`\(configuration.model)` (\(configuration.architecture)) over \(run.stepsInWords), "
        + "measured against the same training in \(run.reference.policy.name)?",
      verdict: verdict.sentence, holds: verdict.arithmeticHolds, findings: verdict.findings,
      sections: sections(figures: figures),
      footer: "Written by \(context.tool)."
    ).markup
  }

  private func sections(figures: [any Figure]) -> [Markup.Section] {
    var number = 0
    func drawn(_ names: String...) -> String {
      figures.filter { names.contains($0.name) }.map { figure in
        number += 1
        return Markup.figure(figure, number: number)
      }.joined()
    }
    let name = run.reference.policy.name
    let tags = StepFigures(run).gradientTags
    let exponents = { figures.filter { StepFigures.exponentNames.contains($0.name) } }
    return [
      Markup.Section(
        "Is it safe here?", id: "training",
        content: StepTables.policies(run).markup
          + StepTables.outcomes(outcomes, run: run).markup
          + (StepTables.comparisons(outcomes, comparisons, run: run)?.markup ?? "") + drawn("loss")
          + (StepTables.evaluation(run)?.markup ?? "") + (StepTables.inference(run)?.markup ?? "")
          + (StepTables.averages(run)?.markup ?? "")),
      Markup.Section(
        "Where does it hurt first?", id: "first",
        content: StepTables.incidents(outcomes, every: run.configuration.measureEvery).markup
          + drawn("local-gradient-errors", "gradient-errors")
          + (outcomes.allSatisfy(\.origins.isEmpty)
            ? "" : StepTables.origins(outcomes, reference: name).markup)),
      blame(drawn(StepFigures.blameName), pushes: drawn(StepFigures.pushName)),
      Markup.Section(
        "How much?", id: "gradients",
        content: StepTables.gradients(outcomes, reference: run.reference).markup
          + drawn("gradients", "drift")
          + (StepTables.clipping(run)?.markup ?? "")
          + StepTables.noise(run, outcomes, floor: noiseFloor).markup
          + drawn("zeroed", "subnormal", "overflow") + clean(figures: figures)
          + Markup.folded(
            "Tensor by tensor: shares of gradient values that became zero, subnormal or infinite",
            StepTables.tensors(run, tags: tags).map(\.markup).joined())
          + exponents().map { drawn($0.name) }.joined()
          + drawn("lost-updates")
          + Markup.folded(
            "Weight by weight: updates that did not arrive",
            StepTables.updates(run).map(\.markup).joined())),
      Markup.Section(
        "What would help?", id: "help",
        content: (remedies.isEmpty ? "" : StepTables.remedies(remedies).markup) + unhelped
          + drawn("loss-scale")
          + Markup.folded(
            "Gradient by gradient: the loss scales that fit",
            StepTables.windows(run, tags: tags).map(\.markup).joined())),
      StepTables.memory(run).map {
        Markup.Section("What does it cost in memory?", id: "memory", content: $0.markup)
      },
      savings.map { SavingsSection($0).section },
      proof.map {
        Markup.Section("Is the arithmetic exact?", id: "arithmetic", content: arithmetic($0))
      },
      Markup.Section("How it was measured", id: "method", content: method),
      Markup.Section("How to make it again", id: "again", content: reproduction),
    ].compactMap(\.self)
  }

  private func arithmetic(_ proof: ArithmeticProof) -> String {
    let claim =
      "\(ReadableNumber.grouped(proof.tested)) results compared with \(proof.reference), "
      + "\(ReadableNumber.grouped(proof.mismatches)) differ. A result is a value together with its "
      + "exception flags; every bit counts, the sign of zero included, and a NaN must be the "
      + "format's canonical one."
    return Markup.paragraph(claim) + StepTables.arithmetic(proof).map(\.markup).joined()
      + "<p class=\"files\"><a href=\"data/arithmetic.csv\">all rows</a></p>\n"
  }

  /// The sentence for damaged policies that no rule helps, or for a run without damage.
  var unhelped: String {
    let names = outcomes.filter { outcome in
      outcome.isDamaged && !remedies.contains { $0.policy == outcome.policy }
    }.map { "`\($0.policy)`" }
    if names.isEmpty {
      return remedies.isEmpty
        ? Markup.paragraph("Nothing that was measured asks for a change.") : ""
    }
    return Markup.paragraph(
      "For \(Verdict.enumeration(names)) no rule of docs/metrics.md names a change; what was found is "
        + "told at the beginning.")
  }

  /// The sentence for the kinds of damage that no gradient shows and that therefore have no figure.
  func clean(figures: [any Figure]) -> String {
    let kinds = [
      ("zeroed", "became zero"), ("subnormal", "is stored as a subnormal number"),
      ("overflow", "overflowed"),
    ].filter { kind in !figures.contains { $0.name == kind.0 } }
    guard !kinds.isEmpty, !run.policies.isEmpty else { return "" }
    return Markup.paragraph(
      "No gradient value of any policy \(kinds.map(\.1).joined(separator: " or "))"
        + (run.configuration.measureEvery > 1 ? " at a measured step." : "."))
  }

  var reproduction: String {
    func grouped(_ n: Int) -> String { ReadableNumber.grouped(UInt64(max(n, 0))) }
    var data: [(term: String, meaning: String)] = []
    if let text = run.configuration.text {
      data.append(
        ("text", "\(text.name), \(grouped(text.bytes)) bytes, FNV-1a `\(text.digest)`"))
    }
    if let images = run.configuration.images {
      data.append(
        ("images", "\(images.name), \(grouped(images.images)), FNV-1a `\(images.digest)`"))
    }
    var facts: [(term: String, meaning: String)] = [("tool", context.tool)]
    facts += data
    if run.watched == nil { facts.append(("seed", "\(run.configuration.seed)")) }
    facts += context.environment.map { (term: $0.name, meaning: $0.value) }
    facts += [
      ("started", context.run.started),
      ("duration", "\(ReadableNumber.fixed(context.run.seconds, digits: 1)) s"),
    ]
    let promise =
      run.watched == nil
      ? "The same command gives the same numbers on any machine and any number of threads; only "
        + "what is listed under environment, start and duration changes."
      : "The same recording gives the same report; a run of the script gives the same recording where "
        + "the framework computes the same."
    return "<pre>\(Escaping.markup(context.command))</pre>\n" + Markup.paragraph(promise)
      + Markup.definitions(facts)
      + "<p class=\"files\">Everything above as data: <a href=\"report.json\">report.json</a>, "
      + "<a href=\"data/policies.csv\">policies</a>, "
      + "<a href=\"data/comparisons.csv\">every two of them</a>, "
      + "<a href=\"data/tensors.csv\">every tensor at every measured step</a></p>\n"
  }
}
