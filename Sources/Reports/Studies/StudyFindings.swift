// SPDX-License-Identifier: Apache-2.0

/// What follows from a study, in sentences.
package struct StudyFindings {
  let result: StudyResult

  /// The findings of a result.
  package init(_ result: StudyResult) { self.result = result }

  /// Policies that the verdict names; further ones are in the tables.
  private static let mostNamed = 4

  /// The metric that the verdict speaks of.
  private var metric: StudyMetric {
    result.metrics.contains(.gradientError) ? .gradientError : .finalLoss
  }

  private func text(_ mean: StudyMean?) -> String? {
    mean.map { metric.text($0.mean) + (metric.isShare ? " %" : "") }
  }

  /// How the policies' gradients err at both ends of the first axis of numbers.
  package var verdict: String {
    let groups = result.groups
    guard let index = result.factors.firstIndex(where: { ($0.numbers?.count ?? 0) > 1 }),
      let numbers = result.factors[index].numbers, let start = groups.first?.indices
    else { return ranges(groups) }
    let line = groups.filter { group in
      group.indices.indices.allSatisfy { $0 == index || group.indices[$0] == start[$0] }
    }.sorted { numbers[$0.indices[index]] < numbers[$1.indices[index]] }
    guard let first = line.first, let last = line.last else { return ranges(groups) }
    let axis = result.factors[index]
    var clauses: [String] = []
    for policy in result.policies.dropFirst() {
      let ends = [first, last].map { text(StudyMean($0.values(policy, metric))) }
      guard ends.contains(where: { $0 != nil }) else { continue }
      let way = "from \(ends[0] ?? "no figure") to \(ends[1] ?? "no figure")"
      clauses.append(
        clauses.isEmpty ? "the \(metric.title) of `\(policy)` goes \(way)" : "of `\(policy)` \(way)"
      )
    }
    guard !clauses.isEmpty else { return ranges(groups) }
    let others = result.factors.indices.filter { $0 != index }.map {
      "\(result.factors[$0].name) \(result.factors[$0].labels[start[$0]])"
    }
    let place = others.isEmpty ? "" : "at \(others.joined(separator: ", "))"
    let notes = [place, seeds].filter { !$0.isEmpty }.joined(separator: ", ")
    return "From \(axis.name) \(axis.labels[first.indices[index]]) to "
      + "\(axis.labels[last.indices[index]]) " + named(clauses)
      + (notes.isEmpty ? "." : " (\(notes)).")
  }

  private var seeds: String {
    result.seedCount > 1 ? "means over \(result.seedCount) seeds" : ""
  }

  private func named(_ clauses: [String]) -> String {
    let more = clauses.count - Self.mostNamed
    return clauses.prefix(Self.mostNamed).joined(separator: ", ")
      + (more > 0 ? " (\(more) more below)" : "")
  }

  private func ranges(_ groups: [StudyResult.Group]) -> String {
    let clauses = result.policies.dropFirst().compactMap { policy -> String? in
      let means = groups.compactMap { StudyMean($0.values(policy, metric)) }
        .sorted { $0.mean < $1.mean }
      guard let least = text(means.first), let most = text(means.last) else { return nil }
      return "of `\(policy)` " + (least == most ? least : "\(least) to \(most)")
    }
    return clauses.isEmpty
      ? "No point has a \(metric.title)."
      : "The \(metric.title) is \(named(clauses))" + (seeds.isEmpty ? "." : " (\(seeds)).")
  }

  /// Whether neither a policy nor the reference diverged anywhere.
  package var holds: Bool {
    !result.points.contains { $0.rows.contains { $0.status == "diverged" } }
      && pointsWithoutReference == 0
  }

  /// The points at which the reference has no loss: it ceased to be finite.
  private var pointsWithoutReference: Int {
    result.points.count { point in
      point.rows.contains { $0.policy == result.reference && $0[.finalLoss] == nil }
    }
  }

  /// All but the verdict.
  package var details: [String] {
    var details: [String] = []
    let lost = pointsWithoutReference
    if lost > 0 {
      details.append(
        "The reference is not finite at \(lost) of \(result.points.count) points: nothing there says "
          + "what a format did, whatever its figures are.")
    }
    for policy in result.policies {
      let count = result.points.count { point in
        point.rows.contains { $0.policy == policy && $0.status == "diverged" }
      }
      if count > 0 {
        details.append(
          "`\(policy)` diverged at \(count) of \(result.points.count) points; its gradients there are "
            + "in no mean.")
      }
    }
    guard result.seedCount > 1 else {
      return details + ["One seed: nothing tells chance from a cause. List several under `seed`."]
    }
    for metric in [self.metric, .finalLoss]
    where !details.contains(where: { $0.contains(metric.title) }) {
      if let sentence = paired(metric) { details.append(sentence) }
    }
    return details
  }

  /// How many differences of two policies are told from zero.
  private func paired(_ metric: StudyMetric) -> String? {
    let differences = result.comparisons.filter { $0.first != result.reference }
      .compactMap { $0.metrics[metric] }.filter { $0.lower != nil }
    guard !differences.isEmpty else { return nil }
    let told = differences.count(where: \.excludesZero)
    return
      "Of \(differences.count) differences in \(metric.title) between two policies on the same "
      + "seeds \(told) \(told == 1 ? "is" : "are") told from zero at 95 %, each by itself."
  }
}
