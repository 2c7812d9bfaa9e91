// SPDX-License-Identifier: Apache-2.0

extension ArrayCampaign: BaselinedWork {
  package static let baselineForm = "halfway/array-baseline/1"

  package func hasCases(of other: Configuration) -> Bool {
    other.operation == configuration.operation && other.format == configuration.format
      && other.resultFormat == configuration.resultFormat && other.cases == configuration.cases
      && other.seed == configuration.seed && other.inputs == configuration.inputs
      && other.criterion.accumulator == configuration.criterion.accumulator
  }

  package static func summary(of configuration: Configuration) -> String {
    "\(configuration.operation.rawValue) in \(configuration.format)"
  }

  package func comparison(of count: ArrayCount, to old: ArrayCount) -> BaselineComparison {
    BaselineComparison(count, to: old)
  }
}

extension BaselineComparison {
  /// Compares counts of the same cases, case by case: a part is a case.
  init(_ count: ArrayCount, to old: ArrayCount) {
    var (worse, better): ([String], [String]) = ([], [])
    var changed: [Int] = []
    func compare(_ name: String, _ now: Double, _ before: Double) {
      guard now != before else { return }
      let clause = "\(name) \(Self.text(before)) before, \(Self.text(now)) now"
      if now > before { worse.append(clause) } else { better.append(clause) }
    }
    compare("findings", Double(count.findings.count), Double(old.findings.count))
    for (now, before) in zip(count.cases, old.cases) {
      if now.digest != before.digest { changed.append(now.index) }
      let place = now.text
      compare("\(place): results missing", now.isMissing, before.isMissing)
      guard now.results > 0, before.results > 0 else { continue }
      compare(
        "\(place): NaN or infinity wrong", Double(now.wrongSpecials), Double(before.wrongSpecials))
      compare("\(place): scaled error", now.scaledError, before.scaledError)
      compare("\(place): results not nearest", Double(now.misrounded), Double(before.misrounded))
    }
    self.init(worse: worse, better: better, changedParts: changed)
  }

  private static func text(_ x: Double) -> String {
    x == x.rounded() && x.magnitude < 1e9 ? "\(Int(x))" : "\(x)"
  }
}

extension ArrayCaseResult {
  fileprivate var isMissing: Double { verdict == .uncomputed ? 1 : 0 }
}
