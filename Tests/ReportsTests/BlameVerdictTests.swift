// SPDX-License-Identifier: Apache-2.0
import Measurements
import Testing

@testable import Reports

@Suite("The sentences on who is to blame")
struct BlameVerdictTests {
  /// The sentence with common spaces before its percent signs.
  private func sentence(of blame: PolicyBlame) throws -> String {
    try #require(Verdict.blame(blame)).replacing("\u{a0}", with: " ")
  }

  private func step(_ quantity: String, _ sources: [(String, share: Double, removed: Double)])
    -> AttributedStep
  {
    var step = AttributedStep(step: 9, quantity: quantity, lossScale: nil)
    step.sources = sources.map {
      SourceShare(
        source: $0.0, share: $0.share, alone: $0.share, removed: $0.removed, direction: $0.share,
        loss: nil)
    }
    return step
  }

  @Test("What a repair removes stands beside a share that promises more")
  func removed() throws {
    var blame = PolicyBlame(policy: "fp16-amp")
    blame.steps = [
      step("updates", [("weightUpdates", 0.55, 0.05), ("activationCasts", 0.45, 0.41)])
    ]
    let text = try sentence(of: blame)
    #expect(
      text.hasPrefix("To blame in `fp16-amp` at step 9 for the squared error of its weight"))
    #expect(text.contains("55 %") && text.contains("45 %"))
    #expect(text.contains("(switching the first off alone removes 5.0 %)"), "\(text)")
    blame.steps[0].sources[0].removed = 0.5
    #expect(try sentence(of: blame).contains("alone removes") == false)
    blame.steps[0].sources[0].removed = -0.3
    #expect(try sentence(of: blame).contains("alone removes 0 %"))
  }

  @Test("Updates that are not finite: the source that cures them, or that none does alone")
  func cures() throws {
    var blame = PolicyBlame(policy: "fp16-strict")
    blame.steps = [step("updates", [])]
    #expect(Verdict.blame(blame) == nil)
    blame.steps[0].squaredError = .nan
    #expect(try sentence(of: blame).contains("no single source and no two switched off"))
    blame.cures = [
      BlamedCure(source: "optimizerState", second: "constants", error: 0.25),
      BlamedCure(source: "optimizerState", second: "clipping", error: 0.5),
    ]
    let pair = try sentence(of: blame)
    #expect(pair.contains(" together; no single source switched off makes all finite"))
    #expect(pair.contains("err by 0.25; 1 other pair does, too, but errs no less."), "\(pair)")
    blame.cures = [
      BlamedCure(source: "optimizerState", error: 0.25),
      BlamedCure(source: "weightUpdates", error: 0.5),
    ]
    let text = try sentence(of: blame)
    #expect(text.contains("switched off, all are finite and err by 0.25. Without the "))
    #expect(!text.contains("no single source") && !text.contains("together"))
  }

  @Test("A policy of which nothing is known is not spoken of")
  func nothing() {
    #expect(Verdict.blame(PolicyBlame(policy: "fp16-amp")) == nil)
  }
}
