// SPDX-License-Identifier: Apache-2.0

/// A grid of experiments with what each measured.
package struct StudyResult: Sendable {
  /// What is varied.
  package struct Axis: Sendable, Hashable {
    /// The short name: `width`.
    package var name: String
    /// The values in words.
    package var labels: [String]
    /// The values as parts of names.
    package var stems: [String]
    /// The values as numbers; nil where one is none.
    package var numbers: [Double]?
    /// Whether it is the seed, which error bars are over.
    package var isSeed: Bool

    /// The axis.
    package init(
      name: String, labels: [String], stems: [String], numbers: [Double]?, isSeed: Bool
    ) {
      self.name = name
      self.labels = labels
      self.stems = stems
      self.numbers = numbers
      self.isSeed = isSeed
    }
  }

  /// What one policy did at a point.
  package struct Row: Sendable, Hashable, Codable {
    /// Its name.
    package var policy: String
    /// The judgement of `PolicyOutcome`, or `reference`.
    package var status: String
    /// What was measured, by `StudyMetric`; what was not is left out.
    package var metrics: [String: Double]

    /// The row.
    package init(policy: String, status: String, metrics: [StudyMetric: Double]) {
      self.policy = policy
      self.status = status
      self.metrics = Dictionary(metrics.map { ($0.rawValue, $1) }) { first, _ in first }
    }

    /// A value; nil where it was not measured.
    package subscript(metric: StudyMetric) -> Double? { metrics[metric.rawValue] }
  }

  /// One experiment of the grid.
  package struct Point: Sendable, Hashable {
    /// Its name, which is that of its folder.
    package var name: String
    /// The position of its value on each axis.
    package var indices: [Int]
    /// The reference first, then the policies in the file's order.
    package var rows: [Row]

    /// The point.
    package init(name: String, indices: [Int], rows: [Row]) {
      self.name = name
      self.indices = indices
      self.rows = rows
    }
  }

  /// The points that differ in nothing but the seed.
  package struct Group: Sendable, Hashable {
    /// The name: `width-64`; `all` where nothing but the seed is varied.
    package var name: String
    /// The position of its value on each axis that is not the seed.
    package var indices: [Int]
    /// Its points.
    package var points: [Point]
  }

  /// The study's name.
  package var name: String
  /// What it asks; empty where nothing is said.
  package var question: String
  /// The unit of losses.
  package var lossUnit: String
  /// What is varied, the last fastest.
  package var axes: [Axis]
  /// The points in the grid's order.
  package var points: [Point]

  /// The result.
  package init(
    name: String, question: String, lossUnit: String, axes: [Axis], points: [Point]
  ) {
    self.name = name
    self.question = question
    self.lossUnit = lossUnit
    self.axes = axes
    self.points = points
  }

  /// The axes that are not the seed.
  package var factors: [Axis] { axes.filter { !$0.isSeed } }

  /// The number of seeds; 1 where they are not varied.
  package var seedCount: Int { axes.first(where: \.isSeed)?.labels.count ?? 1 }

  /// The names of the policies, the reference first.
  package var policies: [String] {
    var names: [String] = []
    for row in points.flatMap(\.rows) where !names.contains(row.policy) { names.append(row.policy) }
    return names
  }

  /// The name of the reference; nil without points.
  package var reference: String? { points.first?.rows.first?.policy }

  /// The groups in the grid's order.
  package var groups: [Group] {
    var groups: [Group] = []
    var places: [[Int]: Int] = [:]
    for point in points {
      let indices = zip(axes, point.indices).filter { !$0.0.isSeed }.map(\.1)
      if let place = places[indices] {
        groups[place].points.append(point)
      } else {
        places[indices] = groups.count
        let name = zip(factors, indices).map { "\($0.name)-\($0.stems[$1])" }
        groups.append(
          Group(
            name: name.isEmpty ? "all" : name.joined(separator: "_"), indices: indices,
            points: [point]))
      }
    }
    return groups
  }

  /// The values of a group in words: `width 64, depth 2`.
  func label(_ group: Group) -> String {
    zip(factors, group.indices).map { "\($0.name) \($0.labels[$1])" }.joined(separator: ", ")
  }

  /// The metrics of which something is known that is not zero everywhere.
  package var metrics: [StudyMetric] {
    let rows = points.flatMap(\.rows)
    return StudyMetric.allCases.filter { metric in
      rows.contains { ($0[metric] ?? 0) != 0 }
    }
  }
}

extension StudyResult.Group {
  /// The values of a policy's metric, seed by seed; nil where one was not measured.
  func values(_ policy: String, _ metric: StudyMetric) -> [Double?] {
    points.map { point in
      point.rows.first { $0.policy == policy }.flatMap { $0[metric] }
    }
  }
}
