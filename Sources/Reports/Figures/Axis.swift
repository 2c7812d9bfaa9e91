// SPDX-License-Identifier: Apache-2.0

/// How values map to positions.
package enum Scale: Hashable, Sendable {
  case linear, log2, log10

  /// The magnitude from which on a linear scale shows nothing: differences there may overflow.
  static let largestLinear = 0x1p1000

  /// The position of a value before it is fitted to the plot; nil for what the scale cannot show:
  /// the non-finite, on a linear scale the astronomic, on a logarithmic one zero and the negative.
  package func position(_ value: Double) -> Double? {
    guard value.isFinite else { return nil }
    switch self {
    case .linear: return value.magnitude < Scale.largestLinear ? value : nil
    case .log2: return value > 0 ? Powers.log2(value) : nil
    case .log10: return value > 0 ? Powers.log2(value) / Powers.log2Of10 : nil
    }
  }
}

/// What an axis says and how it maps.
package struct Axis: Hashable, Sendable {
  /// The quantity.
  package var label: String
  /// The unit; `1` for a pure number.
  package var unit: String
  /// The mapping.
  package var scale: Scale
  /// The values the axis must show besides the data.
  package var including: [Double]
  /// Whether only whole numbers mean something, and no tick stands between them.
  package var isWhole: Bool

  /// The axis of a quantity.
  package init(
    _ label: String, unit: String, scale: Scale = .linear, including: [Double] = [],
    isWhole: Bool = false
  ) {
    self.label = label
    self.unit = unit
    self.scale = scale
    self.including = including
    self.isWhole = isWhole
  }

  /// The label with its unit, `loss [nat]`.
  package var title: String { "\(label) [\(unit)]" }
}

/// A tick: where it stands on its scale and what it says.
package struct Tick: Hashable, Sendable {
  /// The text of a tick.
  package enum Label: Hashable, Sendable {
    case plain(String)
    /// A power, drawn as a base with a raised exponent.
    case power(base: Int, exponent: Int)
    /// A multiple of a power of ten, `5.5 × 10` with a raised exponent, as tables and prose have
    /// it.
    case multiple(String, exponent: Int)
  }

  /// The position on the scale: the value, or its logarithm.
  package var position: Double
  /// The text.
  package var label: Label
}

/// An axis fitted to data: the shown range of positions and the ticks in it.
package struct FittedAxis: Hashable, Sendable {
  /// The axis.
  package let axis: Axis
  /// The first shown position.
  package let lower: Double
  /// The last shown position, greater than `lower`.
  package let upper: Double
  /// The ticks, ascending, within lower...upper.
  package let ticks: [Tick]

  /// The range that shows all values the scale can show, widened where it has no extent or would
  /// hold a single round position, and at most `most` ticks (at least two) at those.
  package init(_ axis: Axis, values: some Sequence<Double>, most: Int, padding: Double = 0.04) {
    self.axis = axis
    let positions = (Array(values) + axis.including).compactMap(axis.scale.position)
    let low = positions.min() ?? 0
    let high = positions.max() ?? 1
    switch axis.scale {
    case .linear:
      var (lower, upper) = FittedAxis.widened(low, high, padding: padding, isWhole: axis.isWhole)
      var ticks = Tick.linear(lower...upper, most: most, isWhole: axis.isWhole)
      if ticks.positions.count < 2 {
        (lower, upper) = FittedAxis.reached(lower, upper, step: ticks.step)
        ticks = Tick.linear(lower...upper, most: most, isWhole: axis.isWhole)
      }
      (self.lower, self.upper) = (lower, upper)
      self.ticks = Tick.labelled(ticks.positions, step: ticks.step)
    case .log2, .log10:
      // Less than two whole exponents in the range would leave a single tick or none.
      let isNarrow = high.rounded(.down) - low.rounded(.up) < 1
      let margin = (high - low) * padding
      lower = isNarrow ? low.rounded(.down) : low - margin
      upper =
        isNarrow ? max(high.rounded(.up), low.rounded(.down) + 1) : high + margin
      ticks = Tick.powers(
        of: axis.scale == .log2 ? 2 : 10, exponents: lower...upper, most: most)
    }
  }

  /// The logarithmic range of whole binades or decades, the last one included in full.
  init(_ axis: Axis, exponents: ClosedRange<Int>, most: Int) {
    self.axis = axis
    lower = Double(exponents.lowerBound)
    upper = Double(exponents.upperBound) + 1
    ticks = Tick.powers(of: axis.scale == .log10 ? 10 : 2, exponents: lower...upper, most: most)
  }

  /// The range with `padding` of its extent on both sides; where it has none that a Double can
  /// resolve, a tenth of the magnitude, or 1 around zero.
  static func widened(
    _ low: Double, _ high: Double, padding: Double, isWhole: Bool = false
  ) -> (Double, Double) {
    if isWhole, low == high { return (low - 1, high + 1) }
    let magnitude = max(low.magnitude, high.magnitude)
    let extent = high - low
    if extent > magnitude * 1e-9, extent.isNormal {
      return (low - extent * padding, high + extent * padding)
    }
    let room = magnitude.isNormal ? magnitude * 0.1 : 1
    return (low - room, high + room)
  }

  /// The range with room for a second multiple of `step` at the end that is nearer to one.
  private static func reached(_ low: Double, _ high: Double, step: Double) -> (Double, Double) {
    guard step.isFinite, step > 0 else { return (low, high) }
    let below = (low / step).rounded(.down) * step
    let above = (high / step).rounded(.up) * step
    let hasNone = (low / step).rounded(.up) > (high / step).rounded(.down)
    if hasNone { return (below, above) }
    return low - below < above - high ? (below, high) : (low, above)
  }

  /// The position of a value as a share of the range, 0 at `lower`; nil where it cannot be shown.
  package func share(_ value: Double) -> Double? {
    axis.scale.position(value).map(share(position:))
  }

  /// A position as a share of the range.
  func share(position: Double) -> Double { (position - lower) / (upper - lower) }
}
