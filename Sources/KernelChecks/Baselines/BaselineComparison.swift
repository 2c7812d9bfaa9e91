// SPDX-License-Identifier: Apache-2.0
import Words

/// How a kernel is beside what it was.
package struct BaselineComparison: Hashable, Sendable {
  package enum Outcome: String, Hashable, Sendable, Codable {
    /// Every result has the same bits.
    case same
    /// Some results have other bits, and no figure is worse or better.
    case changed
    /// Some figure is better and none worse.
    case better
    /// Some figure, or a result that was found, is worse.
    case worse
  }

  package let outcome: Outcome
  /// The figures that differ, each as a clause: worse ones first.
  package let differences: [String]
  /// The parts of the cases in which results have other bits.
  package let changedParts: [Int]
  /// Results whose change was found: those that are alone in their part, in some parts.
  package let changes: [ResultChange]

  /// The parts that are searched for the result that changed.
  private static let mostSearched = 8

  /// Compares counts of the same cases.
  ///
  /// - Parameter locate: The result that changed in a part, if it is one and can be found.
  package init(
    _ count: KernelCount, to old: KernelCount,
    locate: (_ part: Int, _ difference: UInt64) -> ResultChange?
  ) {
    changedParts = zip(count.digests.values, old.digests.values).enumerated()
      .filter { $0.element.0 != $0.element.1 }.map(\.offset)
    changes = changedParts.prefix(Self.mostSearched).compactMap { part in
      locate(
        part, ResultDigest.difference(count.digests.values[part], old.digests.values[part]))
    }
    var (worse, better): ([String], [String]) = ([], [])
    func compare(_ name: String, _ now: Double, _ before: Double, _ text: (Double) -> String) {
      guard now != before else { return }
      let clause = "\(name) \(text(before)) before, \(text(now)) now"
      if now > before { worse.append(clause) } else { better.append(clause) }
    }
    // Counts of at most 2^53.
    let whole: (Double) -> String = { "\(UInt64(min($0, 0x1p53)))" }
    compare("findings", Double(count.findingCount), Double(old.findingCount), whole)
    compare(
      "elements without a result", Double(count.uncomputed), Double(old.uncomputed), whole)
    compare(
      "NaN or infinity wrong", Double(count.wrongSpecials), Double(old.wrongSpecials), whole)
    compare("wrong signs", Double(count.wrongSigns), Double(old.wrongSigns), whole)
    compare(
      "largest error", count.worst.first?.ulps ?? 0, old.worst.first?.ulps ?? 0
    ) { UlpText.of($0) }
    compare("results not nearest", Double(count.misrounded), Double(old.misrounded), whole)
    for bin in ErrorHistogram.ends.indices.dropFirst() {
      func beyond(_ count: KernelCount) -> Double {
        Double(count.histogram.counts[(bin + 1)...].reduce(0, +))
      }
      compare(
        "errors above \(ErrorHistogram.ends[bin]) ulp", beyond(count), beyond(old), whole)
    }
    worse += changes.filter(\.isWorse).map { "a result worse than before: \($0.text)" }
    differences = worse + better
    outcome = Self.outcome(worse, better, changedParts)
  }

  /// The comparison of figures that are worse, better, and of parts with other bits.
  init(worse: [String], better: [String], changedParts: [Int]) {
    differences = worse + better
    self.changedParts = changedParts
    changes = []
    outcome = Self.outcome(worse, better, changedParts)
  }

  private static func outcome(
    _ worse: [String], _ better: [String], _ changedParts: [Int]
  ) -> Outcome {
    !worse.isEmpty ? .worse : !better.isEmpty ? .better : changedParts.isEmpty ? .same : .changed
  }
}

extension KernelCampaign: BaselinedWork {
  package static let baselineForm = "halfway/kernel-baseline/1"

  package func hasCases(of other: Configuration) -> Bool {
    other.function == configuration.function && other.format == configuration.format
      && other.cases == configuration.cases
  }

  package static func summary(of configuration: Configuration) -> String {
    "\(configuration.function.rawValue) in \(configuration.format)"
  }

  package func comparison(of count: KernelCount, to old: KernelCount) -> BaselineComparison {
    let locator = ChangeLocator(self)
    return BaselineComparison(count, to: old) { locator.change(inPart: $0, difference: $1) }
  }
}

/// A result that has other bits than it had.
package struct ResultChange: Hashable, Sendable {
  package var operands: [UInt64]
  package var before: UInt64
  package var now: UInt64
  /// In ulp at the exact value.
  package var errorBefore: Double
  package var errorNow: Double

  var isWorse: Bool { errorNow > errorBefore }

  /// `at 0x3f800000: 0x3f800001 before, 0x3f800002 now`, encodings in hexadecimal.
  package var text: String {
    func hexadecimal(_ x: UInt64) -> String { "0x" + String(x, radix: 16) }
    return "at \(operands.map(hexadecimal).joined(separator: ", ")) "
      + "\(hexadecimal(before)) before, \(hexadecimal(now)) now"
  }
}
