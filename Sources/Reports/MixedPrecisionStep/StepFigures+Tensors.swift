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

  /// The map of the gradients' relative errors in a step from the reference's weights.
  var localErrors: HeatMap? {
    errors(
      name: "local-gradient-errors", title: "Error that a single step puts into the gradients",
      start: "\(referenceName)\u{2019}s weights at the steps where that was compared", mode: .local)
  }

  /// The map of the gradients' relative errors along each policy's own trajectory.
  var errors: HeatMap? {
    errors(
      name: "gradient-errors", title: "Error of the gradients by tensor and step",
      start: "its own weights", mode: .trajectory)
  }

  private func errors(
    name: String, title: String, start: String, mode: ComparisonMode
  ) -> HeatMap? {
    heatMap(
      name: name, title: title,
      key: { .powersOfTwo("relative L2 error [1]", fitting: $0) },
      meaning: "\u{2016}g \u{2212} g_ref\u{2016} / \u{2016}g_ref\u{2016} of each gradient, each "
        + "policy from \(start)", note: "Empty: no figure, as where a value is not finite.",
      mode: mode
    ) { $0.deviation.relativeL2 }
  }

  /// The maps of the gradients' zeroed, subnormal and overflow rates, only those in which some
  /// value is not zero.
  var damage: [HeatMap] {
    [
      heatMap(
        name: "zeroed", title: "Gradient values that became zero",
        key: { .shares("zeroed rate", fitting: $0) },
        meaning: "The share of the nonzero values of a gradient that its format rounded to zero",
        note: Self.scaleNote
      ) { $0.range.zeroedRate },
      heatMap(
        name: "subnormal", title: "Gradient values stored as subnormal numbers",
        key: { .shares("subnormal rate", fitting: $0) },
        meaning: "The share of the nonzero values of a gradient that its format keeps with fewer "
          + "bits than its precision", note: Self.scaleNote
      ) { $0.range.subnormalRate },
      heatMap(
        name: "overflow", title: "Gradient values that overflowed",
        key: { .shares("overflow rate", fitting: $0) },
        meaning: "The share of all values of a gradient that its format rounded to an infinity",
        note: Self.scaleNote
      ) { $0.range.overflowRate },
    ].compactMap(\.self)
  }

  private static let scaleNote =
    "The loss scale is included. A cell that covers several steps shows the worst of them. "
    + "\u{2202}w is the gradient of a parameter."

  func heatMap(
    name: String, title: String, key: ([Double]) -> HeatMap.Key, meaning: String, note: String,
    mode: ComparisonMode = .trajectory, of tags: [TensorTag]? = nil,
    _ rate: (TensorPoint) -> Double?
  ) -> HeatMap? {
    let tags = tags ?? gradientTags
    let steps = Set(
      run.policies.flatMap { policy in
        policy.tensors.filter { $0.mode == mode }.flatMap { $0.points.map(\.step) }
      }
    ).sorted()
    let panels = run.policies.map { policy in
      let series = Dictionary(
        policy.tensors.filter { $0.mode == mode }.map { ($0.tag, $0) }
      ) { first, _ in first }
      return HeatMap.Panel(
        policy.policy.name,
        values: tags.map { tag in
          let rates = Dictionary(
            (series[tag]?.points ?? []).map { ($0.step, rate($0)) }
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
    var map = HeatMap(
      name: name, title: title,
      summary:
        "\(meaning), by tensor and step. \(note)\(none)",
      key: key(damaged.flatMap { $0.values.joined() }), rowTitle: "tensor",
      rows: tags.map(\.shortName), x: StepFigures.steps,
      columns: steps.map(Double.init), panels: damaged)
    map.summary += map.rowNote
    return map
  }
}
