// SPDX-License-Identifier: Apache-2.0
import Measurements

extension PolicyOutcome {
  /// What the measurements say of a policy's progress.
  package enum ProgressAnswer: String, Hashable, Sendable, Codable {
    /// It made the reference's progress, or more.
    case kept
    /// It gave up more than `Threshold.progress` of it, and there are runs enough to say so.
    case lost
    /// More runs would tell.
    case undecided
  }

  /// The answer: over paired seeds by their interval alone, otherwise by the share that was lost in
  /// this run, which counts as lost where it is more than another seed makes.
  static func answer(
    _ share: MeanInterval?, comparison: PairedComparison?, floor: NoiseFloor?
  ) -> ProgressAnswer {
    guard let share else { return .undecided }
    let isCertain =
      share.estimate > Threshold.progress
      && share.probability(of: Threshold.progress) < 1 - Evidence.level
    if let seeds = comparison?.seeds {
      guard seeds.nonFinite == 0 else { return .undecided }
      return isCertain ? .lost : share.upper <= Threshold.progress ? .kept : .undecided
    }
    // Where the examples differ by more than all of the progress, they tell nothing.
    guard share.upper - share.lower < 2 else { return .undecided }
    guard share.estimate.magnitude > Threshold.progress else { return .kept }
    guard isCertain, let limit = floor?.harmLimit, let difference = comparison?.examples?.estimate
    else { return .undecided }
    return difference > limit ? .lost : .undecided
  }

  /// The paired seeds with which the same run would decide; nil where none up to the most would.
  static func decidingSeeds(
    _ share: MeanInterval?, _ comparison: PairedComparison?, progress: Double?, floor: NoiseFloor?
  ) -> Int? {
    let fewest = Evidence.seeds.lowerBound
    guard let share, let comparison else { return fewest }
    let distance = (share.estimate.magnitude - Threshold.progress).magnitude
    if let seeds = comparison.seeds {
      let wanted = Evidence.pairedSeeds(
        distance: (share.estimate - Threshold.progress).magnitude,
        deviation: share.standardError * Double(seeds.runs).squareRoot())
      return wanted.flatMap {
        max($0, seeds.runs) <= Evidence.seeds.upperBound ? max($0, seeds.runs) : nil
      }
    }
    // Policies of one seed are no further apart than seeds are, and mostly much nearer.
    guard let spread = floor?.loss, let progress, progress > 0 else { return fewest }
    let most = 4 * fewest
    return Evidence.pairedSeeds(
      distance: distance, deviation: 2.0.squareRoot() * spread / progress
    ).map { min($0, most) } ?? most
  }

  /// How far the policy got, such as `kept fp64's progress`.
  package func progressInWords(_ reference: String, isExact: Bool = false) -> String {
    guard let lostProgress else {
      return isProgressUnknown == true
        ? "told no losses to judge its progress by"
        : "has no finite loss on the fixed examples to be judged by"
    }
    let share = ReadableNumber.percent(lostProgress.magnitude, digits: 2)
    guard isOff || answer == .undecided else {
      return "kept \(reference)'s progress" + (isExact ? " to within \(share)" : "")
    }
    return "ended \(share) of \(reference)'s progress \(lostProgress > 0 ? "behind" : "ahead")"
      + (comparison.map { ", \($0.inWords)" } ?? "")
  }

  /// Whether the loss is further from the reference's, either way, than `Threshold.progress`.
  var isOff: Bool { lostProgress.map { $0.magnitude > Threshold.progress } ?? false }

  /// That the framework's loss scaler would have raised an error, as the end of a clause; empty
  /// where it would not, or where that is the first concern.
  var stopInWords: String {
    guard concerns.first?.cause != .scalerStop,
      let stop = concerns.first(where: { $0.cause == .scalerStop })
    else { return "" }
    return ", and its loss scaler would have raised an error at step \(stop.firstStep)"
  }

  /// That it is at risk all the same, after the words for its progress.
  package var riskInWords: String {
    isOff || answer == .undecided ? ", and is at risk" : " but is at risk"
  }

  /// What would decide on policies, as sentences of which the first ends in the command; none where
  /// everything is decided already.
  package static func decisions(_ outcomes: [PolicyOutcome], command: String) -> [String] {
    let open = outcomes.filter {
      // One that is surely no more behind than counts is not asked about.
      $0.answer == .undecided
        && $0.lostProgressInterval.map { $0.upper > Threshold.progress } == true
        && ($0.status == .undecided || $0.status == .atRisk)
    }
    func names(_ outcomes: [PolicyOutcome]) -> String {
      Verdict.enumeration(outcomes.map { "`\($0.policy)`" })
    }
    var sentences: [String] = []
    let decidable = open.filter { $0.decidingSeeds != nil }
    // The seeds of one command serve all of its policies.
    if let seeds = decidable.compactMap(\.decidingSeeds).max() {
      let verb = decidable.count == 1 ? "gives" : "give"
      sentences.append(
        "What would decide whether \(names(decidable)) \(verb) up progress: "
          + "`\(Self.command(command, pairedSeeds: seeds))`")
    }
    let others = open.filter { $0.decidingSeeds == nil }
    if !others.isEmpty {
      sentences.append(
        "Up to \(Evidence.seeds.upperBound) paired seeds would not tell the loss of progress of "
          + "\(names(others)) from \(ReadableNumber.percent(Threshold.progress, digits: 1)).")
    }
    return sentences
  }

  /// The command with another number of paired seeds.
  static func command(_ command: String, pairedSeeds: Int) -> String {
    let option = "--paired-seeds"
    var words = command.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
    if let index = words.firstIndex(of: option), index + 1 < words.count {
      words.removeSubrange(index...index + 1)
    }
    return (words + [option, "\(pairedSeeds)"]).joined(separator: " ")
  }
}

extension PairedComparison {
  /// Both answers in words, such as `systematically behind on the same batches, but no more than
  /// another seed does`.
  package var inWords: String {
    let place =
      seeds.map { "over \($0.runs) seeds" } ?? "on the same batches"
    let paired =
      switch systematic {
      case .behind: "systematically behind \(place)"
      case .ahead: "systematically ahead \(place)"
      case .notTold: "undecided \(place) whether systematically"
      case .tie: "the same \(place)"
      case .unmeasured: "with too little to compare \(place)"
      }
    let isSystematic = systematic == .behind || systematic == .ahead
    let chance =
      switch isBeyondChance {
      case true:
        isSystematic ? " and more than another seed does" : ", but more than another seed does"
      case false:
        isSystematic
          ? ", but no more than another seed does" : ", and no more than another seed does"
      case nil: " (what another seed does was not measured)"
      }
    return paired + chance
  }
}
