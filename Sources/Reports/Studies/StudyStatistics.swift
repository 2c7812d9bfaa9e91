// SPDX-License-Identifier: Apache-2.0

/// The mean over seeds of what a policy measured.
package struct StudyMean: Sendable, Hashable, Encodable {
  /// The seeds that have a value.
  package var seeds: Int
  /// The seeds that have none: the policy diverged, or the run has no verdict.
  package var missing: Int
  /// The mean of the values.
  package var mean: Double
  /// √(Σ (x - x̄)² / (n - 1)); nil for one seed.
  package var deviation: Double?
  /// The ends of the interval of the mean at 95 % by Student's t; nil for one seed.
  package var lower: Double?
  /// The upper end.
  package var upper: Double?

  /// The mean; nil without a value.
  package init?(_ values: [Double?]) {
    let known = values.compactMap(\.self)
    guard !known.isEmpty else { return nil }
    seeds = known.count
    missing = values.count - known.count
    let interval = MeanInterval(known)
    mean = interval?.estimate ?? known.reduce(0, +) / Double(known.count)
    deviation = interval == nil ? nil : sampleDeviation(known)
    (lower, upper) = (interval?.lower, interval?.upper)
  }

  /// Half of the interval; nil for one seed.
  package var half: Double? { upper.map { $0 - mean } }
}

/// What a policy measured less what another did on the same seed, over seeds.
package struct StudyDifference: Sendable, Hashable, Encodable {
  /// The seeds on which both have a value.
  package var seeds: Int
  /// The mean of the differences, first less second.
  package var mean: Double
  /// The ends of its interval at 95 % by Student's t; nil for one seed.
  package var lower: Double?
  /// The upper end.
  package var upper: Double?
  /// The probability of a mean at least as far from zero by chance, two-sided; nil for one seed.
  package var probability: Double?

  /// The differences of two policies; nil where no seed has both.
  package init?(_ first: [Double?], _ second: [Double?]) {
    let differences = zip(first, second).compactMap { a, b in a.flatMap { a in b.map { a - $0 } } }
    guard !differences.isEmpty else { return nil }
    seeds = differences.count
    let interval = MeanInterval(differences)
    mean = interval?.estimate ?? differences.reduce(0, +) / Double(differences.count)
    (lower, upper) = (interval?.lower, interval?.upper)
    probability = interval?.probability(of: 0)
  }

  /// Whether zero lies outside the interval; false for one seed.
  package var excludesZero: Bool {
    guard let lower, let upper else { return false }
    return lower > 0 || upper < 0
  }
}

/// The means of a policy in a group.
package struct StudyMeans: Sendable {
  /// The group.
  package let group: StudyResult.Group
  /// The policy's name.
  package let policy: String
  /// By metric, what has a value.
  package let metrics: [StudyMetric: StudyMean]
}

/// The differences of two policies in a group.
package struct StudyComparison: Sendable {
  /// The group.
  package let group: StudyResult.Group
  /// A policy's name.
  package let first: String
  /// The other's.
  package let second: String
  /// By metric, what both have a value of.
  package let metrics: [StudyMetric: StudyDifference]
}

extension StudyResult {
  /// The means of every policy in every group.
  package var means: [StudyMeans] {
    let (policies, metrics) = (policies, metrics)
    return groups.flatMap { group in
      policies.map { policy in
        StudyMeans(
          group: group, policy: policy,
          metrics: metrics.reduce(into: [:]) {
            $0[$1] = StudyMean(group.values(policy, $1))
          })
      }
    }
  }

  /// The differences of every two policies in every group.
  package var comparisons: [StudyComparison] {
    let (policies, metrics) = (policies, metrics)
    return groups.flatMap { group in
      policies.indices.flatMap { index in
        policies[(index + 1)...].map { second in
          StudyComparison(
            group: group, first: policies[index], second: second,
            metrics: metrics.reduce(into: [:]) {
              $0[$1] = StudyDifference(
                group.values(policies[index], $1), group.values(second, $1))
            })
        }
      }
    }.filter { !$0.metrics.isEmpty }
  }
}
