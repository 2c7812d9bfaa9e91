// SPDX-License-Identifier: Apache-2.0
import Measurements

extension MixedPrecisionStepReport {
  /// The method in short, with the denominator of every rate.
  var method: String {
    let configuration = run.configuration
    let local =
      configuration.localEvery > 0
      ? "\u{201c}This step alone\u{201d} starts the step from \(reference)'s weights instead, at "
        + "\(schedule(configuration.localEvery))."
      : "Comparisons from \(reference)'s own weights were not made."
    let setting =
      "Model: \(configuration.architecture), \(grouped(configuration.parameters)) parameters. "
      + "\(examples) Optimizer \(configuration.optimizer). All twins start from the "
      + "same weights, see the same batches and advance in lock step; the order of every sum is "
      + "part of the policy. Tensors are measured at \(schedule(configuration.measureEvery)). "
      + local
    return Markup.paragraph(setting)
      + (proof.map { Markup.paragraph(counting($0)) } ?? "")
      + Markup.list(run.policies.map { "`\($0.policy.name)`: \($0.policy.summary)" })
      + Markup.paragraph("x is a value before it is rounded to its format, y the stored one.")
      + Markup.definitions(terms)
      + Markup.paragraph(judgement)
  }

  /// What the model learned from, and how much of it at a time.
  private var examples: String {
    let configuration = run.configuration
    var parts: [String] = []
    if let text = configuration.text {
      parts.append(
        "Text: \(text.name), \(grouped(text.characters)) characters, \(text.vocabulary) of them "
          + "distinct.")
    }
    if let images = configuration.images {
      parts.append(
        "Images: \(images.name), \(grouped(images.images)) of \(images.height) × \(images.width) "
          + "pixels in \(images.channels == 1 ? "grey" : "colour"), \(images.classes) classes.")
    }
    let context = configuration.context.map { ", context \($0)" } ?? ""
    return (parts + ["Batch \(configuration.batch)\(context)."]).joined(separator: " ")
  }

  /// The meanings of the measured quantities.
  private var terms: [(term: String, meaning: String)] {
    [
      ("zeroed rate", "#{x ≠ 0, y = 0} / #{x ≠ 0}; minus zero counts as zero"),
      ("subnormal rate", "#{0 < |y| < 2^emin} / #{x ≠ 0}"),
      ("overflow rate", "#{|x| ≥ Ω + ulp(Ω)/2} / #{all}, Ω the largest finite number"),
      ("relative error", "‖g − g_ref‖ / ‖g_ref‖, the Euclidean norm over all weight gradients"),
      ("cosine", "g·g_ref / (‖g‖ ‖g_ref‖)"),
      ("norm ratio", "‖g‖ / ‖g_ref‖"),
      ("drift", "‖θ − θ_ref‖ / ‖θ_ref − θ₀‖, θ₀ the initial weights"),
      ("lost update", "d ≠ 0 and fl(w + d) = w; by count over #{d ≠ 0}, by mass Σ|d lost| / Σ|d|"),
      (
        "progress",
        "the loss of fixed examples before the first step less that after the last, each as the policy "
          + "predicts them"
      ),
    ]
  }

  private var reference: String { run.reference.policy.name }

  /// What the number of compared results counts.
  private func counting(_ proof: ArithmeticProof) -> String {
    let exact = proof.rows.filter { !$0.operation.rounds && $0.roundings.count > 1 }
      .map { "`\($0.operation.rawValue)`" }
      .reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
    let repeated =
      exact.isEmpty
      ? "" : ", also those of \(Verdict.enumeration(exact)), which no rounding can change"
    return "Results of the arithmetic are compared and counted once per rounding\(repeated)."
  }

  /// How the verdicts come about.
  private var judgement: String {
    let progress = ReadableNumber.percent(PolicyOutcome.Threshold.progress, digits: 1)
    let share = ReadableNumber.percent(DamageThreshold.share, digits: 1)
    let times = ReadableNumber.significant(DamageThreshold.updateRatio, digits: 2)
    let kept = ReadableNumber.percent(DamageThreshold.keptDecay, digits: 1)
    let skips = ReadableNumber.percent(Concern.skippedShare, digits: 1)
    let spike = ReadableNumber.significant(Inconclusive.spike, digits: 2)
    return
      "A policy is called diverged when a loss is infinite or NaN; unsafe when it gave up more than "
      + "\(progress) of \(reference)'s progress on the same examples, and there are runs enough to say so "
      + "(paired seeds at 99 %, or more than another seed would do, by docs/metrics.md); at risk when it does not, but "
      + "some tensor has at least \(share) of its nonzero values zeroed, of its "
      + "update mass lost or of its updates vanished, an update that is not finite or more than \(times) times as "
      + "long as \(reference)'s or for long shorter or longer than it, \(kept) of a weight kept against its decay, "
      + "\(skips) of the steps skipped for scaled gradients without the way down, or overflowed in a step that no "
      + "loss scaler skipped; otherwise close; undecided where more runs would tell, and all of them where \(reference) itself diverged, "
      + "made no "
      + "progress, began with a loss that rose above \(spike) times its first, or ran for fewer than \(2 * RunSummary.window) steps. This is one "
      + "model, one set of examples and one seed: a policy that is close here is not thereby safe "
      + "elsewhere."
  }

  private func grouped(_ n: Int) -> String { ReadableNumber.grouped(UInt64(max(n, 0))) }

  /// When something happens that is due at step 1 and at every multiple of a number.
  private func schedule(_ interval: Int) -> String {
    interval <= 1 ? "every step" : "step 1 and every multiple of \(interval)"
  }
}
