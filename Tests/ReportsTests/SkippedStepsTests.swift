// SPDX-License-Identifier: Apache-2.0
import Measurements
import Testing

@testable import Reports

@Suite("Steps that a loss scaler skipped")
struct SkippedStepsTests {
  /// A run of 40 steps, of which ten in a row are skipped; its scale grows before the first step of
  /// `growth`.
  private func run(skipped: Range<Int>, growth: Int?, falls: Bool = true) -> PolicyRun {
    var run = Fixture.run(steps: 40).policies[1]
    run.policy.hasDynamicScale = true
    run.editSteps { record, index in
      // Each skipped step halves the scale, or none does.
      let halvings = falls ? skipped.prefix { $0 < index }.count : 0
      let scale = index >= growth ?? .max ? 0x1p46 : 0x1p45
      record.lossScale = Double(sign: .plus, exponent: -halvings, significand: scale)
      record.skipped = skipped.contains(index)
      record.skip = record.skipped ? SkippedStep(reason: .backward) : nil
    }
    return run
  }

  private func concern(_ run: PolicyRun) -> Concern? {
    Concern.all(in: run).first { $0.cause == .skippedSteps }
  }

  @Test("A quarter of the steps is a concern once a scale has grown, and under a fixed one at once")
  func share() throws {
    let grown = try #require(concern(run(skipped: 20..<30, growth: 10)))
    #expect(grown.share == 0.25 && grown.firstStep == 21)
    // On the way down from where it began a dynamic scale does what it is for.
    #expect(concern(run(skipped: 0..<10, growth: 30)) == nil)
    #expect(concern(run(skipped: 0..<10, growth: nil)) == nil)
    #expect(concern(run(skipped: 20..<25, growth: 10)) == nil)
    // One that cannot fall any further skips for good.
    #expect(concern(run(skipped: 0..<10, growth: nil, falls: false))?.share == 0.25)
    var fixed = run(skipped: 0..<10, growth: nil)
    fixed.policy.hasDynamicScale = false
    #expect(concern(fixed)?.share == 0.25)
  }
}
