// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat
import Testing

@testable import Verification

/// A subject with one fault in what it delivers.
private struct FaultySubject: Subject {
  let base: any Subject
  /// The delivered bits and flags of operands a, b.
  let fault: @Sendable (_ a: UInt64, _ b: UInt64, inout UInt64, inout UInt8) -> Void
  var name: String { base.name }
  var reportsFlags: Bool { base.reportsFlags }
  var deliversDefinedNaNs: Bool { base.deliversDefinedNaNs }

  func function(
    for evaluation: Evaluation
  ) -> Result<BlockFunction, CaseSelection.Unavailable> {
    base.function(for: evaluation).map { function in
      { block, results, flags in
        function(block, results, flags)
        for i in 0..<block.count { fault(block.a[i], block.b[i], &results[i], &flags[i]) }
      }
    }
  }
}

@Suite("Every public path is a subject")
struct PublicPathTests {
  private let named = Format.named.map(\.format)

  @Test("typed operations, flags included, of every operation on every type")
  func typed() {
    for operation in ArithmeticOperation.allCases {
      for format in named {
        let result = run(
          [operation], [format], cases: [.random(600)],
          roundings: Rounding.deterministic + [.stochastic(bits: 9, seed: 5)],
          targets: named, subject: TypedSubject())
        #expect(result.holds && result.tested > 0, "\(operation.rawValue) \(format)")
        #expect(result.skipped.isEmpty)
      }
    }
  }

  @Test("typed operations and operators on the hardest cases")
  func typedCoverage() {
    let result = run(
      [.add, .mul, .sqrt, .fma, .convert], [.bf16, .e4m3, .fp32], cases: [.random(40_000)],
      roundings: [.nearestEven, .up], targets: [.fp16, .e5m2], subject: TypedSubject())
    #expect(result.holds)
  }

  @Test("32-bit lanes: every operation that they hold")
  func narrow() {
    for semantics in [
      Semantics(),
      Semantics(tininess: .beforeRounding, subnormals: .flushResults, nan: .propagateFirst),
    ] {
      let result = run(
        ArithmeticOperation.allCases, [.fp16, .bf16, .tf32, .e4m3, .e5m2], cases: [.random(3000)],
        roundings: Rounding.deterministic + [.stochastic(bits: 16, seed: 5)], semantics: semantics,
        targets: [.fp16, .bf16, .e4m3], subject: NarrowSubject())
      #expect(result.holds)
      #expect(result.tested > 1_000_000)
      #expect(!result.skipped.isEmpty, "integers")
    }
  }

  @Test("casts: buffers of every pair of formats, tensors of every format with NaN")
  func casts() {
    let pairs = run(
      [.convert], named, cases: [.random(1500)],
      roundings: Rounding.deterministic + [.stochastic(bits: 11, seed: 3)], targets: named,
      subject: CastSubject())
    #expect(pairs.holds)
    let tensors = run(
      [.convert, .add], [.fp32], cases: [.coverage(repeats: 1)],
      roundings: [.nearestEven, .towardZero, .stochastic(bits: 11, seed: 3)], targets: named,
      subject: TensorCastSubject())
    #expect(tensors.holds)
    #expect(tensors.rows.contains { $0.to == .bf16 && $0.tally.tested > 0 })
  }

  @Test("elements of matrix products: sums, products and fused ones in every format they round to")
  func products() {
    let result = run(
      [.add, .mul, .fma, .div], [.fp16, .bf16, .fp32, .e5m2],
      cases: [.boundary, .random(20_000)], roundings: [.nearestEven, .up],
      subject: ProductSubject())
    #expect(result.holds)
    #expect(Set(result.rows.filter { $0.tally.tested > 0 }.map(\.operation)) == [.add, .mul, .fma])
    for format in [Format.fp16, .bf16, .fp32] {
      let faulty = run(
        [.mul], [format], cases: [.coverage(repeats: 1)], roundings: [.nearestEven],
        subject: FaultySubject(base: ProductSubject()) { a, b, r, _ in
          // A subnormal result flushed to zero.
          if r & UInt64(format.magnitudeMask) < UInt64(format.smallestNormal) { r = 0 }
        })
      #expect(!faulty.holds, "\(format)")
    }
  }

  @Test("a dropped flag, a wrong tie, a wrong sign, a lost payload is caught on every path")
  func faults() {
    func isCaught(
      _ base: any Subject, _ operation: ArithmeticOperation, _ format: Format, to: Format? = nil,
      semantics: Semantics = Semantics(), cases: CaseSelection = .coverage(repeats: 1),
      _ fault: @escaping @Sendable (UInt64, UInt64, inout UInt64, inout UInt8) -> Void
    ) -> Bool {
      let result = run(
        [operation], [format], cases: [cases], roundings: [.nearestEven], semantics: semantics,
        targets: [to ?? format], subject: FaultySubject(base: base, fault: fault))
      return !result.holds
    }
    // Underflow without its flag; inexact without its.
    #expect(isCaught(TypedSubject(), .mul, .e4m3) { _, _, _, flags in flags &= ~2 })
    #expect(isCaught(TypedSubject(), .add, .e5m2) { _, _, _, flags in flags &= ~1 })
    #expect(isCaught(TypedSubject(), .convert, .fp16, to: .e4m3) { _, _, _, f in f &= ~4 })
    #expect(
      isCaught(NarrowSubject(), .sub, .bf16, cases: .boundary) { _, _, r, _ in
        if r == 0x8000 { r = 0 }
      })
    // A tie of FP32 to BF16, and to FP16, that goes away from zero.
    for (to, dropped) in [(Format.bf16, 16), (.fp16, 13)] {
      for subject in [CastSubject(), TensorCastSubject()] as [any Subject] {
        #expect(
          isCaught(subject, .convert, .fp32, to: to) { a, _, r, _ in
            let isTie = a & ((1 << UInt64(dropped)) - 1) == 1 << UInt64(dropped - 1)
            if isTie, r & 1 == 0, r & 0x7fff > 0x0400, r & 0x7fff < 0x7b00 { r += 1 }
          }, "\(subject.name) \(to)")
      }
    }
    let propagating = Semantics(nan: .propagateFirst)
    #expect(
      isCaught(NarrowSubject(), .add, .fp16, semantics: propagating, cases: .boundary) {
        _, _, r, _ in
        if r & 0x7fff > 0x7e00 { r &= ~1 }
      })
  }
}
