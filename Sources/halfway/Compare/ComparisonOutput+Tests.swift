// SPDX-License-Identifier: Apache-2.0
import Words

/// Its conditions are the tests of a comparison; without any, that no figure is worse.
extension ComparisonOutput: GatedResult {
  var tests: [GateTest] {
    guard result.conditions.isEmpty else {
      return result.conditions.map { condition, outcome in
        var test = GateTest(condition, outcome)
        if condition.otherOffset != nil, !outcome.holds, let end = result.end,
          end.status == .nothingSelected
        {
          (test.outcome, test.sentence) = (.unmade, end.description)
        }
        return test
      }
    }
    var test = GateTest(
      name: "\(result.after.schema): no figure is worse", outcome: .passed, sentence: sentence)
    if let end = result.end {
      let isWorse = end.status == .findings
      test.outcome = isWorse ? .failed(details: text(for: .testPage)) : .unmade
      if !isWorse { test.sentence = "\(sentence) \(end.description)" }
    }
    return [test]
  }
}
