// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle
import TestSupport
import Testing

/// The shortcut of the bulk path against MPFR's own rounding, and references that are wrong on
/// purpose.
struct AuditTests {
  @Test(
    "one rounding of 63 bits and a sticky bit is MPFR's own rounding",
    arguments: DirectReference.operations)
  func shortcut(op: ArithmeticOperation) throws {
    for format in [Format.fp16, .bf16] {
      var audit = DirectAudit()
      // The smallest subnormal, the subnormals' end, an ordinary number, and one over the largest.
      let last = UInt64(format.largestFinite)
      let smallest = UInt64(format.smallestNormal)
      for p in [1, smallest - 1, UInt64(format.one) + 0x55, last] {
        audit.merge(
          try #require(
            DirectAudit.run(op, format, pairs: 0..<8 * 32768) {
              fillGroups(format, p, $0, $1, $2, $3)
            }))
      }
      #expect(audit.compared == 4 * 4 * 8 * 32768)
      #expect(audit.mismatches == 0)
      #expect(audit.first == [])
    }
    for format in [Format.e5m2, Format(exponentBits: 4, fractionBits: 4)] {
      let pairs = 0..<format.encodingCount * format.encodingCount
      let audit = try #require(
        DirectAudit.run(op, format, pairs: pairs) { fillSquare(format, $0, $1, $2, $3) })
      #expect(audit.compared == 4 * format.encodingCount * format.encodingCount)
      #expect(audit.mismatches == 0)
      #expect(audit.first == [])
    }
  }

  /// Pairs (p, q) for every magnitude q, in groups of eight runs that share their exact results.
  private func fillGroups(
    _ format: Format, _ p: UInt64, _ start: UInt64, _ count: Int, _ a: UnsafeMutablePointer<UInt64>,
    _ b: UnsafeMutablePointer<UInt64>
  ) {
    let sign = UInt64(format.signMask)
    for i in 0..<count {
      let index = start + UInt64(i)
      let run = index / 64 % 8
      let x = p | (run & 1 != 0 ? sign : 0)
      let y = (index / 512 * 64 + index % 64) | (run & 2 != 0 ? sign : 0)
      (a[i], b[i]) = run & 4 != 0 ? (y, x) : (x, y)
    }
  }

  /// Every pair, which share nothing.
  private func fillSquare(
    _ format: Format, _ start: UInt64, _ count: Int, _ a: UnsafeMutablePointer<UInt64>,
    _ b: UnsafeMutablePointer<UInt64>
  ) {
    for i in 0..<count {
      (a[i], b[i]) = (start + UInt64(i)).quotientAndRemainder(dividingBy: format.encodingCount)
    }
  }

  @Test("an audit outside its scope says so")
  func scope() {
    for (operation, format) in [
      (ArithmeticOperation.sqrt, Format.fp16), (.add, .e4m3), (.add, .fp32),
    ] {
      #expect(!DirectAudit.covers(operation, format))
      #expect(DirectAudit.run(operation, format, pairs: 0..<0) { _, _, _, _ in } == nil)
    }
  }

  @Test("a shard's exponent range does not leak: later results are those of a wide range")
  func restoredRange() {
    let before = evaluate(.mul, 0x0080_0001, 0x0080_0001, 0, .fp32)
    _ = DirectAudit.run(.add, .e5m2, pairs: 0..<1024) { fillSquare(.e5m2, $0, $1, $2, $3) }
    #expect(evaluate(.mul, 0x0080_0001, 0x0080_0001, 0, .fp32) == before)
    #expect(before == delivered(0, [.underflow, .inexact]))
    let square = Oracle.exactValue(.mul, 1, 1, 0, format: .fp32)
    #expect(square?.decimalText().hasSuffix("e-90") == true)
  }

  /// How often a reference that rounds twice differs from the oracle in the result.
  private func caught(
    _ detour: DoubleRoundingReference.Detour, _ op: ArithmeticOperation, _ format: Format,
    pairs: Int
  ) -> Int {
    let twice = DoubleRoundingReference(detour)
    var words = Draw(seed: 11)
    var count = 0
    for _ in 0..<pairs {
      let word = words.bits()
      let mask = format.encodingCount - 1
      let (a, b, c) = (word & mask, (word >> 20) & mask, (word >> 40) & mask)
      let wrong = twice.evaluate(
        op, a, b, c, format: format, to: format, semantics: Semantics(), index: 0)
      if wrong.value != evaluate(op, a, b, c, format).value { count += 1 }
    }
    return count
  }

  @Test("rounding twice is caught")
  func doubleRounding() {
    func twice(_ detour: DoubleRoundingReference.Detour, _ op: ArithmeticOperation, _ x: [UInt64])
      -> UInt64
    {
      DoubleRoundingReference(detour).evaluate(
        op, x[0], x[1], x[2], format: .fp16, to: .fp16, semantics: Semantics(), index: 0
      ).value
    }
    #expect(twice(.binary32, .fma, [0x5bab, 0x4cfd, 0x7701]) != 0x7819)
    #expect(twice(.binary32, .fma, [0x4200, 0x3556, 0x0001]) == 0x3c00)
    // 514 x (1 + 2^-10) = 514.50195... smallest subnormals; its first 11 bits are the tie 514.5.
    #expect(twice(.unboundedExponent, .mul, [0x3c01, 0x0202, 0]) == 0x0202)
    #expect(evaluate(.mul, 0x3c01, 0x0202).value == 0x0203)
    #expect(caught(.unboundedExponent, .mul, .fp16, pairs: 20000) > 0)
    #expect(caught(.unboundedExponent, .div, .bf16, pairs: 20000) > 0)
    #expect(caught(.binary32, .fma, .bf16, pairs: 20000) > 0)
  }

  @Test("what rounding through binary32 cannot harm is not blamed")
  func harmlessDetour() {
    // 24 >= 2p + 2 (Figueroa, 1995).
    for op in [ArithmeticOperation.add, .sub, .mul, .div, .sqrt] {
      #expect(caught(.binary32, op, .fp16, pairs: 5000) == 0)
    }
  }
}
