// SPDX-License-Identifier: Apache-2.0
import Measurements

/// The figures of a sweep of loss scales.
struct LossScaleFigures {
  let sweep: LossScaleSweep

  /// The names of all figures that a sweep can have.
  static let names = [
    "error-by-scale", "damage-by-scale", "zeroed-by-tensor", "error-by-tensor",
  ]

  /// All figures in the order of the report.
  var all: [any Figure] {
    let figures: [(any Figure)?] = [errors, damage, zeroed, tensorErrors]
    return figures.compactMap(\.self)
  }

  private static let scales = Axis("loss scale S", unit: "1", scale: .log2)

  private var steps: [(title: String, step: SweptStep)] {
    sweep.policies.flatMap { policy in
      policy.steps.map { ("\(policy.policy.name), step \($0.step)", $0) }
    }
  }

  /// The error of the gradients against the scale, in its three regimes.
  var errors: LineChart? {
    let panels = steps.compactMap { title, step in errorPanel(title, step) }
    guard !panels.isEmpty else { return nil }
    return LineChart(
      name: "error-by-scale", title: "Error of the gradients against the loss scale",
      summary:
        "\u{2016}g/S \u{2212} g_ref\u{2016} / \u{2016}g_ref\u{2016} of all weight gradients of "
        + "one step, whose forward pass is the same for every scale. On the left gradients become "
        + "zero or subnormal; in the middle the formats\u{2019} roundings are all that is left, "
        + "which no scale removes (at most \(ReadableNumber.trimmed(SweptStep.floorMargin, digits: 2)) "
        + "times the least error); red crosses: a gradient is infinite or NaN, and "
        + "the step would be skipped.",
      x: Self.scales, panels: panels, columns: min(2, panels.count),
      plotHeight: panels.count == 1 ? 240 : 190)
  }

  private func errorPanel(_ title: String, _ step: SweptStep) -> LineChart.Panel? {
    let known = step.scales.compactMap(\.error).filter { $0 > 0 }
    guard let most = known.max() else { return nil }
    func points(_ holds: (Int) -> Bool) -> [LineChart.Point] {
      step.scales.indices.filter { holds($0) && step.scales[$0].scale.significand == 1 }.map {
        .init(step.scales[$0].scale, step.scales[$0].error ?? .nan)
      }
    }
    let others = step.scales.filter { $0.scale.significand != 1 }.map {
      LineChart.Point($0.scale, $0.error ?? .nan)
    }.filter(\.y.isFinite)
    let plateau = step.plateau ?? 0...0
    // Regimes share the point where one becomes the other, so that the curve has no gap.
    let underflow = points { $0 <= plateau.lowerBound }
    let rounding = points { plateau.contains($0) }
    let late = points { $0 >= plateau.upperBound && step.scales[$0].error != nil }
    let skipped = step.scales.filter { $0.overflowed != nil }.map {
      LineChart.Point($0.scale, most)
    }
    var series: [LineChart.Series] = []
    if underflow.count > 1 {
      series.append(
        .init("underflow", style: .compared(1), points: underflow))
    }
    if late.count > 1 {
      series.append(.init("largest values lost", style: .compared(4), points: late))
    }
    series.append(
      .init(
        step.showsFloor ? "rounding floor" : "least of these", style: .compared(0), points: rounding
      ))
    if !others.isEmpty {
      series.append(
        .init("no power of two", style: .compared(2), shape: .marks, points: others))
    }
    if !skipped.isEmpty {
      series.append(
        .init("overflow: skipped", style: .compared(3), shape: .marks, points: skipped))
    }
    return LineChart.Panel(
      title, axis: Axis("relative L2 error", unit: "1", scale: .log10), series: series,
      marks: step.floor.map { [.init($0, "least")] } ?? [])
  }

  /// The shares of gradient values that a scale makes zero, subnormal or too large, and recovers.
  var damage: LineChart? {
    let panels = steps.map { title, step in
      func series(
        _ name: String, _ style: Int, _ value: (SweptScale) -> Double?
      ) -> LineChart.Series {
        .init(
          name, style: .compared(style),
          points: step.scales.map { .init($0.scale, value($0).map { $0 * 100 } ?? .nan) })
      }
      return LineChart.Panel(
        title, axis: Axis("share", unit: "%", including: [0]),
        series: [
          series("zeroed", 1) { $0.range.zeroedRate },
          series("subnormal", 2) { $0.range.subnormalRate },
          series("recovered", 0) { $0.recovery.recoveredRate },
          series("overflowed", 3) { $0.range.overflowRate },
        ].filter { $0.points.contains { $0.y > 0 } })
    }.filter { !$0.series.isEmpty }
    guard !panels.isEmpty else { return nil }
    return LineChart(
      name: "damage-by-scale", title: "What the loss scale does to the values of gradients",
      summary:
        "Of all gradients of the step, of activations and of weights, as their formats store "
        + "them: zeroed and subnormal as shares of the values that are not zero before the rounding, "
        + "overflowed of all values; recovered: of the reference\u{2019}s values that the formats "
        + "make zero without a scale, those that this one keeps.",
      x: Self.scales, panels: panels, columns: min(2, panels.count))
  }

  /// The map of zeroed shares by gradient and scale.
  var zeroed: HeatMap? {
    map(
      name: "zeroed-by-tensor", title: "Which gradients a scale makes zero",
      key: { .shares("zeroed rate", fitting: $0) },
      summary:
        "The share of the nonzero values of each gradient that its format rounds to zero, by "
        + "the exponent of the loss scale. Gradients in formats that lose nothing are left out."
    ) { $0.range.zeroedRate }
  }

  /// The map of errors by gradient and scale.
  var tensorErrors: HeatMap? {
    map(
      name: "error-by-tensor", title: "Error of each gradient against the loss scale",
      key: { .powersOfTwo("relative L2 error [1]", fitting: $0) },
      summary:
        "\u{2016}g/S \u{2212} g_ref\u{2016} / \u{2016}g_ref\u{2016} of each gradient, by the "
        + "exponent of the loss scale. Empty: a value is not finite."
    ) { $0.error }
  }

  private func map(
    name: String, title: String, key: ([Double]) -> HeatMap.Key, summary: String,
    _ value: (SweptTensor.Counts) -> Double?
  ) -> HeatMap? {
    var tags: [TensorTag] = []
    for (_, step) in steps {
      for tensor in step.tensors where !tags.contains(tensor.tag) { tags.append(tensor.tag) }
    }
    let panels = steps.map { title, step in
      let known = Dictionary(step.tensors.map { ($0.tag, $0) }) { first, _ in first }
      return HeatMap.Panel(
        title,
        values: tags.map { tag in
          sweep.scales.indices.map { i in
            known[tag].flatMap { value($0.scales[i]) } ?? .nan
          }
        })
    }
    let values = panels.flatMap(\.values).joined().filter { $0 > 0 }
    guard !values.isEmpty else { return nil }
    return HeatMap(
      name: name, title: title, summary: summary, key: key(values), rowTitle: "tensor",
      rows: tags.map(\.description),
      x: Axis("log2 of the loss scale", unit: "1"), columns: sweep.scales.map { Powers.log2($0) },
      panels: panels)
  }
}
