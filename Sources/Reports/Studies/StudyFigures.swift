// SPDX-License-Identifier: Apache-2.0

/// The figures of a study: a metric against each axis whose values are numbers.
struct StudyFigures {
  let result: StudyResult

  /// What is drawn where it is not zero everywhere.
  private static let drawn: [StudyMetric] = [
    .gradientError, .localGradientError, .zeroed, .lostUpdates, .lossDifference, .finalLoss,
    .drift, .accuracy,
  ]
  /// Panels beyond these are left to the data.
  private static let mostPanels = 6

  /// All figures in the order of the page.
  var all: [LineChart] {
    let metrics = result.metrics
    return result.factors.indices.flatMap { axis in
      Self.drawn.filter(metrics.contains).compactMap { chart($0, axis: axis) }
    }
  }

  /// A panel for each choice of the other axes, a line for each policy.
  private func chart(_ metric: StudyMetric, axis index: Int) -> LineChart? {
    let axis = result.factors[index]
    guard let numbers = axis.numbers, Set(numbers).count > 1 else { return nil }
    let scale = Self.scale(of: numbers)
    var choices: [[Int]] = []
    for group in result.groups {
      let others = Self.without(index, group.indices)
      if !choices.contains(others) { choices.append(others) }
    }
    let panels = choices.prefix(Self.mostPanels).compactMap {
      panel(metric, axis: index, numbers, others: $0)
    }
    guard !panels.isEmpty else { return nil }
    let bars =
      result.seedCount > 1
      ? " Points are means over \(result.seedCount) seeds, bars their intervals at 95 % by "
        + "Student\u{2019}s t; a bar without a lower end goes on to zero and below." : ""
    let left =
      choices.count > Self.mostPanels
      ? " The first \(Self.mostPanels) of \(choices.count) choices of the other lists are drawn; all are in "
        + "data/means.csv." : ""
    let meaning = metric.meaning
    return LineChart(
      name: "\(metric.stem)-by-\(axis.name)",
      title: "\(metric.title.capitalizedFirst) against \(axis.name)",
      summary: "\(meaning.capitalizedFirst).\(bars)\(left)",
      x: Axis(axis.name, unit: "1", scale: scale), panels: panels,
      columns: min(2, panels.count), plotHeight: panels.count == 1 ? 260 : 190)
  }

  private func panel(
    _ metric: StudyMetric, axis index: Int, _ numbers: [Double], others: [Int]
  ) -> LineChart.Panel? {
    let groups = result.groups.filter { Self.without(index, $0.indices) == others }
    var series = result.policies.enumerated().compactMap { number, policy -> LineChart.Series? in
      let points = groups.compactMap { group -> LineChart.Point? in
        guard let mean = StudyMean(group.values(policy, metric)) else { return nil }
        let bar = mean.lower.flatMap { lower in
          mean.upper.map { lower * metric.factor...$0 * metric.factor }
        }
        return .init(numbers[group.indices[index]], mean.mean * metric.factor, bar: bar)
      }.sorted { $0.x < $1.x }
      guard points.contains(where: { $0.y != 0 }) else { return nil }
      let style: SeriesStyle =
        policy == result.reference ? .reference : .compared(number - 1)
      return .init(policy, style: style, points: points)
    }
    guard !series.isEmpty else { return nil }
    let axis = metric.axis(lossUnit: result.lossUnit)
    if axis.scale == .log10 { Self.cut(&series) }
    let title = zip(Self.without(index, result.factors), others)
      .map { "\($0.name) \($0.labels[$1])" }.joined(separator: ", ")
    return LineChart.Panel(title, axis: axis, series: series)
  }

  /// Ends bars that reach zero at the least value that is drawn.
  private static func cut(_ series: inout [LineChart.Series]) {
    let positive = series.flatMap { $0.points.flatMap { [$0.y, $0.bar?.lowerBound ?? $0.y] } }
      .filter { $0 > 0 }
    guard let least = positive.min() else { return }
    for index in series.indices {
      for place in series[index].points.indices {
        guard let bar = series[index].points[place].bar, bar.lowerBound <= 0,
          bar.upperBound >= least
        else { continue }
        series[index].points[place].bar =
          min(least, series[index].points[place].y)...bar.upperBound
        series[index].points[place].isBarOpen = true
      }
    }
  }

  private static func without<Element>(_ index: Int, _ list: [Element]) -> [Element] {
    var list = list
    list.remove(at: index)
    return list
  }

  /// Powers of two by their exponents, what spans two decades by its logarithm.
  static func scale(of numbers: [Double]) -> Scale {
    guard let least = numbers.min(), let greatest = numbers.max(), least > 0 else { return .linear }
    if numbers.allSatisfy({ $0.significand == 1 }), greatest > least { return .log2 }
    return greatest >= 100 * least ? .log10 : .linear
  }
}

extension String {
  /// The text with a capital at its beginning, unless that is a symbol.
  fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
