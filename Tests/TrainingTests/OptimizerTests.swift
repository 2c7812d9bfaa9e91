// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Training

@Suite struct OptimizerTests {
  @Test("AdamW's first step moves each weight by lr against the sign of its gradient")
  func adamWFirstStep() {
    var adam = AdamW<Binary64Arithmetic>(.init(), count: 3)
    let step = adam.advance([1, -2, 0.5], [0.3, -4, 0])
    #expect(step.base == [1, -2, 0.5].map { $0 * (1 - 1e-5) })
    #expect((step.update[0] + 1e-3).magnitude < 1e-10)
    #expect((step.update[1] - 1e-3).magnitude < 1e-10)
    #expect(step.update[2] == 0)
  }

  @Test("AdamW in FP64 follows its definition over many steps")
  func adamWDefinition() {
    var adam = AdamW<Binary64Arithmetic>(.init(learningRate: 0.01), count: 1)
    var (w, m, v) = (0.7, 0.0, 0.0)
    var ours = w
    for t in 1...50 {
      let g = sin(Double(t)) + 0.2
      m = 0.9 * m + 0.1 * g
      v = 0.999 * v + 0.001 * g * g
      let (mHat, vHat) = (m / (1 - pow(0.9, Double(t))), v / (1 - pow(0.999, Double(t))))
      w -= 0.01 * 0.01 * w
      w -= 0.01 * mHat / (vHat.squareRoot() + 1e-8)
      let step = adam.advance([ours], [g])
      ours = step.base[0] + step.update[0]
    }
    #expect((ours - w).magnitude < 1e-12)
  }

  @Test("In FP16 AdamW's epsilon is zero: a zero gradient at the first step makes a NaN")
  func adamWInBinary16() {
    var adam = AdamW<Binary16Arithmetic>(.init(), count: 2)
    let step = adam.advance([1, 1], [0, 0.5])
    #expect(step.update[0].isNaN && step.update[1].isFinite)
  }
}
