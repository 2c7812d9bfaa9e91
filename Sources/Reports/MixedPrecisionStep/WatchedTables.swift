// SPDX-License-Identifier: Apache-2.0
import Measurements

/// The tables of a report on a run that was watched.
enum WatchedTables {
  /// What ran, on what.
  static func facts(_ run: TrainingRun, _ watched: WatchedRecord) -> [(
    term: String, meaning: String
  )] {
    let configuration = run.configuration
    let script = watched.script.map { "`\(([$0] + watched.arguments).joined(separator: " "))`" }
    let software = [watched.framework, watched.python.map { "Python \($0)" }, watched.device]
      .compactMap(\.self).joined(separator: ", ")
    let parameters = ReadableNumber.grouped(UInt64(max(configuration.parameters, 0)))
    let model =
      [configuration.architecture, configuration.parameters > 0 ? "\(parameters) parameters" : ""]
      .filter { !$0.isEmpty }.joined(separator: ", ")
    let facts: [(String, String?)] = [
      ("script", script),
      ("model", "`\(configuration.model)`" + (model.isEmpty ? "" : ": \(model)")),
      ("optimizer", configuration.optimizer), ("batch", watched.batch.map(String.init)),
      ("formats", policies(run)), ("computed by", software.isEmpty ? nil : software),
      ("ended", watched.end.map(endInWords) ?? "the recording breaks off"),
    ]
    return facts.compactMap { term, meaning in meaning.map { (term, $0) } }
  }

  private static func policies(_ run: TrainingRun) -> String? {
    run.policies.first.map { policy in
      let policy = policy.policy
      return "operands \(policy.operands), accumulator \(policy.accumulator), weights "
        + "\(policy.weights), optimizer \(policy.optimizer), "
        + (policy.lossScaling.map { "loss scaling: \($0)" } ?? "no loss scaling")
        + "; \(policy.summary)"
    }
  }

  /// Why there are no more steps.
  static func endInWords(_ end: String) -> String {
    switch end {
    case "finished": "with the script"
    case "steps": "after as many steps as were asked for"
    case "interrupted": "it was interrupted"
    default: end
    }
  }

  /// What became of loss, gradients and weights.
  static func outcome(_ outcomes: [PolicyOutcome], _ run: TrainingRun) -> HTMLTable {
    let name = run.reference.policy.name
    let window = RunSummary.window
    return HTMLTable(
      caption:
        "The run against its \(name) twin. Loss: mean of the last \(window) steps, as the run "
        + "computed it. Lost progress: what the loss fell less by than the twin\u{2019}s from the first "
        + "\(window) steps to the last \(window), in shares of what the twin\u{2019}s fell by. Drift: the "
        + "distance of the weights from the twin\u{2019}s in shares of the way that those went. "
        + "Gradient error: of all weight gradients together, median over steps.",
      headings: [
        "run", "verdict", "loss", "twin\u{2019}s loss", "lost progress [%]", "95 % [%]",
        "drift [%]", "gradient error [1]", "skipped steps",
      ],
      rows: outcomes.map { outcome in
        [
          .text(outcome.policy),
          outcome.status == .close
            ? .text(outcome.status.words) : .warning(outcome.status.words),
          .fixed(outcome.finalLoss, digits: 4), .fixed(run.reference.finalLoss, digits: 4),
          .percent(outcome.lostProgress, alarm: PolicyOutcome.Threshold.progress),
          .text(
            outcome.lostProgressInterval.map {
              "\(percent($0.lower)) to \(percent($0.upper))"
            } ?? "\u{2013}"), .percent(outcome.drift), .number(outcome.gradientError, digits: 2),
          .count(UInt64(max(outcome.skippedSteps, 0))),
        ]
      })
  }

  private static func percent(_ share: Double) -> String {
    ReadableNumber.significant(share * 100, digits: 2)
  }

  /// The first overflow, NaN and large error, each with its line of the script.
  static func incidents(_ outcome: PolicyOutcome, _ run: TrainingRun) -> HTMLTable {
    let interval = run.configuration.measureEvery
    let incidents = [
      ("overflow", outcome.incidents.overflow), ("NaN", outcome.incidents.nan),
      ("large error", outcome.incidents.divergence),
    ]
    return HTMLTable(
      caption: "The first overflow, the first NaN and the first large error (of at least "
        + "\(ReadableNumber.trimmed(Incident.divergence, digits: 2)) of a tensor\u{2019}s length), at "
        + (interval > 1 ? "the measured steps, 1 and every multiple of \(interval)" : "all steps")
        + "; of several tensors of a step the one that the step computed first. Steps that the loss "
        + "scaler then skipped are included. Added: by the operation itself; inherited: with its "
        + "operands.",
      headings: ["first", "step", "tensor", "line", "share or error", "added", "inherited"],
      rows: incidents.map { name, incident in
        guard let incident else {
          return [
            .text(name), .none, .text(interval > 1 ? "not seen" : "never"), dash, dash, .none,
            .none,
          ]
        }
        let isError = name == "large error"
        return [
          .text(name), .count(UInt64(max(incident.step, 0))), .text(incident.tensor.name),
          line(of: incident.tensor, run),
          isError
            ? .number(incident.amount, digits: 2)
            : .text(ReadableNumber.percent(incident.amount, digits: 2)),
          .number(incident.added, digits: 2), .number(incident.inherited, digits: 2),
        ]
      })
  }

