// SPDX-License-Identifier: Apache-2.0
import Formats
import Testing

@testable import KernelChecks

/// Kernels that gates of well-known projects let pass, and one that a gate rejected for being better
/// than its reference, by the projects' public issues.
@Suite("What public gates let pass fails ours")
struct PublicGateTests {
  /// The right result of an element in a format, and what a wrong kernel makes of it.
  private struct Wrong {
    let name: String
    let format: Format
    let kernel: (_ x: Double, _ right: UInt64) -> UInt64
  }

  private static func encoding(_ x: Double, _ format: Format) -> UInt64 {
    UInt64(format.nearest(x))
  }

  /// What is known of e^x on a thousand numbers from -8 to 8, of a kernel.
  private func count(
    _ format: Format, _ kernel: (_ x: Double, _ right: UInt64) -> UInt64
  ) -> KernelCount {
    let reference = ElementReference(.real(.exp), format)
    var count = KernelCount()
    for place in 0..<1000 {
      let x = Self.encoding(Double(place - 500) / 61.8, format)
      let right = reference.nearest(at: [x])
      let result = kernel(format.value(of: UInt32(x)), right)
      let judgement = reference.judge(result, at: [x])
      count.add(judgement, operands: [x], result: result)
    }
    return count
  }

  @Test("Elements: zeros, NaNs, defects of 3e-3, 5e-3 and 662 ulp, another format, a wrong scale")
  func elements() {
    func scaled(_ factor: Double, _ format: Format) -> (Double, UInt64) -> UInt64 {
      { _, right in Self.encoding(format.value(of: UInt32(right)) * factor, format) }
    }
    let wrong = [
      // ScalingIntelligence/KernelBench#165: zeros pass where outputs are below the tolerance.
      Wrong(name: "zeros", format: .fp32) { _, _ in 0 },
      // flashinfer PR #4365, aorta #390: a NaN passes as a wildcard, max_err > tol being false.
      Wrong(name: "NaN", format: .bf16) { _, _ in UInt64(Format.bf16.canonicalNaN ?? 0) },
      // tt-metal #54893: a relative tolerance of 0.05 passes three known defects.
      Wrong(name: "5e-3", format: .fp32, kernel: scaled(1 + 5e-3, .fp32)),
      Wrong(name: "3e-3", format: .fp32, kernel: scaled(1 - 3e-3, .fp32)),
      Wrong(name: "662 ulp", format: .fp32) { x, right in x > 7.5 ? right + 662 : right },
      // tt-metal #56492: a sweep of FP32 that ran the BF16 code.
      Wrong(name: "bf16", format: .fp32) { x, right in
        Self.encoding(
          Format.bf16.value(of: Format.bf16.nearest(Format.fp32.value(of: UInt32(right)))), .fp32)
      },
      // flashinfer PR #3882: scales that are not those of the data.
      Wrong(name: "scale", format: .fp16, kernel: scaled(2, .fp16)),
      // Liger-Kernel #192, aiter #5031: absolute tolerances of 10^4 and 100.
      Wrong(name: "off by 99", format: .bf16) { _, right in
        Self.encoding(Format.bf16.value(of: UInt32(right)) + 99, .bf16)
      },
      // A test without an assertion (gam #2424): the input itself.
      Wrong(name: "input", format: .fp16) { x, _ in Self.encoding(x, .fp16) },
    ]
    for one in wrong {
      let count = count(one.format, one.kernel)
      #expect(!KernelCriterion.faithful.allows(count, .real(.exp), one.format), "\(one.name)")
    }
    let right = count(.bf16) { $1 }
    #expect(KernelCriterion.faithful.allows(right, .real(.exp), .bf16))
  }

  @Test("A tolerance below half an ulp cannot be asked for; a better kernel is better")
  func better() {
    // sglang #35795: 0.06 where half an ulp is 0.0625.
    #expect(KernelCriterion("ulp:0.4") == nil)
    // reference-kernels #164, pytorch #195483: rejected for being nearer to the truth.
    let old = count(.fp16) { x, right in x > 0 ? right + 1 : right }
    let new = count(.fp16) { $1 }
    let comparison = BaselineComparison(new, to: old) { _, _ in nil }
    #expect(comparison.outcome == .better, "\(comparison.differences)")
    #expect(BaselineComparison(old, to: new) { _, _ in nil }.outcome == .worse)
  }

  @Test("Products: correlations and cosines that pass elsewhere, and what made them")
  func products() throws {
    let maker = ArrayCallMaker(.matmul, input: .bf16, output: .bf16, accumulator: .fp32, seed: 1)
    let known = try #require(ArrayCase("32x32x256:normal", of: .matmul))
    let call = try #require(maker.call(known))
    let judge = try ArrayJudge(known, call, .standard)
    let right = (0..<call.count).map { judge.exact.value(at: $0, beside: 0).value.high }
    func verdict(_ kernel: (Int) -> Double) -> ArrayCaseResult {
      judge.judge((0..<call.count).map { Format.bf16.nearest(kernel($0)) }, index: 0)
    }
    #expect(verdict { right[$0] }.verdict == .holds)
    // flashinfer #3663: a cosine of 0.92 passes a limit of 0.9, and 0.999 is right.
    let noisy = verdict { right[$0] + ($0 % 2 == 0 ? 6.8 : -6.8) }
    #expect(noisy.verdict == .fails)
    #expect((noisy.cosine ?? 0) > 0.9 && (noisy.cosine ?? 1) < 0.96, "\(noisy.cosine ?? 0)")
    // mlir-air #1427: results that hardly correlate.
    let shuffled = verdict { right[($0 + 32) % right.count] }
    #expect(shuffled.verdict == .fails && (shuffled.cosine ?? 1) < 0.2)
    // One term in sixty-four left out, which the cosine hides.
    let dropped = verdict { right[$0] * (1 - 1.0 / 128) }
    #expect(dropped.verdict == .fails && (dropped.cosine ?? 0) > 0.999)
  }
}
