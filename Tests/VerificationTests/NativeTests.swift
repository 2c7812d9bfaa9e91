// SPDX-License-Identifier: Apache-2.0
import Formats
import Testing

@testable import Verification

@Suite("The instrument rediscovers known failures of native arithmetic")
struct NativeTests {
  private func report(
    _ operation: ArithmeticOperation, _ format: Format, _ operands: [UInt64], _ subject: any Subject
  ) throws -> CaseReport {
    let evaluation = Evaluation(
      operation: operation, format: format, to: format, semantics: Semantics())
    return try #require(
      CaseReport(evaluation, operands: operands, index: 0, subject: subject))
  }

  // Where the processor has FP16 arithmetic of its own, Swift's fma is right.
  #if arch(x86_64)
    @Test("Float16.addingProduct rounds 3 * 683/2048 + 2^-24 twice")
    func float16FMA() throws {
      let report = try report(.fma, .fp16, [0x4200, 0x3556, 0x0001], NativeSubject())
      #expect(report.differs)
      #expect(report.expected.bits == "0x3c01")
      #expect(report.got.bits == "0x3c00")
      #expect(report.exact?.hasPrefix("1.00048") == true)
      #expect(abs((report.errorUlp ?? 0) + 0.5) < 0.01)
      #expect(report.reproduction.hasSuffix("--subject native --operands 4200,3556,0001"))
      let result = run(
        [.fma], cases: [.level1, .coverage(repeats: 1)], roundings: [.nearestEven],
        subject: NativeSubject())
      #expect(result.rows.allSatisfy { $0.tally.mismatches > 0 })
    }
  #endif

  @Test("fma in bf16 through FP32 rounds twice")
  func bf16FMA() {
    let result = run(
      [.fma], [.bf16], cases: [.coverage(repeats: 1), .random(100_000)],
      roundings: [.nearestEven], subject: NativeSubject())
    #expect(result.rows.allSatisfy { $0.tally.mismatches > 0 })
  }

  @Test("tf32 products below the normal range round twice through FP32, and not through FP64")
  func subnormalProducts() {
    let single = run(
      [.mul], [.tf32], cases: [.coverage(repeats: 8)], roundings: [.nearestEven],
      subject: ShortcutSubject.fp32)
    #expect(single.mismatches > 0)
    let double = run(
      [.mul], [.tf32], cases: [.coverage(repeats: 8)], roundings: [.nearestEven],
      subject: ShortcutSubject.fp64)
    #expect(double.holds)
  }

  @Test("fma in fp16 through FP64 shows no error; in bf16 it does")
  func doubleFMA() {
    let half = run(
      [.fma], cases: [.level1, .coverage(repeats: 1)], roundings: [.nearestEven],
      subject: ShortcutSubject.fp64)
    #expect(half.holds)
    let brain = run(
      [.fma], [.bf16], cases: [.coverage(repeats: 1)], roundings: [.nearestEven],
      subject: ShortcutSubject.fp64)
    #expect(brain.mismatches > 0)
  }

  @Test("the processor's FP16 and FP32 arithmetic, other than fma in fp16, agrees with MPFR")
  func plainArithmetic() {
    let result = run(
      [.add, .sub, .mul, .div, .sqrt, .remainder, .roundToIntegral, .nextUp, .compareQuiet],
      [.fp16, .fp32], cases: [.coverage(repeats: 1)], roundings: [.nearestEven],
      subject: NativeSubject())
    #expect(result.holds)
    #expect(result.skipped.isEmpty)
  }

  @Test("roundings that a subject lacks leave the others to be compared")
  func fewerVariants() {
    let result = run(
      [.add, .mul], cases: [.random(5_000)], roundings: [.up, .nearestEven, .down],
      subject: NativeSubject())
    #expect(result.holds)
    #expect(result.rows.map(\.rounding) == [.nearestEven, .nearestEven])
    #expect(result.skipped.map(\.roundings) == [[.up, .down], [.up, .down]])
  }

  @Test("rounding a Double to a format agrees with the oracle at and around midpoints")
  func narrowRounding() {
    let result = run(
      [.convert], [.fp32], cases: [.coverage(repeats: 1), .boundary], roundings: [.nearestEven],
      targets: [.fp16, .bf16, .tf32, .e5m2, .e4m3], subject: ShortcutSubject.fp64)
    #expect(result.holds)
  }
}
