// SPDX-License-Identifier: Apache-2.0
import Measurements
import Testing

@testable import Reports

@Suite("A change that was tried counts where it mended what asked for it")
struct TrialTests {
  private func helped(
    _ change: PolicyChange, _ before: (inout StepDamage) -> Void,
    _ after: (inout StepDamage) -> Void = { _ in }
  ) -> Bool {
    var damage = (before: StepDamage(), after: StepDamage())
    before(&damage.before)
    after(&damage.after)
    return ChangeTrial(
      change: change, step: 1, need: 1, before: damage.before, after: damage.after
    ).helped
  }

  @Test("Figures that are none before and after have not been halved")
  func nothingFinite() {
    let count: (inout StepDamage) -> Void = { $0.infiniteUpdates = 14_545 }
    #expect(!helped(.optimizerState, count, count))
    #expect(!helped(.layerFormat(layer: "output", format: "fp32"), { _ in }))
    #expect(
      helped(
        .optimizerState, count,
        {
          $0.infiniteUpdates = 3
          $0.gradientError = 0.1
        }))
  }

  @Test("Zeros of the forward pass count from the share on that damage counts from")
  func fewZeros() {
    let layer = PolicyChange.layerFormat(layer: "output", format: "fp32")
    func damage(_ zeroed: Double) -> (inout StepDamage) -> Void {
      {
        $0.zeroedForward = zeroed
        $0.gradientError = 0.18
      }
    }
    #expect(!helped(layer, damage(DamageThreshold.share / 4), damage(0)))
    #expect(helped(layer, damage(DamageThreshold.share * 4), damage(0)))
  }
}
