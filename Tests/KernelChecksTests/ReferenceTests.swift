// SPDX-License-Identifier: Apache-2.0
import Formats
import Testing

@testable import KernelChecks

@Suite("A reference beside a kernel")
struct ReferenceTests {
  private func judgement(_ ulps: Double) -> ElementJudgement {
    ElementJudgement(
      ulps: ulps, isNearest: ulps <= 0.5, isWrongSpecial: false, isWrongSign: ulps.isInfinite)
  }

  /// A kernel's errors beside a reference's.
  private func count(_ kernel: [Double], _ reference: [Double]) -> KernelCount {
    var count = KernelCount()
    count.reference = ReferenceCount()
    for (place, (x, y)) in zip(kernel, reference).enumerated() {
      count.add(judgement(x), operands: [UInt64(place)], result: 1)
      count.reference?.add(judgement(y), operands: [UInt64(place)], result: 1)
      count.reference?.compare(x, y)
    }
    return count
  }

  private func allows(_ criterion: KernelCriterion, _ count: KernelCount) -> Bool {
    criterion.allows(count, .real(.exp), .fp32)
  }

  @Test("It excuses errors that are no larger than its own, and accuses none")
  func excuses() {
    // Better than the reference, as good, worse; and better than the criterion though worse than it.
    #expect(allows(.ulp(1), count([3, 0.2], [4, 0.2])))
    #expect(allows(.ulp(1), count([3, 0.2], [0.2, 3])))
    #expect(!allows(.ulp(1), count([3, 0.2], [2.9, 0.2])))
    #expect(allows(.ulp(1), count([0.9, 0.2], [0.2, 0.2])))
    #expect(!allows(.ulp(1), count([3], [0.2])))
    let nearest = KernelCriterion.correctlyRounded
    #expect(allows(nearest, count([0.6, 0.2], [0.7, 0.2])))
    #expect(!allows(nearest, count([0.6, 0.6], [0.7, 0.2])), "more results that are not nearest")
  }

  @Test("Wrong NaNs, infinities and signs are never excused")
  func specials() {
    #expect(!allows(.ulp(1), count([.infinity], [.infinity])))
    #expect(!allows(.ulp(1), count([.infinity, 2], [4, 4])))
  }

  @Test("Counts merge in any order, and tell who is nearer")
  func merging() {
    let (a, b) = (count([3, 0.2], [4, 0.1]), count([1, 2, 7], [1, 5, 2]))
    var (ab, ba) = (a, b)
    ab.merge(b)
    ba.merge(a)
    #expect(ab.reference == ba.reference)
    #expect(ab.reference?.tested == 5 && ab.reference?.misrounded == 4)
    #expect(ab.reference?.nearer == 2 && ab.reference?.farther == 2)
    #expect(ab.reference?.largest == 5)
  }

  @Test("A reference that errs so much that null models pass beside it has no power")
  func power() throws {
    let campaign = try #require(
      KernelCampaign(
        .init(
          subject: .command(["none"]), function: .real(.exp), format: .fp32,
          cases: .random(count: 512, seed: 1), criterion: .ulp(1), timeLimit: 1), tool: ""))
    #expect(CriterionPower(campaign, .ulp(1), excusedAsIn: count([3], [4])).passing.isEmpty)
    #expect(
      CriterionPower(campaign, .ulp(1), excusedAsIn: count([3], [0x1p20])).passing == [.narrower])
  }

  @Test("Its format holds every number of the kernel's")
  func formats() {
    #expect(ReferenceKernel.holds(.fp32, numbersOf: .bf16))
    #expect(ReferenceKernel.holds(.fp64, numbersOf: .fp32))
    #expect(ReferenceKernel.holds(.fp64, numbersOf: .fp64))
    #expect(!ReferenceKernel.holds(.fp32, numbersOf: .fp64))
    #expect(!ReferenceKernel.holds(.bf16, numbersOf: .fp16))
    #expect(!ReferenceKernel.holds(.fp16, numbersOf: .e4m3), "it computes in fp32 or fp64")
  }
}

@Suite("Tolerances that depend on the exact value")
struct ToleranceTests {
  @Test("torch.testing's: absolute + relative |f|, its least error certain everywhere")
  func torch() throws {
    let rows: [(Format, Double, Double)] = [
      (.fp16, 1e-3, 1e-5), (.bf16, 1.6e-2, 1e-5), (.fp32, 1.3e-6, 1e-5), (.fp64, 1e-7, 1e-7),
    ]
    for (format, relative, absolute) in rows {
      guard
        case .tolerance(let tolerance)? = AccuracyProfile.torch.limit(.real(.exp), format)
      else {
        Issue.record("no tolerance of \(format.elementID)")
        continue
      }
      #expect(tolerance.relative == relative && tolerance.absolute == absolute)
      // Around every power of two of the format, and its least number.
      for exponent in [format.minExponent, -10, 0, 1, 10, format.maxExponent - 1] {
        let exact = Double(sign: .plus, exponent: exponent, significand: 1)
        let ulp = Double(
          sign: .plus, exponent: exponent - format.fractionBits, significand: 1)
        let wrong = ElementJudgement(
          ulps: 1, isNearest: false, isWrongSpecial: false, isWrongSign: false)
        #expect(tolerance.excess(of: exact + tolerance.certain * ulp, exact, wrong) <= 1 + 1e-9)
        let allowed = absolute + relative * exact
        #expect(tolerance.excess(of: exact + allowed * 1.01, exact, wrong) > 1)
        #expect(tolerance.excess(of: exact - allowed * 0.99, exact, wrong) < 1)
      }
    }
    #expect(AccuracyProfile.torch.limit(.real(.exp), .e4m3) == nil)
  }

  @Test("A NaN for a number and the other zero are outside however large it is")
  func specials() {
    let tolerance = ErrorTolerance(relative: 1, absolute: 1, .fp32)
    let special = ElementJudgement(
      ulps: .infinity, isNearest: false, isWrongSpecial: true, isWrongSign: false)
    #expect(tolerance.excess(of: .nan, 1, special) == .infinity)
    let sign = ElementJudgement(
      ulps: .infinity, isNearest: false, isWrongSpecial: false, isWrongSign: true)
    #expect(tolerance.excess(of: -0.0, 0, sign) == .infinity)
    // A small number of the other sign is as near as any.
    #expect(tolerance.excess(of: -1e-9, 1e-9, sign) < 1)
  }

  @Test("OpenCL's rows: each format and profile has its own, and the nearest where that is asked")
  func openCL() {
    let (full, embedded) = (AccuracyProfile.openclFull, AccuracyProfile.openclEmbedded)
    #expect(full.limit(.arithmetic(.add), .fp32) == .nearest)
    #expect(full.limit(.arithmetic(.div), .fp32) == .ulps(2.5))
    #expect(embedded.limit(.arithmetic(.div), .fp32) == .ulps(3))
    #expect(full.limit(.arithmetic(.div), .fp64) == .nearest)
    #expect(full.limit(.real(.tan), .fp16) == .ulps(2.5))
    #expect(full.limit(.real(.atan2), .fp32) == .ulps(6))
    #expect(full.limit(.integral(.rint), .fp16) == .nearest)
    #expect(embedded.limit(.real(.exp), .fp64) == nil, "the table has no such column")
    #expect(full.limit(.real(.lgamma), .fp32) == nil, "it is undefined there")
  }
}
