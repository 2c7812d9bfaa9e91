// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements

/// What a report concludes, in sentences that follow from the data.
public struct Verdict: Hashable, Sendable, Codable {
  /// The answer in one sentence.
  public var sentence: String
  /// Whether the arithmetic agrees with its reference and something was compared.
  public var arithmeticHolds: Bool
  /// The findings behind it, the most important first.
  public var findings: [String]

  /// The conclusions from a proof and the outcomes of a run's policies.
  public init(proof: ArithmeticProof, run: TrainingRun, outcomes: [PolicyOutcome]) {
    arithmeticHolds = proof.holds
    let arithmetic = Verdict.arithmetic(proof)
    let steps = "\(run.configuration.steps) training steps"
    let closest = Verdict.closest(outcomes)
    let worst = Verdict.worst(outcomes)
    var training: [String] = []
    if let closest { training.append("`\(closest.policy)` stayed closest to fp64") }
    if let worst {
      training.append("`\(worst.policy)` \(Verdict.judgement(worst))")
    } else if !outcomes.isEmpty {
      training.append("no policy lost more than 1 % of the progress")
    }
    sentence =
      arithmetic
      + (training.isEmpty ? "." : "; over \(steps) \(training.joined(separator: ", and ")).")

    var findings = [Verdict.proof(proof)]
    if let closest { findings.append(Verdict.closeness(closest, outcomes)) }
    findings += outcomes.filter { $0.status != .close }.sorted {
      ($0.status.severity, $0.policy) < ($1.status.severity, $1.policy)
    }.map(Verdict.damage)
    findings += run.policies.compactMap(Verdict.scaling)
    self.findings = findings
  }

  /// The policy whose weights ended closest to the reference's: a 16-bit one where there is one,
  /// for FP32 is closer by construction.
  static func closest(_ outcomes: [PolicyOutcome]) -> PolicyOutcome? {
    let low = outcomes.filter(\.isLowPrecision)
    return (low.isEmpty ? outcomes : low).filter { $0.drift != nil && $0.status != .diverged }
      .min { ($0.drift ?? .infinity, $0.policy) < ($1.drift ?? .infinity, $1.policy) }
  }

  /// The policy that fared worst, nil where all kept the reference's progress.
  static func worst(_ outcomes: [PolicyOutcome]) -> PolicyOutcome? {
    outcomes.filter { $0.status == .diverged || $0.status == .unsafe }.min {
      ($0.status.severity, -($0.lostProgress ?? .infinity), $0.policy)
        < ($1.status.severity, -($1.lostProgress ?? .infinity), $1.policy)
    }
  }

  private static func arithmetic(_ proof: ArithmeticProof) -> String {
    guard proof.tested > 0 else { return "No arithmetic was compared" }
    let names = proof.formats.map(\.id)
    let agreement =
      proof.mismatches == 0
      ? "agrees with \(proof.reference) bit for bit"
      : "differs from \(proof.reference) in \(NumberText.grouped(proof.mismatches)) results"
    return "Software arithmetic in \(enumeration(names)) \(agreement)"
  }

  private static func proof(_ proof: ArithmeticProof) -> String {
    "\(NumberText.grouped(proof.tested)) results compared with \(proof.reference), "
      + "\(NumberText.grouped(proof.mismatches)) differ."
  }

  private static func judgement(_ outcome: PolicyOutcome) -> String {
    let damage =
      if let step = outcome.firstNonFiniteStep, outcome.status == .diverged {
        "diverged at step \(step)"
      } else if let lost = outcome.lostProgress {
        "gave up \(NumberText.percent(lost, digits: 2)) of its progress"
      } else {
        "cannot be compared"
      }
    guard let first = outcome.concerns.first else { return damage }
    return "\(damage): it \(first.sentence)"
  }

  private static func closeness(_ closest: PolicyOutcome, _ all: [PolicyOutcome]) -> String {
    var text = "Closest to fp64"
    if closest.isLowPrecision, all.contains(where: \.isLowPrecision) {
      text += " of the 16-bit policies"
    }
    text += ": `\(closest.policy)`"
    if let drift = closest.drift {
      text +=
        ", its weights off by \(NumberText.percent(drift, digits: 2)) of the distance that fp64's "
        + "travelled"
    }
    if let loss = closest.lossDifference {
      text += ", its final loss by \(NumberText.significant(loss, digits: 2)) nat"
    }
    return text + "."
  }

  private static func damage(_ outcome: PolicyOutcome) -> String {
    let rest = outcome.concerns.count - 1
    let more = rest > 0 ? " (and \(rest) more such \(rest == 1 ? "finding" : "findings"))" : ""
    let where_ = outcome.concerns.first.map { "It \($0.sentence)\(more)." } ?? ""
    let loss = outcome.lostProgress.map { NumberText.percent($0, digits: 2) }
    return switch outcome.status {
    case .diverged:
      "`\(outcome.policy)` diverged at step \(outcome.firstNonFiniteStep ?? 0). \(where_)"
    case .unsafe:
      "`\(outcome.policy)` is unsafe here: it gave up \(loss ?? "part") of fp64's progress. \(where_)"
    case .atRisk:
      "`\(outcome.policy)` kept fp64's progress\(loss.map { " to within \($0)" } ?? ""), "
        + "but it is at risk. \(where_)"
    case .close: ""
    }
  }

  private static func scaling(_ run: PolicyRun) -> String? {
    let scales = run.steps.compactMap(\.lossScale)
    guard let first = scales.first, let last = scales.last else { return nil }
    let skipped = run.steps.filter(\.skipped).map(\.step)
    let when =
      switch skipped.count {
      case 0: "skipped no step"
      case 1: "skipped step \(skipped[0])"
      case 2...4: "skipped steps \(enumeration(skipped.map(String.init)))"
      default:
        "skipped \(skipped.count) of \(run.steps.count) steps, the last at \(skipped.last ?? 0)"
      }
    return "Loss scaling of `\(run.policy.name)` \(when); its scale went from \(power(first)) to "
      + "\(power(last))."
  }

  /// A power of two as such, anything else in decimal.
  static func power(_ x: Double) -> String {
    x.isFinite && x > 0 && x.significand == 1
      ? "2^\(x.exponent)" : NumberText.significant(x)
  }

  /// The words with commas and an `and`.
  static func enumeration(_ words: [String]) -> String {
    guard words.count > 1, let last = words.last else { return words.first ?? "" }
    return words.dropLast().joined(separator: ", ") + " and " + last
  }
}

extension PolicyOutcome.Status {
  /// The order of statuses, the worst first.
  var severity: Int {
    switch self {
    case .diverged: 0
    case .unsafe: 1
    case .atRisk: 2
    case .close: 3
    }
  }

  /// The status in a word or two.
  var words: String {
    switch self {
    case .diverged: "diverged"
    case .unsafe: "unsafe"
    case .atRisk: "at risk"
    case .close: "close"
    }
  }
}
