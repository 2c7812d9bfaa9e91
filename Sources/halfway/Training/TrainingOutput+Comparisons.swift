// SPDX-License-Identifier: Apache-2.0
import Foundation
import Measurements
import Reports

extension TrainingOutput {
  /// The most comparisons of two policies that are told in text; data/comparisons.csv has all.
  private static let shownPairs = 10
  /// The most characters of two names that stand apart.
  private static let longestPair = 36

  /// Each policy against the reference on the same batches and examples, then every two policies: a
  /// header in two lines, and rows.
  var comparisonRows: (header: [[String]], rows: [[String]]) {
    let isSeeded = run.policies.contains { !$0.pairedSeeds.isEmpty }
    let header = [
      ["", "fixed", "", isSeeded ? "over" : "last", "", "", "another"],
      [
        "behind by", "examples", "95 %", isSeeded ? "seeds" : "steps", "95 %", "same batches",
        "seed",
      ],
    ]
    let among = comparisons.count <= Self.shownPairs ? comparisons : []
    let rows = (outcomes.compactMap(\.comparison) + among).map { pair -> [String] in
      // Long names stay one word, which no terminal's width breaks.
      let isLong = pair.first.count + pair.second.count > Self.longestPair
      let name =
        pair.second == run.reference.policy.name
        ? pair.first : pair.first + (isLong ? "\u{2013}" : " - ") + pair.second
      let second = pair.seeds == nil ? pair.steps : pair.seeds?.difference
      return [
        name, signed(pair.examples?.estimate), halfWidth(pair.examples), signed(second?.estimate),
        halfWidth(second), pair.systematic.words,
        pair.isBeyondChance.map { $0 ? "more" : "no more" } ?? "?",
      ]
    }
    return (header, rows)
  }

  /// What the comparisons mean, with their limits.
  var comparisonNotes: [String] {
    let name = run.reference.policy.name
    let isSeeded = run.policies.contains { !$0.pairedSeeds.isEmpty }
    var notes = [
      "behind by: loss of a policy less \(name)'s, or of the first less the second's, less the same before "
        + "the first step; fixed examples: "
        + "after the last step; "
        + (isSeeded
          ? "over seeds: mean over \((run.policies.first?.pairedSeeds.count ?? 0) + 1) seeds that both "
            + "were trained on. "
          : "last steps: mean over the last fifth of the steps, the same batches. ")
        + "95 %: half the interval's width."
    ]
    if let floor = NoiseFloor(run), let limit = floor.lossLimit {
      notes.append(
        "another seed: up to \(scientific(limit)) between two of \(floor.runs) runs of "
          + "\(run.seedsName) on other batches, at 95 %.")
    } else {
      notes.append("another seed: not measured, see --seeds and --paired-seeds.")
    }
    let lost = outcomes.compactMap { outcome in
      outcome.lostProgressInterval.map {
        "\(outcome.policy) \(signedShare($0.estimate)) (\(signedShare($0.lower)) to \(signedShare($0.upper)))"
      }
    }
    if !lost.isEmpty {
      notes.append("lost progress in %, at 95 %: \(lost.joined(separator: ", ")).")
    }
    if comparisons.count > Self.shownPairs {
      notes.append("Every two policies are compared in data/comparisons.csv.")
    }
    return notes + outcomes.compactMap(accuracy)
  }

  /// What would decide on undecided policies.
  var decisions: [String] {
    guard inconclusive == nil else { return [] }
    return PolicyOutcome.decisions(outcomes, command: command).map {
      $0.replacing("`", with: "")
    }
  }

  /// A policy's right predictions against the reference's.
  private func accuracy(_ outcome: PolicyOutcome) -> String? {
    guard let pair = outcome.comparison?.predictions,
      let p = outcome.comparison?.predictionProbability,
      let own = ProportionInterval(successes: pair.bothRight + pair.onlyFirst, of: pair.count)
    else { return nil }
    return "accuracy of \(outcome.policy): \(percentage(own.estimate)) % (95 %: "
      + "\(percentage(own.lower)) to \(percentage(own.upper)) of \(pair.count) predictions); "
      + (pair.onlyFirst + pair.onlySecond == 0
        ? "right where \(pair.second) is."
        : "\(pair.onlyFirst) right here alone, \(pair.onlySecond) in \(pair.second) alone, "
          + "p = \(String(format: "%.2g", p)).")
  }

  private func percentage(_ share: Double) -> String { String(format: "%.1f", share * 100) }

  private func signed(_ x: Double?) -> String {
    x.map { ($0 > 0 ? "+" : "") + scientific($0) } ?? "-"
  }

  private func halfWidth(_ interval: MeanInterval?) -> String {
    interval.map { scientific(($0.upper - $0.lower) / 2) } ?? "-"
  }

  private func signedShare(_ x: Double) -> String { String(format: "%.2g", x * 100) }
}
