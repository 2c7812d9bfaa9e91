// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat
import Testing
import Work

@testable import Verification

@Suite("Elementary functions against MPFR")
struct ElementaryCampaignTests {
  private func kernel(
    changing change: @escaping @Sendable (Float, Float) -> Float = { $1 }
  ) -> ElementaryShard.Kernel {
    { function, source, target, count in
      Float.elementary(function, source, into: target, count: count)
      for i in 0..<count { target[i] = change(source[i], target[i]) }
    }
  }

  /// The errors of FP32's operands in the block from an encoding on.
  private func errors(
    _ kernel: @escaping ElementaryShard.Kernel, _ function: ElementaryFunction, _ start: UInt64
  ) -> ElementaryErrors {
    var shard = ElementaryShard(function, .fp32, seed: 1, kernel: kernel)
    shard.run(start..<start + 4096)
    return shard.errors
  }

  @Test("All 2^16 numbers of FP16 and BF16: below 1 ulp, the committed counts not nearest")
  func narrow() throws {
    let campaign = ElementaryCampaign(
      functions: ElementaryFunction.allCases, domains: [.fp16, .bf16])
    let rows = campaign.rows(campaign.run().state.counts)
    let counts = rows.map { $0.errors.misrounded }
    // Results of FP32 that lie within their own error of a midpoint; gelu of subnormal BF16 numbers
    // has ties, x/2, that only the exact value breaks.
    #expect(counts == [2, 0, 1, 0, 0, 0, 7, 0, 2, 0, 1, 1, 3, 128, 5, 128, 0, 0])
    #expect(rows.allSatisfy { $0.errors.largest < 0.5001 })
  }

  @Test(
    "FP32 in blocks through every binade: at most 0.5001 ulp",
    arguments: ElementaryFunction.allCases)
  func binades(function: ElementaryFunction) throws {
    let subject = kernel()
    var all = ElementaryErrors(countsMisrounded: true)
    // One block of each binade and sign: the first one of every other, one inside of the rest.
    for binade in UInt64(0)..<512 {
      let block = binade % 2 == 0 ? 0 : binade * 0x9e3 % 2048
      all.merge(errors(subject, function, binade << 23 | block << 12))
    }
    #expect(all.tested == 512 * 4096)
    #expect(all.largest < 0.5001, "\(all)")
    #expect(try #require(all.misrounded) < 8)
  }

  @Test("FP64 samples: below 0.9 ulp")
  func binary64() throws {
    let campaign = ElementaryCampaign(
      functions: ElementaryFunction.allCases, domains: [.fp64], samples: 20_000, seed: 5)
    for row in campaign.rows(campaign.run().state.counts) {
      #expect(row.errors.largest < 0.9, "\(row)")
      #expect(row.errors.tested == 20_000)
    }
  }

  @Test("The same errors on one thread and on three")
  func threads() throws {
    let campaign = ElementaryCampaign(
      functions: [.tanh, .gelu], domains: [.bf16, .fp64], samples: 30_000)
    let one = campaign.run(control: WorkControl(threads: 1))
    let three = campaign.run(control: WorkControl(threads: 3))
    #expect(one.isComplete && one.state == three.state)
  }

  @Test("One wrong result in a block is found, whatever is wrong with it")
  func singleDefects() throws {
    let x = Float(1.3125)
    let start = UInt64(x.bitPattern) / 4096 * 4096
    let defects: [(@Sendable (Float) -> Float, Double)] = [
      ({ $0.nextUp }, 0.49), ({ $0.nextDown.nextDown }, 1.49), ({ -$0 }, .infinity),
      ({ _ in .nan }, .infinity), ({ _ in .infinity }, .infinity),
    ]
    for function in ElementaryFunction.allCases {
      let clean = self.errors(kernel(), function, start)
      for (defect, least) in defects {
        let broken = kernel { $0 == x ? defect($1) : $1 }
        let errors = self.errors(broken, function, start)
        #expect(errors.misrounded == clean.misrounded.map { $0 + 1 }, "\(function)")
        #expect(errors.largest >= least && errors.operand == UInt64(x.bitPattern), "\(function)")
      }
    }
  }

  @Test("A function computed in FP32 alone is told from one rounded once")
  func plainFP32() throws {
    let plain: ElementaryShard.Kernel = { _, source, target, count in
      for i in 0..<count {
        let e = Elementary.exp(2 * source[i])
        target[i] = (e - 1) / (e + 1)
      }
    }
    let start = UInt64(Float(0.25).bitPattern)
    let errors = self.errors(plain, .tanh, start)
    #expect(errors.largest > 1)
    #expect(try #require(errors.misrounded) > 1000)
  }
}
