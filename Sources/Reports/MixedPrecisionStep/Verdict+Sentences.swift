// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements

/// The sentences of a verdict.
extension Verdict {
  static func arithmetic(_ proof: ArithmeticProof) -> String {
    guard proof.tested > 0 else { return "No arithmetic was compared" }
    let names = proof.formats.map(\.id)
    let agreement =
      proof.mismatches == 0
      ? "agrees with \(proof.reference) bit for bit"
      : "differs from \(proof.reference) in \(ReadableNumber.grouped(proof.mismatches)) results"
    return "Software arithmetic in \(enumeration(names)) \(agreement)"
  }

  static func proof(_ proof: ArithmeticProof) -> String {
    "\(ReadableNumber.grouped(proof.tested)) results compared with \(proof.reference), "
      + "\(ReadableNumber.grouped(proof.mismatches)) differ."
  }

  /// What a policy did to the training, its first concern and a scaler's error, as a clause.
  package static func judgement(_ outcome: PolicyOutcome, _ name: String) -> String {
    let lost = outcome.lostProgress.map { ReadableNumber.percent($0, digits: 2) } ?? "part"
    let damage =
      switch outcome.status {
      case .diverged: "diverged at step \(outcome.divergedStep ?? 0)"
      case .unsafe: "gave up \(lost) of \(name)'s progress"
      case .atRisk, .close, .undecided: outcome.progressInWords(name) + outcome.riskInWords
      }
    return (outcome.concerns.first.map { "\(damage): it \($0.sentence)" } ?? damage)
      + outcome.stopInWords
  }

  static func gradients(
    _ closest: PolicyOutcome, _ all: [PolicyOutcome], _ name: String
  ) -> String {
    let digits = digits(closest, all, \.stepError)
    let text = { (outcome: PolicyOutcome) in
      outcome.stepError.map { ReadableNumber.significant($0, digits: digits) } ?? "no figure"
    }
    let note = { (outcome: PolicyOutcome) in
      outcome.status == .diverged ? " (diverged)" : ""
    }
    let start = closest.localGradientError == nil ? "its own" : "\(name)'s"
    let leaders = Verdict.leaders(closest, all, \.stepError)
    return "Closest gradients\(among(closest, all)): \(alike(leaders)), a relative error of "
      + "\(text(closest)) in a step from \(start) weights\(rivals(of: leaders, all, text, note))."
  }

  /// What happened to tensors of a run that has no verdict; nil where nothing did.
  static func happened(_ outcome: PolicyOutcome) -> String? {
    guard let concern = outcome.concerns.first else { return nil }
    let rest = outcome.concerns.count - 1
    return "`\(outcome.policy)` \(concern.sentence)"
      + (rest > 0 ? " (and \(rest) more such \(rest == 1 ? "finding" : "findings"))." : ".")
  }

  /// How far a watched run's gradients and weights are from its twin's; nil where nothing is known.
  static func distance(_ outcome: PolicyOutcome) -> String? {
    let gradients = outcome.gradientError.map {
      "its gradients have a relative error of \(ReadableNumber.significant($0, digits: 2)) (median over "
        + "steps)"
    }
    let weights = outcome.drift.map {
      "its weights ended \(ReadableNumber.percent($0, digits: 2)) of the twin\u{2019}s way from the "
        + "twin\u{2019}s"
    }
    let parts = [gradients, weights].compactMap(\.self)
    return parts.isEmpty ? nil : "`\(outcome.policy)`: \(enumeration(parts))."
  }

  static func weights(
    _ closest: PolicyOutcome, _ all: [PolicyOutcome], _ run: TrainingRun
  ) -> String {
    let digits = digits(closest, all, \.drift)
    let text = { (outcome: PolicyOutcome) in
      outcome.drift.map { ReadableNumber.percent($0, digits: digits) } ?? "nothing finite"
    }
    let note = { (outcome: PolicyOutcome) in
      run.policies.first { $0.policy.name == outcome.policy }
        .flatMap { Verdict.skips($0.steps.filter(\.skipped).map(\.step)) }
        .map { " (\($0))" } ?? ""
    }
    let leaders = Verdict.leaders(closest, all, \.drift)
    return "Closest weights\(among(closest, all)): \(alike(leaders))\(note(closest)), off by "
      + "\(text(closest)) of the distance that \(run.reference.policy.name)'s travelled"
      + "\(rivals(of: leaders, all, text, note))."
  }

  /// As many digits, from two to five, as tell the least of a figure from every greater one.
  private static func digits(
    _ closest: PolicyOutcome, _ all: [PolicyOutcome], _ figure: (PolicyOutcome) -> Double?
  ) -> Int {
    let range = 2...mostDigits
    guard let least = figure(closest) else { return range.lowerBound }
    let leaders = leaders(closest, all, figure).map(\.policy)
    let others = all.filter { !leaders.contains($0.policy) }.compactMap(figure).filter(\.isFinite)
    return range.first { digits in
      let text = ReadableNumber.significant(least, digits: digits)
      return !others.contains { ReadableNumber.significant($0, digits: digits) == text }
    } ?? range.upperBound
  }

