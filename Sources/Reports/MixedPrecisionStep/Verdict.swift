// SPDX-License-Identifier: Apache-2.0
import Measurements

/// What a report concludes, in sentences that follow from the data.
package struct Verdict: Hashable, Sendable, Codable {
  /// The answer in one sentence.
  package var sentence: String
  /// Whether the arithmetic agrees with its reference and something was compared; true where no
  /// proof was asked for.
  package var arithmeticHolds: Bool
  /// The findings behind it, the most important first; code between backticks.
  package var findings: [String]
  /// The findings in at most four paragraphs of plain text for a terminal: the arithmetic, the worst
  /// damage with who is to blame, the closest policy, the loss scaling.
  package var lines: [String]

  /// The conclusions from a proof, if there is one, and the outcomes of a run's policies.
  ///
  /// - Parameter command: the command line of the run, for those that would decide more; nil for
  ///   none.
  package init(
    proof: ArithmeticProof?, run: TrainingRun, outcomes: [PolicyOutcome], command: String? = nil
  ) {
    arithmeticHolds = proof?.holds ?? true
    let arithmetic = proof.map(Verdict.arithmetic)
    let name = run.reference.policy.name
    let steps = run.stepsInWords
    // A watched run is compared with its twin alone: nothing is closest.
    let closest = run.watched == nil ? Verdict.closest(outcomes, by: \.stepError) : nil
    var training: [String] = []
    if let closest {
      training.append(
        "the gradients of \(Verdict.names(of: closest, outcomes, \.stepError)) to \(name)'s"
          + Verdict.among(closest, outcomes))
    }
    let inconclusive = Inconclusive(run)
    if let inconclusive {
      training.append("no verdict on the training is possible, because \(inconclusive.reason)")
      // What happened to tensors does not wait for a verdict.
      if run.watched != nil, let outcome = outcomes.first, let concern = outcome.concerns.first {
        training.append("`\(outcome.policy)` \(concern.sentence)")
      }
    } else if let worst = Verdict.worst(outcomes) {
      training.append("`\(worst.policy)` \(Verdict.judgement(worst, name))")
    } else if !outcomes.isEmpty {
      training.append(
        (run.watched == nil
          ? "no policy strayed from \(name)" : "the run did not stray from its \(name) twin")
          + (outcomes.contains { $0.status == .undecided }
            ? " in the wrong direction by more than chance" : ""))
    }
    let said = training.isEmpty ? nil : "ver \(steps) \(training.joined(separator: ", and "))"
    sentence =
      arithmetic.map { $0 + (said.map { "; o\($0)" } ?? "") + "." }
      ?? "O\(said ?? "ver \(steps) no policy was compared")."

    let first = proof.map(Verdict.proof)
    let gradients = closest.map { Verdict.gradients($0, outcomes, name) }
    let weights =
      run.watched != nil
      ? outcomes.first.flatMap(Verdict.distance)
      : Verdict.closest(outcomes, by: \.drift).map { Verdict.weights($0, outcomes, run) }
    let blames = Dictionary(
      run.blames.compactMap { blame in Verdict.blame(blame).map { (blame.policy, $0) } },
      uniquingKeysWith: { first, _ in first })
    let damaged = Verdict.worstFirst(outcomes)
    let damage =
      damaged.map { outcome in
        Verdict.damage(outcome, name) + (blames[outcome.policy].map { " \($0)" } ?? "")
      } + (run.watched == nil || !damaged.isEmpty ? [] : outcomes.compactMap(Verdict.happened))
    let doubts =
      inconclusive == nil
      ? outcomes.filter { $0.status == .undecided }.map { Verdict.doubt($0, name) }
        + (command.map { PolicyOutcome.decisions(outcomes, command: $0) } ?? []) : []
    let biases = outcomes.compactMap(Verdict.bias)
    let effects = Verdict.scalingEffects(run, outcomes)
    let scaling = run.policies.compactMap(Verdict.scaling)
    let caution =
      inconclusive.map { "No verdict on the training: \($0.reason)." }
      ?? (run.isWhole ? nil : Verdict.interruption(run))
    let model = Verdict.model(run)
    let apart = Verdict.apart(outcomes, run)
    // What a reader must act on comes before what is merely so.
    findings =
      [first, caution].compactMap(\.self) + damage + effects + apart + doubts
      + [gradients, weights, model].compactMap(\.self) + scaling + biases
      + [Verdict.zeros(run), Verdict.unmeasuredChance(run)].compactMap(\.self)
    let none =
      outcomes.isEmpty
      ? nil
      : inconclusive == nil ? "Every policy stayed close to \(name)." : caution
    lines = [
      first, damage.first ?? apart.first ?? doubts.first ?? none, gradients,
      effects.first ?? scaling.first ?? weights,
    ]
    .compactMap { $0?.replacing("`", with: "") }
  }

  /// The policy with the least of a figure: a low-precision one where there is one, for FP32 is
  /// closer by construction.
  static func closest(
    _ outcomes: [PolicyOutcome], by figure: (PolicyOutcome) -> Double?
  ) -> PolicyOutcome? {
    let low = outcomes.filter(\.isLowPrecision)
    return (low.isEmpty ? outcomes : low).filter { $0.status != .diverged && figure($0) != nil }
      .min { (figure($0) ?? .nan, $0.policy) < (figure($1) ?? .nan, $1.policy) }
  }

  /// The policy that fared worst, nil where all are close.
  static func worst(_ outcomes: [PolicyOutcome]) -> PolicyOutcome? {
    worstFirst(outcomes).first
  }

  /// The damaged policies: of those that diverged the first to do so, then the one that lost most
  /// progress, then the one with the worst concern; of equals the one that was asked for first.
  package static func worstFirst(_ outcomes: [PolicyOutcome]) -> [PolicyOutcome] {
    func rank(_ outcome: PolicyOutcome) -> (Int, Double, Double) {
      let concern = -(outcome.concerns.map(\.weight).max() ?? 0)
      let within =
        switch outcome.status {
        case .diverged: Double(outcome.divergedStep ?? 0)
        case .unsafe: -(outcome.lostProgress ?? .infinity)
        // Progress within what a seed makes, or less than counts, is no order.
        case .atRisk, .close, .undecided:
          outcome.isOff && outcome.comparison?.isBeyondChance != false
            ? -(outcome.lostProgress ?? 0) : 0
        }
      return (outcome.status.severity, within, concern)
    }
    return outcomes.filter(\.isDamaged).enumerated().sorted { a, b in
      let (first, second) = (rank(a.element), rank(b.element))
      return first == second ? a.offset < b.offset : first < second
    }.map(\.element)
  }
}

extension TrainingRun {
  /// The arithmetic of the runs of further seeds: that of the reference, of MPFR that of FP64.
  package var seedsName: String {
    configuration.seedsArithmetic ?? reference.policy.name
  }

  /// Whether every step was taken that was asked for.
  var isWhole: Bool { completedSteps == configuration.steps }

  /// The steps that were taken, and of how many where not all were.
  package var stepsInWords: String {
    let all = configuration.steps
    return isWhole
      ? "\(all) training \(all == 1 ? "step" : "steps")"
      : "\(completedSteps) of \(all) training steps"
  }
}

extension PolicyOutcome {
  /// Whether the policy did worse than the reference, or is at risk of it.
  package var isDamaged: Bool { status != .close && status != .undecided }
}

extension PolicyOutcome.Status {
  /// The order of statuses, the worst first.
  package var severity: Int {
    switch self {
    case .diverged: 0
    case .unsafe: 1
    case .atRisk: 2
    case .undecided: 3
    case .close: 4
    }
  }

  /// The status in a word or two.
  var words: String {
    switch self {
    case .diverged: "diverged"
    case .unsafe: "unsafe"
    case .atRisk: "at risk"
    case .undecided: "undecided"
    case .close: "close"
    }
  }
}
