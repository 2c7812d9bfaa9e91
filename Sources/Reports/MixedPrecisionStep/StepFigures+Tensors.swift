// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements

extension StepFigures {
  /// The kinds of tensors that carry gradients.
  static let gradientKinds: [TensorKind] = [.activationGradient, .weightGradient]

  /// The gradient tensors of any policy, in the order in which a step produces them: a tensor that
  /// only some policies have stands after the one that precedes it there.
  var gradientTags: [TensorTag] {
    var tags: [TensorTag] = []
    for policy in run.policies {
      var place = 0
      for series in policy.tensors
      where series.mode == .trajectory && StepFigures.gradientKinds.contains(series.tag.kind) {
        if let known = tags.firstIndex(of: series.tag) {
          place = known + 1
        } else {
          tags.insert(series.tag, at: place)
          place += 1
        }
      }
    }
    return tags
  }

  /// The maps of the gradients' zeroed, subnormal and overflow rates, only those in which some
  /// value is not zero.
  var damage: [HeatMap] {
    [
      heatMap(
        name: "zeroed", title: "Gradient values that became zero", key: "zeroed rate",
        meaning: "The share of the nonzero values of a gradient that its format rounded to zero",
        \.zeroedRate),
      heatMap(
        name: "subnormal", title: "Gradient values stored as subnormal numbers",
        key: "subnormal rate",
        meaning: "The share of the nonzero values of a gradient that its format keeps with fewer "
          + "bits than its precision",
        \.subnormalRate),
      heatMap(
        name: "overflow", title: "Gradient values that overflowed", key: "overflow rate",
        meaning: "The share of all values of a gradient that its format rounded to an infinity",
        \.overflowRate),
    ].compactMap(\.self)
  }

  private func heatMap(
    name: String, title: String, key: String, meaning: String,
    _ rate: (RangeCounts) -> Double?
  ) -> HeatMap? {
    let tags = gradientTags
    let steps = Set(
      run.policies.flatMap { $0.tensors.flatMap { $0.points.map(\.step) } }
    ).sorted()
    let panels = run.policies.map { policy in
      let series = Dictionary(
        policy.tensors.filter { $0.mode == .trajectory }.map { ($0.tag, $0) }
      ) { first, _ in first }
      return HeatMap.Panel(
        policy.policy.name,
        values: tags.map { tag in
          let rates = Dictionary(
            (series[tag]?.points ?? []).map { ($0.step, rate($0.range)) }
          ) { first, _ in first }
          return steps.map { (rates[$0] ?? nil) ?? .nan }
        })
    }
    // A policy without damage needs a sentence, not an empty map.
    let damaged = panels.filter { $0.values.contains { $0.contains { $0 > 0 } } }
    guard !damaged.isEmpty else { return nil }
    let clean = panels.filter { panel in !damaged.contains { $0.title == panel.title } }
    let none =
      clean.isEmpty ? "" : " None at all: " + Verdict.enumeration(clean.map(\.title)) + "."
    return HeatMap(
      name: name, title: title,
      summary:
        "\(meaning), by tensor and step, the loss scale included. A cell that covers several "
        + "steps shows the worst of them; \u{2202}w is the gradient of a parameter.\(none)",
      key: .shares(key), rowTitle: "tensor", rows: tags.map(\.shortName), x: StepFigures.steps,
      columns: steps.map(Double.init), panels: damaged)
  }

  /// The distribution of the gradients' magnitudes in each policy.
  var exponents: Histogram? {
    let panels = ([run.reference] + run.policies).flatMap { policy in
      // Values of different formats have different subnormal ranges: one panel for each.
      let series = policy.tensors.filter {
        $0.mode == .trajectory && $0.tag.kind == .activationGradient && $0.exponents.total > 0
      }
      let formats = series.reduce(into: [String]()) { formats, series in
        if !formats.contains(series.format) { formats.append(series.format) }
      }
      return formats.map { format in
        var sum = ExponentHistogram(format: Format(id: format))
        for series in series where series.exponents.format == sum.format && series.format == format
        {
          sum.merge(series.exponents)
        }
        return StepFigures.panel(
          policy.policy.name == format ? format : "\(policy.policy.name), stored in \(format)",
          histogram: sum, format: Format(id: format))
      }
    }
    guard !panels.isEmpty else { return nil }
    return Histogram(
      name: "exponents", title: "Magnitudes of the activation gradients",
      summary: "The share of values per binade over all measured steps, as stored, with any loss "
        + "scale included. Left of each distribution: exact zeros and the values stored as "
        + "subnormal. Red: where the format's normal range begins and where it ends. Outer binades "
        + "that hold less than 0.05 % are in the data only.",
      panels: panels)
  }

  private static func panel(
    _ title: String, histogram: ExponentHistogram, format: Format?
  ) -> Histogram.Panel {
    let total = Double(max(histogram.total, 1))
    return Histogram.Panel(
      title,
      shares: Dictionary(
        histogram.bins.map { ($0.exponent, Double($0.count) / total) }
      ) { first, _ in first },
      zeros: Double(histogram.zeros) / total, subnormals: Double(histogram.subnormals) / total,
      range: format.map { $0.minExponent...$0.maxExponent })
  }
}