  private static func line(of tag: TensorTag, _ run: TrainingRun) -> HTMLTable.Cell {
    run.watched?.source(of: tag).map { .code($0) } ?? dash
  }

  /// Nothing, in a column of words.
  private static let dash = HTMLTable.Cell.text("\u{2013}")

  /// The operations that add most error of their own.
  static func origins(_ outcome: PolicyOutcome, _ run: TrainingRun) -> HTMLTable? {
    guard !outcome.origins.isEmpty else { return nil }
    return HTMLTable(
      caption:
        "Where error arises: the \(outcome.origins.count) results to which their own operation "
        + "adds most, median over steps. Added: against the operation in FP64 on the operands that it had, "
        + "in shares of the \(run.watched?.isLocalOnly == true ? "exact result" : "twin\u{2019}s result")"
        + "\u{2019}s length. Inherited: what those operands brought along.",
      headings: ["rank", "result", "line", "format", "added", "inherited", "bias [ulp]"],
      rows: outcome.origins.enumerated().map { index, origin in
        let bias = (origin.bias.magnitudeScore ?? 0).magnitude > BiasFigures.shownScore
        return [
          .text("\(index + 1)"), .text(origin.tensor.name), line(of: origin.tensor, run),
          .text(
            run.policies.first?.tensors.first { $0.tag == origin.tensor }?.format ?? "\u{2013}"),
          .number(origin.added, digits: 2), .number(origin.inherited, digits: 2),
          bias ? .number(origin.bias.magnitude, digits: 2) : .none,
        ]
      })
  }

  /// The greatest concerns with their lines.
  static func concerns(_ outcome: PolicyOutcome, _ run: TrainingRun) -> HTMLTable? {
    guard !outcome.concerns.isEmpty else { return nil }
    let shown = 12
    let rest = outcome.concerns.count - shown
    return HTMLTable(
      caption: "What the run did, the worst first."
        + (rest > 0 ? " \(rest) more stand in report.json." : ""),
      headings: ["from step", "line", "it"],
      rows: outcome.concerns.prefix(shown).map { concern in
        [.text("\(concern.firstStep)"), line(of: concern.tensor, run), .text(concern.sentence)]
      })
  }

  /// Decisions that the twin would have made otherwise; nil where none were compared.
  static func decisions(_ watched: WatchedRecord) -> HTMLTable? {
    guard !watched.decisions.isEmpty else { return nil }
    let different = watched.decisions.filter { $0.different > 0 }
    let shown = 20
    let same = watched.decisions.count - different.count
    return HTMLTable(
      caption:
        "Whole numbers and truth values that the run made of its numbers (the places of maxima, "
        + "comparisons, sorted orders) beside those of the twin, over all measured steps. The twin goes on "
        + "with the run\u{2019}s."
        + (same > 0
          ? " At \(same) of \(watched.decisions.count) places all were the same." : "")
        + (different.count > shown
          ? " \(different.count - shown) more stand in training.json." : ""),
      headings: [
        "layer", "operation", "line", "decisions", "otherwise", "share [%]", "first at step",
      ],
      rows: different.prefix(shown).map { decision in
        [
          .text(decision.layer), .text(decision.operation),
          decision.source.map { .code($0) } ?? dash,
          .count(UInt64(max(decision.count, 0))), .count(UInt64(max(decision.different, 0))),
          .percent(Double(decision.different) / Double(max(decision.count, 1))),
          decision.firstStep.map { .count(UInt64(max($0, 0))) } ?? .none,
        ]
      })
  }

  /// The notes of some kinds; nil without any.
  static func notes(
    _ watched: WatchedRecord, _ kinds: [NoteKind], caption: String
  ) -> HTMLTable? {
    let notes = watched.notes.filter { kinds.contains($0.kind) }
    guard !notes.isEmpty else { return nil }
    return HTMLTable(
      caption: caption, headings: ["layer", "operation", "line", "why", "times"],
      rows: notes.map { note in
        [
          .text(note.layer ?? "\u{2013}"), .text(note.operation ?? "\u{2013}"),
          note.source.map { .code($0) } ?? dash, .text(note.text),
          .count(UInt64(max(note.count, 0))),
        ]
      })
  }
}
