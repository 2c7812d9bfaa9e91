// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements

/// The figures of a twin run; each is nil where the run holds nothing to draw.
struct StepFigures {
  let run: TrainingRun
  let styles: [String: SeriesStyle]

  init(_ run: TrainingRun) {
    self.run = run
    styles = Dictionary(
      run.policies.enumerated().map { ($1.policy.name, SeriesStyle.compared($0)) }
    ) { first, _ in first }
  }

  /// The x axis of everything that happens over steps.
  static let steps = Axis("step", unit: "number")

  /// The names of all figures that a run can have.
  static let names = [
    "loss", "gradients", "zeroed", "subnormal", "overflow", "lost-updates", "loss-scale",
    "exponents",
  ]

  /// All figures in the order of the report.
  var all: [any Figure] {
    let figures: [(any Figure)?] =
      [loss, gradients] + damage.map { $0 as (any Figure)? } + [updates, lossScale, exponents]
    return figures.compactMap(\.self)
  }

  func style(_ policy: PolicyRun) -> SeriesStyle { styles[policy.policy.name] ?? .compared(0) }

  /// A series of one figure per step of one policy.
  func series(
    _ policy: PolicyRun, style: SeriesStyle? = nil, _ value: (StepRecord) -> Double?
  ) -> LineChart.Series {
    LineChart.Series(
      policy.policy.name, style: style ?? self.style(policy),
      points: policy.steps.map { .init(Double($0.step), value($0) ?? .nan) })
  }

  /// The series that have a point to draw.
  private func drawn(_ series: [LineChart.Series]) -> [LineChart.Series] {
    series.filter { $0.points.contains { $0.y.isFinite } }
  }

  /// Loss, its difference to the reference's, and the distance of the weights.
  var loss: LineChart? {
    let losses =
      [series(run.reference, style: .reference, \.exactLoss)]
      + run.policies.map { series($0, \.exactLoss) }
    guard !drawn(losses).isEmpty else { return nil }
    let reference = Dictionary(
      run.reference.steps.map { ($0.step, $0.exactLoss) }
    ) { first, _ in first }
    let differences = run.policies.map { policy in
      series(policy) { record in
        guard let loss = record.exactLoss, let exact = reference[record.step] ?? nil else {
          return nil
        }
        return (loss - exact).magnitude
      }
    }
    return LineChart(
      name: "loss", title: "Training loss of all twins and their distance from \(referenceName)",
      summary: "Top: the mean cross-entropy of each step's batch, evaluated in FP64 from each "
        + "twin's logits. Middle: its absolute difference from the \(referenceName) twin's. Bottom: the "
        + "distance of the weights from \(referenceName)'s as a share of the distance that those have "
        + "travelled. On the logarithmic axes a value of zero is a gap.",
      x: StepFigures.steps,
      panels: [
        LineChart.Panel("Loss", axis: Axis("loss", unit: "nat"), series: losses),
        LineChart.Panel(
          "Difference to \(referenceName)",
          axis: Axis("absolute loss difference", unit: "nat", scale: .log10),
          series: drawn(differences)),
        LineChart.Panel(
          "Distance of the weights", axis: Axis("drift", unit: "1", scale: .log10),
          series: drawn(run.policies.map { series($0, \.drift) })),
      ].filter { !$0.series.isEmpty }, plotHeight: 168)
  }

  private var referenceName: String { run.reference.policy.name }

  /// How far the gradients are from the reference's.
  var gradients: LineChart? {
    let panels = [
      LineChart.Panel(
        "Relative error, this step alone",
        axis: Axis("relative L2 error", unit: "1", scale: .log2),
        series: deviations(\.localGradients, \.relativeL2), marks: roundoffs),
      LineChart.Panel(
        "Relative error, accumulated", axis: Axis("relative L2 error", unit: "1", scale: .log2),
        series: deviations(\.gradients, \.relativeL2)),
      LineChart.Panel(
        "Direction, this step alone", axis: Axis("1 \u{2212} cosine", unit: "1", scale: .log10),
        series: deviations(\.localGradients) { $0.cosine.map { 1 - $0 } }),
      LineChart.Panel(
        "Length, this step alone", axis: Axis("norm ratio", unit: "1", including: [1]),
        series: deviations(\.localGradients, \.normRatio)),
    ].filter { !$0.series.isEmpty }
    guard !panels.isEmpty else { return nil }
    return LineChart(
      name: "gradients", title: "Gradients against \(referenceName)",
      summary: "All weight gradients of a step together, the loss scale removed. \u{201c}This step "
        + "alone\u{201d} starts each twin from \(referenceName)'s weights; \u{201c}accumulated\u{201d} from "
        + "its own. Dotted: the unit roundoff u of the formats.",
      x: StepFigures.steps, panels: panels, columns: 2, plotHeight: 150)
  }

