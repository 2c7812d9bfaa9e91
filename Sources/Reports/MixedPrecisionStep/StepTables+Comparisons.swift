// SPDX-License-Identifier: Apache-2.0
import Measurements
import Tables

extension StepTables {
  /// Whether policies are behind one another on the same batches, and whether that is more than
  /// another seed would do: each against the reference, then every two of them.
  static func comparisons(
    _ outcomes: [PolicyOutcome], _ among: [PairedComparison], run: TrainingRun
  ) -> HTMLTable? {
    let all = outcomes.compactMap(\.comparison) + among
    guard !all.isEmpty else { return nil }
    let unit = run.configuration.lossUnit
    let limit = all.first?.chance.map {
      "Another seed makes up to \(ReadableNumber.significant($0, digits: 2)) (t \u{221a}2 s of "
        + "\(run.seeds.count + 1) runs of \(run.seedsName), 95 %). "
    }
    let isSeeded = all.contains { $0.seeds != nil }
    return HTMLTable(
      caption:
        "Two questions about any two policies: is the first systematically behind on the same "
        + "batches, and is that more than another seed would do? Losses of the first less the "
        + "second\u{2019}s [\(unit)], negative where it is ahead, with intervals at 95 %: over the last "
        + "fifth of the steps by batch means, on the fixed examples after the last step over their "
        + "batches\(isSeeded ? ", and over seeds that both were trained on" : ""). "
        + "\(limit ?? "")Predictions: those of "
        + "undisturbed examples that one of the two alone has right, and McNemar\u{2019}s p. "
        + "docs/metrics.md has the formulas.",
      groups: [
        .init(""), .init("over steps [\(unit)]", span: 2),
        .init("fixed examples [\(unit)]", span: 2),
      ] + (isSeeded ? [.init("over seeds [\(unit)]", span: 2)] : [])
        + [.init("same"), .init("more than"), .init("predictions", span: 3)],
      headings: ["policies", "behind by", "95 %", "behind by", "95 %"]
        + (isSeeded ? ["behind by", "95 %"] : [])
        + ["batches", "another seed?", "first", "second", "p"],
      rows: all.map { pair in
        [.text("\(pair.first) against \(pair.second)")]
          + ([pair.steps, pair.examples] + (isSeeded ? [pair.seeds?.difference] : [])).flatMap {
            interval in
            [HTMLTable.Cell.number(interval?.estimate, digits: 2), .text(ends(interval))]
          }
          + [
            .text(pair.systematic.words),
            .text(pair.isBeyondChance.map { $0 ? "yes" : "no" } ?? "unknown"),
            pair.predictions.map { .count(UInt64($0.onlyFirst)) } ?? .none,
            pair.predictions.map { .count(UInt64($0.onlySecond)) } ?? .none,
            .number(pair.predictionProbability, digits: 2),
          ]
      })
  }

  /// The ends of an interval, such as `0.031 to 0.043`.
  private static func ends(_ interval: MeanInterval?) -> String {
    guard let interval else { return "\u{2013}" }
    let (low, high) = (interval.lower, interval.upper)
    return
      "\(ReadableNumber.significant(low, digits: 2)) to \(ReadableNumber.significant(high, digits: 2))"
  }
}

extension MixedPrecisionStepReport {
  /// A row for each policy against the reference and for every two policies: data/comparisons.csv.
  var comparisonTable: Table {
    func interval(_ name: String) -> [String] { [name, "\(name)_lower", "\(name)_upper"] }
    var table = Table(
      columns: ["first", "second", "systematic", "beyond_chance"] + interval("steps_difference")
        + ["first_step"] + interval("examples_difference") + interval("seeds_difference")
        + [
          "seed_runs", "seeds_behind", "seeds_ahead", "seeds_not_finite", "chance_limit",
          "predictions", "only_first_right", "only_second_right", "mcnemar_p",
        ])
    func cells(_ interval: MeanInterval?) -> [Table.Cell] {
      [interval?.estimate, interval?.lower, interval?.upper].map { .number($0 ?? .nan) }
    }
    func count(_ value: Int?) -> Table.Cell {
      value.map { .integer(Int64($0)) } ?? .number(.nan)
    }
    for pair in outcomes.compactMap(\.comparison) + comparisons {
      let seeds = pair.seeds
      table.append(
        [
          .text(pair.first), .text(pair.second), .text(pair.systematic.rawValue),
          .text(pair.isBeyondChance.map { $0 ? "yes" : "no" } ?? "unknown"),
        ] + cells(pair.steps) + [count(pair.firstStep)] + cells(pair.examples)
          + cells(seeds?.difference)
          + [seeds?.runs, seeds?.behind, seeds?.ahead, seeds?.nonFinite].map(count)
          + [.number(pair.chance ?? .nan)]
          + [
            pair.predictions?.count, pair.predictions?.onlyFirst, pair.predictions?.onlySecond,
          ].map(count) + [.number(pair.predictionProbability ?? .nan)])
    }
    return table
  }
}
