// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements

extension StepFigures {
  /// The kinds of tensors whose magnitudes are drawn.
  private static let exponentKinds: [(name: String, title: String, kind: TensorKind)] = [
    ("exponents-activations", "Magnitudes of the activations", .activation),
    ("exponents-gradients", "Magnitudes of the activation gradients", .activationGradient),
    ("exponents-updates", "Magnitudes of the updates", .update),
  ]

  /// The names of these figures.
  static let exponentNames = exponentKinds.map(\.name)

  /// The distribution of magnitudes, of the reference against the limits of the narrow formats, and
  /// of each policy as it stored them.
  var exponents: [Histogram] {
    Self.exponentKinds.compactMap { name, title, kind in
      let stored = run.policies.flatMap { panels($0, kind) }
      guard let reference = referencePanel(kind, formats: stored.map(\.format)) else { return nil }
      let narrow = stored.filter { $0.format.bitWidth <= 16 }.map(\.panel)
      var figure = Histogram(
        name: name, title: title,
        summary: "The share of values per binade over all measured steps: "
          + "\(run.reference.policy.name)'s"
          + (narrow.isEmpty
            ? "; no policy stores its own in a format of at most 16 bits. "
            : ", and as policies stored them in formats of at most 16 bits, any loss scale included. ")
          + "Left of each distribution: exact "
          + "zeros and the values stored as subnormal. "
          + (narrow.isEmpty
            ? ""
            : "Red: the magnitudes up to which rounding to nearest gives zero, from which on numbers "
              + "are normal, and from which on they overflow. ")
          + "Outer binades "
          + "that hold less than 0.05 % are in the data only.",
        panels: [reference] + narrow)
      figure.summary += figure.panelNote
      return figure
    }
  }

  /// A panel for each format that a policy stores tensors of a kind in: they have different
  /// subnormal ranges.
  private func panels(
    _ policy: PolicyRun, _ kind: TensorKind
  ) -> [(format: Format, panel: Histogram.Panel)] {
    let series = policy.tensors.filter {
      $0.mode == .trajectory && $0.tag.kind == kind && $0.exponents.total > $0.exponents.nans
    }
    let formats = series.compactMap { Format(id: $0.format) }.reduce(into: [Format]()) {
      if !$0.contains($1) { $0.append($1) }
    }
    return formats.map { format in
      let sum = Self.sum(series.filter { $0.format == format.id }, format)
      return (
        format,
        Self.panel(
          "\(policy.policy.name), stored in "
            + "\(format.id)", sum, limits: Self.limits(format, named: false))
      )
    }
  }

  /// The reference's values with the limits of every narrow format that a policy stores them in.
  private func referencePanel(_ kind: TensorKind, formats: [Format]) -> Histogram.Panel? {
    let series = run.reference.tensors.filter {
      $0.tag.kind == kind && $0.exponents.total > $0.exponents.nans
    }
    guard !series.isEmpty else { return nil }
    let known = formats.filter { $0.bitWidth <= 16 }.reduce(into: [Format]()) {
      if !$0.contains($1) { $0.append($1) }
    }
    return Self.panel(
      run.reference.policy.name, Self.sum(series, nil),
      limits: known.flatMap { Self.limits($0, named: true) })
  }

  private static func sum(_ series: [TensorSeries], _ format: Format?) -> ExponentHistogram {
    var sum = ExponentHistogram(format: format)
    for series in series where series.exponents.format == sum.format { sum.merge(series.exponents) }
    return sum
  }

  /// η/2, the smallest normal number and Ω + ulp(Ω)/2.
  private static func limits(_ format: Format, named: Bool) -> [Histogram.Limit] {
    let name = named ? "\(format.id) " : ""
    let fraction = Double(format.largestFinite & format.fractionMask)
    let unit = Powers.power(2, -format.fractionBits)
    let overflow = Double(format.maxExponent) + Powers.log2(1 + (fraction + 0.5) * unit)
    return [
      .init(Double(format.minUlpExponent - 1), "\(name)zero"),
      .init(Double(format.minExponent), "\(name)normal"),
      .init(overflow, "\(name)overflow"),
    ]
  }

  private static func panel(
    _ title: String, _ histogram: ExponentHistogram, limits: [Histogram.Limit]
  ) -> Histogram.Panel {
    // A policy that diverged has its steps before that.
    let total = Double(max(histogram.total - histogram.nans, 1))
    return Histogram.Panel(
      title,
      shares: Dictionary(
        histogram.bins.map { ($0.exponent, Double($0.count) / total) }
      ) { first, _ in first },
      zeros: Double(histogram.zeros) / total, subnormals: Double(histogram.subnormals) / total,
      limits: limits)
  }
}