  /// A series per policy over the steps that have a deviation; a deviation without a finite figure
  /// is a gap, a step without one is not.
  private func deviations(
    _ deviation: (StepRecord) -> Deviation?, _ value: (Deviation) -> Double?
  ) -> [LineChart.Series] {
    drawn(
      run.policies.map { policy in
        LineChart.Series(
          policy.policy.name, style: style(policy),
          points: policy.steps.compactMap { record in
            deviation(record).map { .init(Double(record.step), value($0) ?? .nan) }
          })
      })
  }

  /// The unit roundoffs of the formats of the policies' operands.
  private var roundoffs: [LineChart.Mark] {
    let formats = run.policies.compactMap { Format(id: $0.policy.operands) }
    let known = formats.reduce(into: [Format]()) { known, format in
      if !known.contains(format) { known.append(format) }
    }
    return known.map {
      LineChart.Mark(Elementary.power(2, -$0.precision), "u(\($0.id))")
    }
  }

  /// The share of the updates that did not arrive.
  var updates: LineChart? {
    let lost = run.policies.map { policy in
      Dictionary(
        policy.tensors.filter { $0.mode == .trajectory }.flatMap { series in
          series.points.compactMap { point in point.lost.map { (point.step, $0) } }
        }
      ) { first, second in
        var sum = first
        sum.merge(second)
        return sum
      }
    }
    let lines = { (value: (LostUpdates) -> Double?) in
      drawn(
        zip(run.policies, lost).map { policy, lost in
          LineChart.Series(
            policy.policy.name, style: style(policy),
            points: lost.sorted { $0.key < $1.key }.map {
              .init(Double($0.key), value($0.value).map { $0 * 100 } ?? .nan)
            })
        })
    }
    let panels = [
      LineChart.Panel(
        "By count", axis: Axis("lost updates", unit: "%", including: [0]), series: lines(\.lostRate)
      ),
      LineChart.Panel(
        "By mass", axis: Axis("lost update mass", unit: "%", including: [0]),
        series: lines(\.lostMassShare)),
    ].filter { !$0.series.isEmpty }
    guard !panels.isEmpty else { return nil }
    return LineChart(
      name: "lost-updates", title: "Updates that rounding swallowed",
      summary: "An update is lost when it is not zero and adding it leaves the weight unchanged. "
        + "Left: their share of all nonzero updates. Right: their share of the summed magnitude "
        + "of all updates.",
      x: StepFigures.steps, panels: panels, columns: 2, plotHeight: 150)
  }

  /// The loss scale and the steps it skipped.
  var lossScale: LineChart? {
    let scaled = run.policies.filter { $0.steps.contains { $0.lossScale != nil } }
    guard !scaled.isEmpty else { return nil }
    let skipped = scaled.map { policy in
      LineChart.Series(
        "skipped step",
        style: SeriesStyle(color: Ink.alarm, dash: "", marker: .cross, width: 1),
        shape: .marks,
        points: policy.steps.filter(\.skipped).map {
          .init(Double($0.step), $0.lossScale ?? .nan)
        })
    }
    let panels = zip(scaled, skipped).map { policy, skipped in
      var scale = series(policy, \.lossScale)
      scale.shape = .step
      return LineChart.Panel(
        scaled.count > 1 ? policy.policy.name : "",
        axis: Axis("loss scale", unit: "1", scale: .log2), series: [scale, skipped])
    }
    return LineChart(
      name: "loss-scale", title: "Loss scale and skipped steps",
      summary:
        "The factor that the loss was multiplied by at each step. A cross marks a step whose "
        + "scaled gradients held an infinity or a NaN: the optimizer did not move.",
      x: StepFigures.steps, panels: panels, plotHeight: 120)
  }
}
