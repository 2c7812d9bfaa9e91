// SPDX-License-Identifier: Apache-2.0
import KernelChecks
import Work

/// The result of a check, of elements or of arrays.
protocol CheckResult: NamedWorkOutput where Named: BaselinedWork {
  /// How it is beside a baseline; nil where none was asked for.
  var comparison: BaselineComparison? { get set }
  /// The baseline's file; nil without one.
  var baseline: String? { get set }
  /// Whether the criterion is part of the gate beside a baseline and beside conditions.
  var isCriterionAsked: Bool { get set }
  /// Whether every error keeps to the criterion.
  var isAccurate: Bool { get }
  /// Whether the kernel did what no kernel may, or left something without a result.
  var hasMisdeeds: Bool { get }
  /// What was found of the kernel's properties; empty where nobody asked.
  var properties: PropertyReport { get set }
  /// How it is beside a reference; nil without one.
  var referenceSentence: String? { get }
  /// The end of a check that a reference without power excuses; nil of others.
  var powerless: CommandExit? { get set }
  /// One sentence that says whether it holds, of what and how much.
  var verdict: String { get }
  /// The numbers of a table with a row for each check.
  var figures: CheckFigures { get }
}

/// The numbers of a check.
struct CheckFigures {
  var tested: UInt64
  var misrounded: UInt64
  /// In ulp, of elements.
  var largestError: Double?
  /// In units of u S, of arrays.
  var largestScaledError: Double?
}

extension CheckResult {
  /// Whether an error is too large, or the kernel did what no kernel may. Beside a baseline, whether
  /// it is worse: what was so before is no news.
  var hasFindings: Bool {
    if let comparison {
      return comparison.outcome == .worse || (isCriterionAsked && !isAccurate)
        || !properties.isKept
    }
    return !isAccurate || hasMisdeeds || !properties.isKept
  }

  /// The same where conditions take the place of the criterion that nobody asked for: what no
  /// kernel may do, and elements without a result, stay findings.
  var hasFindingsBesideConditions: Bool {
    if comparison != nil { return hasFindings }
    return (isCriterionAsked && !isAccurate) || hasMisdeeds || !properties.isKept
  }

  /// The check is one test.
  var tests: [GateTest] {
    [GateTest(SuiteOutput.Entry(name: Named.name, result: self, seconds: run?.seconds ?? 0))]
  }

  /// What became of it beside a baseline, as lines.
  func comparisonLines(_ terminal: Terminal) -> [String] {
    guard let comparison else { return [] }
    return terminal.wrapped(comparison.sentence, label: "  ")
      + comparison.differences.prefix(10).flatMap { terminal.wrapped($0, label: "    ") } + [""]
  }
}

/// The comparison with a baseline as documents have it.
struct BaselineDocument: Encodable {
  var outcome: BaselineComparison.Outcome
  var differences: [String]
  /// Parts of the cases, of as many as there are digests, in which bits differ.
  var changedParts: [Int]

  init(_ comparison: BaselineComparison) {
    outcome = comparison.outcome
    differences = comparison.differences
    changedParts = comparison.changedParts
  }
}
