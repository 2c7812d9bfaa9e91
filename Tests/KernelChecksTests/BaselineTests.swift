// SPDX-License-Identifier: Apache-2.0
import Formats
import Testing

@testable import KernelChecks

@Suite("Baselines of kernels")
struct BaselineTests {
  private func count(misrounded: Int, worst: Double, digest: UInt64) -> KernelCount {
    var count = KernelCount(parts: 4)
    count.addNearest(100 - misrounded)
    for i in 0..<misrounded {
      let judgement = ElementJudgement(
        ulps: i == 0 ? worst : 0.55, isNearest: false, isWrongSpecial: false, isWrongSign: false)
      count.add(judgement, operands: [UInt64(i)], result: 1)
    }
    count.add(digest: digest, ofPart: 2)
    return count
  }

  private func outcome(_ now: KernelCount, _ before: KernelCount) -> BaselineComparison {
    BaselineComparison(now, to: before) { _, _ in nil }
  }

  @Test("Same bits, other bits, better and worse are told apart")
  func outcomes() {
    let base = count(misrounded: 5, worst: 0.9, digest: 7)
    #expect(outcome(base, base).outcome == .same)
    let changed = outcome(count(misrounded: 5, worst: 0.9, digest: 8), base)
    #expect(changed.outcome == .changed && changed.changedParts == [2])
    #expect(outcome(count(misrounded: 4, worst: 0.9, digest: 8), base).outcome == .better)
    #expect(outcome(count(misrounded: 6, worst: 0.9, digest: 8), base).outcome == .worse)
    #expect(outcome(count(misrounded: 5, worst: 0.95, digest: 8), base).outcome == .worse)
    // Fewer misrounded results do not make up for a larger error.
    #expect(outcome(count(misrounded: 1, worst: 1.2, digest: 8), base).outcome == .worse)
    var lost = base
    lost.uncomputed = 1
    #expect(outcome(lost, base).outcome == .worse)
  }

  @Test("A result that is found worse makes it worse, whatever the counts say")
  func located() {
    let base = count(misrounded: 5, worst: 0.9, digest: 7)
    let now = count(misrounded: 5, worst: 0.9, digest: 8)
    let change = ResultChange(
      operands: [3], before: 4, now: 5, errorBefore: 0.51, errorNow: 0.59)
    #expect(BaselineComparison(now, to: base) { _, _ in change }.outcome == .worse)
    var better = change
    (better.errorBefore, better.errorNow) = (change.errorNow, change.errorBefore)
    #expect(BaselineComparison(now, to: base) { _, _ in better }.outcome == .changed)
  }

  @Test("Digests differ for one bit of one result anywhere, and not for the payload of a NaN")
  func digests() {
    var seen = Set<UInt64>()
    for element in [0, 1, 2, 4095, 1 << 31] as [UInt64] {
      for result in [0, 1, 0x3f80_0000, 0x3f80_0001, 0x8000_0000, 0x7f80_0000] as [UInt64] {
        seen.insert(ResultDigest.digest(result, ofElement: element, .fp32))
      }
    }
    #expect(seen.count == 30)
    let nans = [0x7fc0_0000, 0x7f80_0001, 0xffff_ffff] as [UInt64]
    #expect(Set(nans.map { ResultDigest.digest($0, ofElement: 3, .fp32) }).count == 1)
  }
}