  /// Which policies compete to be closest.
  static func among(_ closest: PolicyOutcome, _ all: [PolicyOutcome]) -> String {
    let rivals = all.filter(\.isLowPrecision).count
    return closest.isLowPrecision && rivals > 1 && rivals < all.count
      ? " among the low-precision policies" : ""
  }

  /// The figures of the other policies of the same precision class.
  private static func rivals(
    of leaders: [PolicyOutcome], _ all: [PolicyOutcome], _ text: (PolicyOutcome) -> String,
    _ note: (PolicyOutcome) -> String = { _ in "" }
  ) -> String {
    let others = all.filter {
      !leaders.map(\.policy).contains($0.policy)
        && $0.isLowPrecision == leaders.first?.isLowPrecision
    }
    guard !others.isEmpty else { return "" }
    return ", against " + enumeration(others.map { "\(text($0)) for `\($0.policy)`\(note($0))" })
  }

  /// Whether the trained models are the same; nil where none were evaluated.
  static func model(_ run: TrainingRun) -> String? {
    let flips = run.policies.compactMap { policy -> (String, Double, EvaluationScores)? in
      guard let evaluation = policy.evaluation, let rate = evaluation.differences.first?.flipRate,
        let scores = evaluation.scores.first, scores.accuracy != nil
      else { return nil }
      return (policy.policy.name, rate, scores)
    }
    guard let scores = run.reference.evaluation?.scores.first, scores.accuracy != nil,
      !flips.isEmpty
    else { return nil }
    let name = run.reference.policy.name
    let each = flips.map { policy, rate, scores in
      "`\(policy)` in \(accuracy(scores)) with "
        + "\(rate == 0 ? "none" : ReadableNumber.percent(rate, digits: 2)) decided otherwise"
        + paired(policy, run)
    }
    return
      "Trained models on \(ReadableNumber.grouped(UInt64(scores.count))) predictions: \(name) is "
      + "right in \(accuracy(scores)), \(enumeration(each))."
  }

  /// The share of right predictions with its interval.
  private static func accuracy(_ scores: EvaluationScores) -> String {
    guard let share = ProportionInterval(successes: scores.correct, of: scores.count) else {
      return "no figure"
    }
    func percent(_ x: Double) -> String { ReadableNumber.fixed(x * 100, digits: 1) }
    return "\(percent(share.estimate))\u{a0}% (\(percent(share.lower)) to \(percent(share.upper)))"
  }

  /// Whether a policy is right more or less often than the reference; nothing where it is on the
  /// same examples.
  private static func paired(_ policy: String, _ run: TrainingRun) -> String {
    let name = run.reference.policy.name
    guard let pair = run.predictionPairs.first(where: { $0.first == name && $0.second == policy }),
      pair.onlyFirst + pair.onlySecond > 0
    else { return "" }
    return " (\(pair.onlySecond) right there alone, \(pair.onlyFirst) in \(name) alone, p = "
      + "\(ReadableNumber.significant(pair.probability, digits: 2)))"
  }

  static func damage(_ outcome: PolicyOutcome, _ name: String) -> String {
    let rest = outcome.concerns.count - 1
    let more = rest > 0 ? " (and \(rest) more such \(rest == 1 ? "finding" : "findings"))" : ""
    let cause = outcome.concerns.first.map { " It \($0.sentence)\(more)." } ?? ""
    let lost = outcome.lostProgress.map { ReadableNumber.percent($0, digits: 2) } ?? "part"
    return switch outcome.status {
    case .diverged:
      "`\(outcome.policy)` diverged at step \(outcome.divergedStep ?? 0)\(outcome.stopInWords).\(cause)"
    case .unsafe:
      "`\(outcome.policy)` is unsafe here: it gave up \(lost) of \(name)'s progress.\(cause)"
    case .atRisk, .close, .undecided:
      "`\(outcome.policy)` \(outcome.progressInWords(name, isExact: true)); it is at risk.\(cause)"
    }
  }

  /// The policies that ended further from the reference than it travelled itself, the furthest
  /// first.
  static func apart(_ outcomes: [PolicyOutcome], _ run: TrainingRun) -> [String] {
    let name = run.reference.policy.name
    let floor = NoiseFloor(run)?.drift
    let chance = floor.map {
      "; \(run.seedsName) on other batches ends \(ReadableNumber.percent($0, digits: 2)) apart"
    }
    let far = outcomes.compactMap { outcome in outcome.drift.map { (outcome.policy, $0) } }
      .filter { $0.1 > max(1, floor ?? 0) }
    return far.sorted { $0.1 > $1.1 }.map { policy, drift in
      "The weights of `\(policy)` ended \(ReadableNumber.percent(drift, digits: 2)) of \(name)'s way apart "
        + "from \(name)'s\(chance ?? "")."
    }
  }

