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
  static let steps = Axis("step", unit: "number", isWhole: true)

  /// The names of all figures that a run can have.
  static let names =
    [
      "loss", "local-gradient-errors", "gradient-errors", "gradients", "drift", "zeroed",
      "subnormal", "overflow",
    ] + exponentNames + ["lost-updates", "loss-scale", blameName, pushName]

  /// All figures in the order of the report.
  var all: [any Figure] {
    let figures: [(any Figure)?] =
      [loss, localErrors, errors, gradients, drift] + damage + exponents
      + [updates, lossScale, StepFigures.blame(run.blames), pushes]
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
  func drawn(_ series: [LineChart.Series]) -> [LineChart.Series] {
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
    let unit = run.configuration.lossUnit
    let meaning =
      run.watched == nil
      ? "evaluated in FP64 from each twin's predictions"
      : "the run's as it computed it"
    return LineChart(
      name: "loss", title: "Training loss of all twins and their distance from \(referenceName)",
      summary:
        "First: the loss of each step's batch, \(meaning). Second: its absolute difference from the \(referenceName) twin's. "
        + "Third: the "
        + "distance of the weights from \(referenceName)'s as a share of the distance that those "
        + "have "
        + "travelled. On the logarithmic axes a value of zero is a gap.",
      x: StepFigures.steps,
      panels: [
        LineChart.Panel("Loss", axis: Axis("loss", unit: unit), series: losses),
        LineChart.Panel(
          "Difference to \(referenceName)",
          axis: Axis("absolute loss difference", unit: unit, scale: .log10),
          series: drawn(differences)),
        LineChart.Panel(
          "Distance of the weights", axis: Axis("drift", unit: "1", scale: .log10),
          series: drawn(run.policies.map { series($0, \.drift) })),
      ].filter { !$0.series.isEmpty }, columns: 2, plotHeight: 150)
  }

  var referenceName: String { run.reference.policy.name }

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
      summary: "All weight gradients of a step together, the loss scale removed"
        + (run.watched != nil
          ? ", along the run's own way."
          : ". \u{201c}This step alone\u{201d} starts each twin from \(referenceName)'s weights; "
            + "\u{201c}accumulated\u{201d} from "
            + "its own. Thin grey lines across: the unit roundoff u of the formats."),
      x: StepFigures.steps, panels: panels, columns: 2, plotHeight: 150)
  }

  /// A series per policy over the steps that have a deviation; a deviation without a finite figure
  /// is a gap, a step without one is not.
  func deviations(
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
      LineChart.Mark(Powers.power(2, -$0.precision), "u(\($0.id))")
    }
  }
}
