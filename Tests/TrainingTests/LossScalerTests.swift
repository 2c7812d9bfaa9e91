// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Datasets
@testable import Models
@testable import Network
@testable import Policies
@testable import Twins

/// The scalers do what their frameworks do, step by step.
struct LossScalerTests {
  /// The trace of a number of overflows in a row.
  private func overflows(_ count: Int) -> String { String(repeating: "x", count: count) }

  /// The scales after each step of a trace in which `x` is an overflow and any other letter a
  /// finite step.
  private func scales(_ rule: LossScaling, _ trace: String) -> [Float] {
    var scaler = LossScaler(rule)
    return trace.map { letter in
      scaler.update(overflowed: letter == "x")
      return scaler.scale
    }
  }

  private func shortened(_ rule: LossScaling, interval: Int) -> LossScaling {
    var rule = rule
    rule.interval = interval
    return rule
  }

  @Test("alternating overflows: who halves at each, who from the second, who never")
  func alternating() {
    for rule in [LossScaling.torch, .apex, .fairseq, .keras, .jmp] {
      let start = rule.initial
      #expect(scales(rule, "x.x.") == [start / 2, start / 2, start / 4, start / 4], "\(rule)")
    }
    for rule in [LossScaling.megatron, .deepSpeed] {
      let start = rule.initial
      #expect(
        scales(rule, "x.x.x") == [start, start, start / 2, start / 2, start / 4], "\(rule)")
    }
    for rule in [LossScaling.apexHysteresis, .deepSpeedConsecutive] {
      #expect(Set(scales(rule, "x.x.x.x.")) == [rule.initial], "\(rule)")
      #expect(scales(rule, overflows(3)).last == rule.initial / 4, "\(rule)")
    }
  }

  @Test("factors beyond FP32: torch rounds their products once, others the factor too or nothing")
  func arithmetic() {
    func ends(_ arithmetic: LossScaling.Arithmetic, _ trace: String) -> [Float] {
      var rule = shortened(.torch, interval: 1)
      rule.initial = 12345.678
      rule.growth = 1.1
      rule.backoff = 0.7
      rule.arithmetic = arithmetic
      return scales(rule, trace)
    }
    // torch.amp.GradScaler(init_scale=12345.678, growth_factor=1.1, backoff_factor=0.7).
    #expect(
      ends(.fp64Factor, "..xx.") == [
        13580.2451171875, 14938.26953125, 10456.7890625, 7319.75244140625, 8051.7275390625,
      ])
    let start = Float(12345.678)
    #expect(ends(.fp32, "..") == [start * 1.1, start * 1.1 * 1.1])
    #expect(ends(.fp64, "..") == [Float(Double(start) * 1.1), Float(Double(start) * 1.1 * 1.1)])
    #expect(Set([.fp32, .fp64Factor].map { ends($0, "..") }).count == 2)
    for rule in [LossScaling.torch, .apexHysteresis] { #expect(rule.arithmetic == .fp64Factor) }
    for rule in [LossScaling.apex, .deepSpeed, .fairseq] { #expect(rule.arithmetic == .fp64) }
    for rule in [LossScaling.megatron, .keras, .jmp] { #expect(rule.arithmetic == .fp32) }
  }

  @Test("growth after the interval of finite steps, counted from the last overflow")
  func growth() {
    for rule in LossScaling.presets {
      let start = rule.initial
      var short = shortened(rule, interval: 3)
      short.hysteresis = 1
      short.growth = 2
      #expect(
        scales(short, "...x....") == [
          start, start, 2 * start, start, start, start, 2 * start, 2 * start,
        ], "\(rule)")
    }
    #expect(scales(shortened(.megatron, interval: 2), "x..x").last == 0x1p33)
    #expect(scales(shortened(.deepSpeed, interval: 2), "x..x").last == 0x1p17)
  }

  @Test("torch: 165 halvings of 2^16 reach 2^-149, the next gives 0; it never grows to infinity")
  func torchEnds() {
    let falling = scales(.torch, overflows(166))
    #expect(falling[164] == 0x1p-149 && falling[165] == 0)
    var rule = shortened(.torch, interval: 1)
    rule.initial = 0x1p126
    #expect(scales(rule, ".....").last == 0x1p127)
  }

  @Test("the ends of the others: Keras reaches infinity, apex stops at 2^24, jmp and Megatron at 1")
  func otherEnds() {
    let growing = String(repeating: ".", count: 200)
    #expect(scales(shortened(.keras, interval: 1), growing).last == .infinity)
    #expect(scales(shortened(.jmp, interval: 1), growing).last == 0x1p127)
    #expect(scales(shortened(.apex, interval: 1), growing).last == 0x1p24)
    let falling = String(repeating: "x", count: 60)
    #expect(scales(.jmp, falling).last == 1)
    #expect(scales(.megatron, falling).last == 1)
  }

  @Test("DeepSpeed fails at an overflow at its minimum, fairseq when the scale would reach 10^-4")
  func failures() {
    var deepSpeed = LossScaler(.deepSpeed)
    // One forgiven, sixteen halvings to 1, and one more.
    for _ in 0..<17 { deepSpeed.update(overflowed: true) }
    #expect(deepSpeed.scale == 1 && !deepSpeed.hasFailed)
    deepSpeed.update(overflowed: true)
    #expect(deepSpeed.scale == 1 && deepSpeed.hasFailed)

    var fairseq = LossScaler(.fairseq)
    // 2^-13 is above 10^-4 and 2^-14 below.
    for _ in 0..<20 { fairseq.update(overflowed: true) }
    #expect(fairseq.scale == 0x1p-13 && !fairseq.hasFailed)
    fairseq.update(overflowed: true)
    #expect(fairseq.scale == 0x1p-13 && fairseq.hasFailed)
  }

  @Test("what counts as an overflow: an element, a tensor's sum, the norm of all")
  func detection() {
    let huge = [[0x1p127, 0x1p127], [1]].map { Fixture.tensor($0) }
    let opposite = [Fixture.tensor([.infinity, -.infinity])]
    let steep = [[0x1p64], [1]].map { Fixture.tensor($0) }
    let element = LossScaling.Detection.element
    #expect(!element.overflows(huge) && element.overflows(opposite) && !element.overflows(steep))
    let sum = LossScaling.Detection.sum
    #expect(sum.overflows(huge) && sum.overflows(opposite) && !sum.overflows(steep))
    let norm = LossScaling.Detection.norm
    #expect(norm.overflows(huge) && norm.overflows(opposite) && norm.overflows(steep))
    #expect(!norm.overflows([[1, 2], [3]].map { Fixture.tensor($0) }))
  }

  @Test("names are read back, and nonsense is not")
  func names() {
    for rule in LossScaling.presets { #expect(LossScaling(named: rule.name) == rule) }
    #expect(LossScaling(named: "Fixed:1024") == .fixed(1024))
    for name in ["", "fixed:", "fixed:0", "fixed:-1", "fixed:inf", "fixed:1e99", "tensorflow"] {
      #expect(LossScaling(named: name) == nil, "\(name)")
    }
  }
}
