// SPDX-License-Identifier: Apache-2.0
import Formats
import Testing

@testable import KernelChecks

@Suite("Criteria of kernels")
struct CriterionTests {
  /// A count of one result with an error.
  private func count(_ ulps: Double, special: Bool = false) -> KernelCount {
    var count = KernelCount()
    count.add(
      ElementJudgement(
        ulps: ulps, isNearest: ulps <= 0.5 && !special, isWrongSpecial: special,
        isWrongSign: false), operands: [1], result: 2)
    return count
  }

  @Test("A criterion is what its text says")
  func texts() {
    for text in ["correctly-rounded", "ulp:1", "ulp:2.5", "profile:opencl-full", "profile:torch"] {
      #expect(KernelCriterion(text)?.text == text)
    }
    for text in ["ulp", "ulp:0.4", "ulp:nan", "ulp:inf", "ulp:-1", "profile:torch2", "close", ""] {
      #expect(KernelCriterion(text) == nil, "\(text)")
    }
  }

  @Test("The limit itself is allowed, the least above it is not; no wrong special is")
  func limits() {
    let two = KernelCriterion.ulp(2)
    #expect(two.allows(count(2), .real(.exp), .fp32))
    #expect(!two.allows(count(2.0.nextUp), .real(.exp), .fp32))
    #expect(!two.allows(count(.infinity, special: true), .real(.exp), .fp32))
    #expect(KernelCriterion.correctlyRounded.allows(count(0.5), .real(.exp), .fp32))
    #expect(!KernelCriterion.correctlyRounded.allows(count(0.5.nextUp), .real(.exp), .fp32))
    // OpenCL C 3.0, tables of section 7.4: exp 3 and 4 ulp of FP32, 2 and 3 of FP16.
    let (full, embedded) = (
      KernelCriterion.profile(.openclFull), KernelCriterion.profile(.openclEmbedded)
    )
    #expect(
      full.allows(count(3), .real(.exp), .fp32) && !full.allows(count(3.1), .real(.exp), .fp32))
    #expect(
      embedded.allows(count(4), .real(.exp), .fp32)
        && !embedded.allows(count(4.1), .real(.exp), .fp32))
    #expect(
      full.allows(count(2), .real(.exp), .fp16) && !full.allows(count(2.1), .real(.exp), .fp16))
    #expect(
      !full.allows(count(0), .real(.gelu), .fp32), "of what a profile leaves out it says nothing")
  }

  @Test("Every null model fails the criterion that is asked for by default, in every format")
  func power() throws {
    for (format, functions) in [
      (Format.fp64, KernelNames.all), (.fp32, KernelNames.all), (.fp16, KernelNames.all),
      (.bf16, KernelNames.all),
    ] {
      for function in functions where function.arity == 1 {
        let campaign = try #require(
          KernelCampaign(
            .init(
              subject: .command(["none"]), function: function, format: format,
              cases: .random(count: 512, seed: 1), criterion: .faithful, timeLimit: 1),
            tool: ""))
        let power = CriterionPower(campaign, .faithful)
        #expect(power.tried.count >= 6)
        let passing = power.passing.map(\.rawValue)
        #expect(passing.isEmpty, "\(function) \(format.elementID): \(passing)")
      }
    }
  }

  @Test("A criterion without power is told: of 2^20 ulp zeros pass nowhere, a narrower format does")
  func noPower() throws {
    let campaign = try #require(
      KernelCampaign(
        .init(
          subject: .command(["none"]), function: .real(.exp), format: .fp32,
          cases: .random(count: 512, seed: 1), criterion: .ulp(0x1p20), timeLimit: 1), tool: ""))
    #expect(CriterionPower(campaign, .ulp(0x1p20)).passing == [.narrower])
  }
}

@Suite("Numbers at the ends of binades")
struct BoundaryNumberTests {
  @Test("Every exponent of one operand, the named numbers of two, none twice")
  func numbers() {
    for format in [Format.fp32, .bf16, .fp16, .e4m3] {
      for operands in [1, 2] {
        let numbers = BoundaryNumbers(format, operands: operands)
        let all = (0..<numbers.count).map(numbers.encoding)
        #expect(Set(all).count == all.count && all.allSatisfy { $0 < format.encodingCount })
        let one = UInt64(format.one)
        for expected in [
          0, 1, UInt64(format.fractionMask), UInt64(format.largestFinite), one,
          one | UInt64(format.signMask), UInt64(format.signMask),
        ] {
          #expect(all.contains(expected), "\(format.id) \(operands) \(expected)")
        }
        if operands == 1 {
          #expect(all.contains(one - 1) && all.contains(one + 1))
          #expect(
            Set(all.map { $0 >> UInt64(format.fractionBits) }).count == 2 << format.exponentBits)
        }
      }
    }
  }

  @Test("Random elements begin with them: zeros, ones, infinities, the least and the largest")
  func random() {
    let boundary = BoundaryNumbers(.fp32, operands: 1)
    for count: UInt64 in [20_000, 1_000_000] {
      let cases = KernelCases.random(count: count, seed: 1)
      let first = Set(
        (0..<10_000).map {
          cases.operand(0, ofElement: $0, format: .fp32, operands: 1, boundary: boundary)
        })
      for number: Float in [0, -0.0, 1, -1, .infinity, -.infinity, .leastNonzeroMagnitude] {
        #expect(first.contains(UInt64(number.bitPattern)), "\(number) of \(count)")
      }
    }
  }

  @Test("Tuples are all of them")
  func tuples() throws {
    let cases = KernelCases.boundary
    let count = try #require(cases.count(.arithmetic(.add), format: .e4m3))
    let pairs = Set(
      (0..<count).map { index in
        (0..<2).map {
          cases.operand(
            $0, ofElement: index, format: .e4m3, operands: 2,
            boundary: BoundaryNumbers(.e4m3, operands: 2))
        }
      })
    #expect(pairs.count == Int(count))
  }
}

@Suite("Signaling NaNs")
struct SignalingNaNTests {
  @Test("They may be quieted on the way in: pow(1, sNaN) is 1 or a NaN, and nothing else")
  func power() {
    let reference = ElementReference(.real(.pow), .fp32)
    let operands: [UInt64] = [UInt64(Format.fp32.one), 0x7f80_0001]
    #expect(reference.judge(UInt64(Format.fp32.one), at: operands).isNearest)
    #expect(reference.judge(0x7fc0_0000, at: operands).isNearest)
    #expect(reference.judge(0, at: operands).isWrongSpecial == false)
    #expect(!reference.judge(0, at: operands).isNearest)
    // A quiet NaN is not.
    #expect(!reference.judge(0x7fc0_0000, at: [UInt64(Format.fp32.one), 0x7fc0_0000]).isNearest)
  }
}
