// SPDX-License-Identifier: Apache-2.0
import Measurements
import Testing

@testable import Network
@testable import Policies
@testable import StepAnalysis

@Suite("Traces of overflows through the rules of loss scaling")
struct ScalerSimulationTests {
  private func trace(_ pattern: String) throws -> OverflowTrace {
    try OverflowTrace(pattern: pattern)
  }

  private func course(_ rule: LossScaling, _ pattern: String) throws -> ScalerCourse {
    ScalerSimulation.course(rule, try trace(pattern))
  }

  @Test("Patterns: steps, repetitions, groups, comments; neighbours that are alike join")
  func patterns() throws {
    #expect(try trace("ok*3,inf,ok*2000").runs.map(\.count) == [3, 1, 2000])
    #expect(try trace("ok ok*2\nok, nan # the end").runs.map(\.count) == [4, 1])
    #expect(try trace("ok\ninf\r\nok*2\n").runs.map(\.count) == [1, 1, 2])
    #expect(
      try trace("(inf,ok)*3").runs.map(\.overflows) == [true, false, true, false, true, false])
    #expect(try trace("((inf*2,ok)*2,inf)*2").steps == 14)
    // Long traces take no longer than their steps.
    #expect(try trace("(ok,inf)*300000").overflows == 300_000)
    #expect(try trace("inf:0.25").runs == [.init(share: 0.25, count: 1)])
    #expect(try trace("OK, Inf").overflows == 1)
  }

  @Test("What cannot be read is refused at its place")
  func problems() {
    let cases: [(text: String, position: Int, reason: String)] = [
      ("", 0, "no step"), ("ok,maybe", 3, "'maybe' is no step"), ("ok*0", 3, "repetitions"),
      ("ok*", 3, "repetitions"), ("ok*-2", 3, "repetitions"), ("(ok,inf", 0, "does not end"),
      ("ok)", 2, "never began"), ("ok*99999999999", 3, "more than"), ("inf:2", 4, "no share"),
      ("inf:", 4, "no share"), ("ok*99999999999999999999", 3, "repetitions"),
      ("ok(inf)", 2, "parted by commas"), ("(ok*9000000),(ok*9000000)", 13, "more than"),
      (String(repeating: "(", count: 100), 64, "too deep"), ("ok:1", 0, "'ok:1' is no step"),
    ]
    for (text, position, reason) in cases {
      let problem = #expect(throws: OverflowTrace.Problem.self) { try OverflowTrace(pattern: text) }
      #expect(problem?.position == position, "\(text): \(problem?.position ?? -1)")
      #expect(problem?.reason.contains(reason) == true, "\(text): \(problem?.reason ?? "")")
    }
  }

  @Test(
    "inf, ok, inf, ok: torch and fairseq halve at each, apex-hysteresis never, Megatron from the second"
  )
  func alternating() throws {
    // torch.amp.GradScaler, fairseq's DynamicLossScaler, apex's update_scale_hysteresis,
    // Megatron-LM's DynamicGradScaler and DeepSpeed's DynamicLossScaler by their sources.
    let pattern = "(inf,ok)*3"
    for (rule, halvings) in [
      (LossScaling.torch, 3), (.fairseq, 3), (.apex, 3), (.keras, 3), (.jmp, 3), (.megatron, 2),
      (.deepSpeed, 2), (.apexHysteresis, 0), (.deepSpeedConsecutive, 0),
    ] {
      let course = try course(rule, pattern)
      #expect(course.final == Double(rule.initial) / Double(1 << halvings), "\(rule.name)")
      #expect(course.skipped == 3 && course.forgiven == 3 - halvings, "\(rule.name)")
    }
  }

  @Test("ada-loss scales layers by their gradients: no overflow moves the scale of its loss")
  func adaLoss() throws {
    // arXiv 1910.12385; AdaLossScaled's init_scale is 1 and nothing changes it.
    let course = try course(.adaLoss, "inf,ok*3000,(inf,ok)*2")
    #expect(course.changes == [.init(step: 1, scale: 1)] && course.failedAt == nil)
    #expect(course.skipped == 3 && course.forgiven == 3)
  }

  @Test(
    "Growth: on call 2000 after an overflow for torch, 1000 for DeepSpeed, 2^14 for fairseq"
  )
  func growth() throws {
    // The scale of step n is that before it; growth shows at the step after the last counted one.
    #expect(try course(.torch, "ok*2000").changes.last == .init(step: 2001, scale: 0x1p17))
    #expect(try course(.torch, "ok*1999,inf,ok*2000").changes.map(\.step) == [1, 2001, 4001])
    // DynamicLossScaler counts cur_iter - last_overflow_iter, from -1; the scale that FP16_Optimizer
    // keeps itself, without hysteresis, counts one less and grows on call 1001.
    #expect(try course(.deepSpeed, "ok*1001").changes.last == .init(step: 1001, scale: 0x1p17))
    #expect(try course(.fairseq, "ok*16384").final == 0x1p8)
    #expect(try course(.fixed(8), "inf*5,ok*5000").changes == [.init(step: 1, scale: 8)])
  }

  @Test("Falling: torch reaches 0 at the 166th overflow, DeepSpeed and fairseq raise errors")
  func falling() throws {
    let torch = try course(.torch, "inf*166")
    #expect(torch.changes.count == 167 && torch.final == 0 && torch.failedAt == nil)
    #expect(torch.changes[165].scale == 0x1p-149)
    // One forgiven, sixteen halvings to 1, and the error at the next; later steps are not taken.
    let deepSpeed = try course(.deepSpeed, "inf*20,ok*10")
    #expect(deepSpeed.failedAt == 18 && deepSpeed.final == 1 && deepSpeed.skipped == 30)
    // 2^7 to 2^-13 are twenty halvings; 2^-14 would be below 10^-4.
    #expect(try course(.fairseq, "inf*30").failedAt == 21)
  }

  @Test("MS-AMP halves above a share of 0.001 %, and otherwise doubles over a thousand steps")
  func sharedOverflows() throws {
    // FP8-LM, arXiv 2310.18313, section 2.1.
    #expect(try course(.msAMP, "inf").final == 0x1p15)
    #expect(try course(.msAMP, "inf:0.0000101").final == 0x1p15)
    let tolerated = try course(.msAMP, "inf:0.00001")
    #expect(tolerated.final > 0x1p16 && tolerated.final < 65600 && tolerated.skipped == 1)
    let doubled = try course(.msAMP, "ok*1000").final
    #expect((doubled - 0x1p17).magnitude <= 0x1p17 * 0x1p-23)
  }
}
