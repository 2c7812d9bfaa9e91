// SPDX-License-Identifier: Apache-2.0
import Formats
import Testing
import Verification
import Work

/// The tallies of a whole campaign, single-threaded.
func run(
  _ operations: [ArithmeticOperation], _ formats: [Format] = [.fp16], cases: [CaseSelection],
  roundings: [Rounding] = Rounding.deterministic, semantics: Semantics = Semantics(),
  targets: [Format] = [], subject: any Subject, reference: any Reference = MPFRReference(),
  threads: Int = 1
) -> VerificationResult {
  let configuration = Configuration(
    operations: operations, formats: formats, targets: targets, roundings: roundings,
    semantics: semantics, cases: cases, subject: subject.name, reference: reference.name)
  let plan = Plan(configuration, subject: subject)
  let campaign = Campaign(plan: plan, subject: subject, reference: reference)
  let (state, _) = campaign.run(control: WorkControl(threads: threads))
  return VerificationResult(plan: plan, state: state)
}

@Suite("A suite that cannot fail proves nothing")
struct SelfTests {
  @Test("the unmutated third implementation agrees with MPFR")
  func unmutated() {
    for tininess in Tininess.allCases {
      let result = run(
        [.add, .mul, .fma], cases: [.boundary, .coverage(repeats: 1)],
        semantics: Semantics(tininess: tininess), subject: MutableArithmetic(mutation: .none))
      #expect(result.holds)
      #expect(result.tested > 1_000_000)
    }
  }

  /// The operation in which a mutation shows.
  private func operation(_ mutation: Mutation) -> ArithmeticOperation {
    switch mutation {
    case .zeroSumNegative, .zeroSumIgnoresDown: .add
    case .productRoundedFirst: .fma
    default: .mul
    }
  }

  @Test("level 1 alone catches every mutation", arguments: Mutation.allCases)
  func levelOne(_ mutation: Mutation) {
    let result = run(
      [operation(mutation)], cases: [.level1], roundings: [.nearestEven, .up, .down],
      subject: MutableArithmetic(mutation: mutation))
    #expect(result.holds == (mutation == .none))
  }

  @Test("coverage alone catches every mutation", arguments: Mutation.allCases)
  func coverage(_ mutation: Mutation) {
    let result = run(
      [operation(mutation)], cases: [.coverage(repeats: 2)],
      subject: MutableArithmetic(mutation: mutation))
    #expect(result.holds == (mutation == .none))
  }

  @Test("a reference that rounds subnormal results twice is caught")
  func unboundedExponent() {
    for operation in [ArithmeticOperation.mul, .div, .fma] {
      let result = run(
        [operation], cases: [.coverage(repeats: 1)], subject: SoftSubject(),
        reference: ScalarReference.roundingTwice(.unboundedExponent))
      #expect(result.mismatches > 0, "\(operation)")
    }
  }

  @Test("a reference that goes through binary32 is caught in fma")
  func binary32() {
    for format in [Format.fp16, .bf16] {
      let result = run(
        [.fma], [format], cases: [.coverage(repeats: 1)], roundings: [.nearestEven],
        subject: SoftSubject(), reference: ScalarReference.roundingTwice(.binary32))
      #expect(result.mismatches > 0, "\(format)")
    }
  }

  @Test("the scalar oracle and its blocks agree")
  func scalarReference() {
    let result = run(
      [.add, .fma, .convert], [.e4m3, .e5m2], cases: [.boundary], targets: [.e4m3, .e5m2, .fp16],
      subject: SoftSubject(), reference: ScalarReference.mpfr)
    let blocks = run(
      [.add, .fma, .convert], [.e4m3, .e5m2], cases: [.boundary], targets: [.e4m3, .e5m2, .fp16],
      subject: SoftSubject())
    #expect(result.rows == blocks.rows)
  }
}