  /// The gradients that are zero but for rounding; nil without any.
  static func zeros(_ run: TrainingRun) -> String? {
    let zeros = run.reference.zeroGradients ?? []
    guard !zeros.isEmpty else { return nil }
    let shown = 4
    let names = zeros.prefix(shown).map { zero in
      let count = zero.ranges.reduce(0) { $0 + $1.count }
      return zero.isWhole
        ? zero.tag.place : "\(zero.tag.place) (\(count) of \(zero.elements) elements)"
    }
    let more = zeros.count > shown ? ["\(zeros.count - shown) more"] : []
    let name = run.reference.policy.name
    return "Zero but for rounding: the gradients of \(enumeration(names + more)), which in "
      + "\(name) are rounding errors or nothing. No policy is judged by them."
  }

  /// That not all steps were taken.
  static func interruption(_ run: TrainingRun) -> String {
    guard let watched = run.watched else {
      return "The run was interrupted: everything here is of the steps that were taken, and the "
        + "trained models are those after the last of them."
    }
    let end = watched.end.map { "ended early (\($0))" } ?? "broke off, and left no reason"
    return "The run \(end): everything here is of the steps that were taken."
  }

  /// That nothing says what chance does; nil where further seeds were run.
  static func unmeasuredChance(_ run: TrainingRun) -> String? {
    guard run.seeds.isEmpty, Inconclusive(run) == nil else { return nil }
    if run.watched != nil {
      return
        "Chance was not measured: nothing tells these differences from what another order of the "
        + "examples would bring."
    }
    return
      "Chance was not measured: without runs on other batches (`--seeds`) no difference is told "
      + "from what another order of the examples would bring."
  }

  /// That roundings push one way; nil where they do not.
  package static func bias(_ outcome: PolicyOutcome) -> String? {
    guard outcome.isBiased, let signed = outcome.bias.signed,
      let magnitude = outcome.bias.magnitude
    else { return nil }
    func number(_ x: Double) -> String { ReadableNumber.significant(x, digits: 2) }
    func score(_ x: Double?) -> String { x.map { "z = \(number($0))" } ?? "all alike" }
    return "Roundings of `\(outcome.policy)` are biased: in the mean results are "
      + "\(number(magnitude.magnitude)) ulp \(magnitude < 0 ? "smaller" : "greater") in magnitude "
      + "than exact ones (\(score(outcome.bias.magnitudeScore))), and "
      + "\(number(signed.magnitude)) ulp \(signed < 0 ? "below" : "above") them "
      + "(\(score(outcome.bias.signedScore)))."
  }

  /// A policy that further seeds would tell more of.
  static func doubt(_ outcome: PolicyOutcome, _ name: String) -> String {
    "`\(outcome.policy)` is undecided: it \(outcome.progressInWords(name))."
  }

  static func scaling(_ run: PolicyRun) -> String? {
    let scales = run.steps.compactMap(\.lossScale)
    guard let first = scales.first, let last = scales.last else { return nil }
    let skipped = skips(run.steps.filter(\.skipped).map(\.step)) ?? "skipped no step"
    let change =
      first == last ? "stayed at \(power(first))" : "went from \(power(first)) to \(power(last))"
    return "Loss scaling of `\(run.policy.name)` \(skipped)\(reasons(run)); its scale \(change)."
  }

  /// Why steps were skipped, in parentheses; empty where all were for scaled gradients.
  private static func reasons(_ run: PolicyRun) -> String {
    let summary = run.summary
    guard summary.forwardSkips > 0 || summary.scalerStop != nil else { return "" }
    var parts = ["\(summary.forwardSkips) for the forward pass, which no scale helps"]
    if summary.backwardSkips > 0 { parts.append("\(summary.backwardSkips) for scaled gradients") }
    if let step = summary.scalerStop {
      parts.append("at step \(step) its framework would have raised an error")
    }
    return " (\(parts.joined(separator: ", ")))"
  }

  /// Which steps were skipped, in words; nil for none.
  private static func skips(_ steps: [Int]) -> String? {
    switch steps.count {
    case 0: nil
    case 1: "skipped step \(steps[0])"
    case 2...4: "skipped steps \(enumeration(steps.map(String.init)))"
    default: "skipped \(steps.count) steps, the last at \(steps[steps.count - 1])"
    }
  }

  /// A power of two as such, anything else in decimal.
  static func power(_ x: Double) -> String {
    x.isFinite && x > 0 && x.significand == 1
      ? "2^\(x.exponent)" : ReadableNumber.significant(x)
  }

  /// The power of two next to a number, on the given side.
  static func roundedPower(_ x: Double, _ rule: FloatingPointRoundingRule) -> String {
    "2^\(Int(Powers.log2(x).rounded(rule)))"
  }

  /// The words with commas and an `and`.
  static func enumeration(_ words: [String]) -> String {
    guard words.count > 1, let last = words.last else { return words.first ?? "" }
    return words.dropLast().joined(separator: ", ") + " and " + last
  }
}
