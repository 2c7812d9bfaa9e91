// SPDX-License-Identifier: Apache-2.0

/// Figures that are the same have no winner.
extension Verdict {
  /// The digits beyond which figures are not told apart.
  static let mostDigits = 5

  /// The policies with the figure of the closest one, itself among them: of those that compete with
  /// it, in the order of the run.
  static func leaders(
    _ closest: PolicyOutcome, _ all: [PolicyOutcome], _ figure: (PolicyOutcome) -> Double?
  ) -> [PolicyOutcome] {
    func text(_ outcome: PolicyOutcome) -> String? {
      outcome.status == .diverged
        ? nil : figure(outcome).map { ReadableNumber.significant($0, digits: mostDigits) }
    }
    let least = text(closest)
    return all.filter { $0.isLowPrecision == closest.isLowPrecision && text($0) == least }
  }

  /// Who is closest, such as `` `a` are closest`` or `` `a` and `b` are equally close``.
  static func names(
    of closest: PolicyOutcome, _ all: [PolicyOutcome], _ figure: (PolicyOutcome) -> Double?
  ) -> String {
    let leaders = leaders(closest, all, figure)
    return enumeration(leaders.map { "`\($0.policy)`" })
      + (leaders.count > 1 ? " are equally close" : " are closest")
  }

  /// The policies by name, and that they are alike where they are several.
  static func alike(_ leaders: [PolicyOutcome]) -> String {
    enumeration(leaders.map { "`\($0.policy)`" }) + (leaders.count > 1 ? " alike" : "")
  }
}
