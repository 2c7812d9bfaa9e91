// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle
import Testing

struct ExactValueTests {
  private func text(
    _ op: ArithmeticOperation, _ a: UInt64, _ b: UInt64 = 0, _ c: UInt64 = 0,
    _ format: Format = .fp16
  ) -> String? {
    Oracle.exactValue(op, a, b, c, format: format)?.decimalText(digits: 12)
  }

  @Test("values that terminate in binary are printed in full")
  func terminating() {
    #expect(text(.add, 0x2e66, 0x3266) == "0.2999267578125")
    #expect(text(.mul, 1, 1) == "3.552713678800500929355621337890625e-15")
    #expect(text(.sub, 0x7bff, 0xfbff) == "131008")
    #expect(text(.fma, 0x5bab, 0x4cfd, 0x7701) == "33583.998046875")
    #expect(text(.remainder, 0x4500, 0x4000) == "1")
    #expect(text(.fromInt64, 1 << 63) == "-9223372036854775808")
    #expect(text(.scaleB, 0x3e00, 3) == "12")
    #expect(text(.scaleB, 0x3e00, 0x7fff_ffff) == "1.5 x 2^2147483647")
    #expect(text(.sub, 0x3c00, 0x3c00) == "0")
    #expect(text(.mul, 0x8000, 0x3c00) == "-0")
    #expect(text(.sqrt, 0x4400) == "2")
    // 2^-149 has 149 decimal places, the last of them 5.
    let smallest = text(.convert, 1, 0, 0, .fp32)
    #expect(smallest?.hasPrefix("1.40129846432481707092372958328991613128") == true)
    #expect(smallest?.hasSuffix("5e-45") == true)
  }

  @Test("quotients and roots that do not terminate are cut with an ellipsis")
  func cut() {
    #expect(text(.div, 0x3c00, 0x4200) == "0.333333333333…")
    #expect(text(.div, 0xbc00, 0x4900) == "-0.100000000000…")
    #expect(text(.sqrt, 0x4000) == "1.41421356237…")
  }

  @Test("outcomes that are no number, and operations that round none")
  func special() {
    #expect(text(.div, 0x3c00, 0) == "infinity")
    #expect(text(.sub, 0x7c00, 0x7c00) == "NaN")
    #expect(text(.nextUp, 0x3c00) == nil)
    #expect(
      Oracle.exactValue(.add, 0x3c00, 1, 0, format: .fp16, flushingSubnormals: true)?
        .decimalText() == "1")
  }

  @Test("the error in ulp is signed and measured at the exact value")
  func ulpErrors() throws {
    let third = try #require(Oracle.exactValue(.div, 0x3c00, 0x4200, 0, format: .fp16))
    #expect(abs(third.ulpError(of: 0x3555, in: .fp16) + 1.0 / 3) < 1e-12)
    #expect(abs(third.ulpError(of: 0x3556, in: .fp16) - 2.0 / 3) < 1e-12)
    let tiny = try #require(Oracle.exactValue(.mul, 1, 0x3800, 0, format: .fp16))
    #expect(tiny.ulpError(of: 0, in: .fp16) == -0.5)
    #expect(tiny.ulpError(of: 1, in: .fp16) == 0.5)
    let over = try #require(Oracle.exactValue(.add, 0x7bff, 0x7bff, 0, format: .fp16))
    #expect(over.ulpError(of: 0x7bff, in: .fp16) == -2047)
    #expect(over.ulpError(of: 0x7c00, in: .fp16) == .infinity)
    #expect(over.ulpError(of: 0x7e00, in: .fp16).isNaN)
    let zero = try #require(Oracle.exactValue(.sub, 0x3c00, 0x3c00, 0, format: .fp16))
    #expect(zero.ulpError(of: 0x8003, in: .fp16) == -3)
  }

  @Test("the error in ulp is a multiple of a half only where the distance is one")
  func ulpErrorsNearHalves() throws {
    let (below, above) = (Float(0x1p24).bitPattern, Float(0x1.000002p24).bitPattern)
    for (addend, errors) in [
      (0, (-0.5, 0.5)), (0x1p-100, ((-0.5).nextDown, (0.5).nextDown)),
      (-0x1p-100, ((-0.5).nextUp, (0.5).nextUp)),
    ] as [(Float, (Double, Double))] {
      // 97 x 172961 = 2^24 + 1.
      let operands = [97, 172_961, addend].map { UInt64($0.bitPattern) }
      let sum = try #require(
        Oracle.exactValue(.fma, operands[0], operands[1], operands[2], format: .fp32))
      #expect(sum.ulpError(of: UInt64(below), in: .fp32) == errors.0)
      #expect(sum.ulpError(of: UInt64(above), in: .fp32) == errors.1)
    }
    let n = UInt64(bitPattern: -1_000_000)
    let tiny = try #require(Oracle.exactValue(.scaleB, 1, n, 0, format: .fp16))
    #expect(tiny.ulpError(of: 0, in: .fp16) == -.leastNonzeroMagnitude)
    #expect(tiny.ulpError(of: 1, in: .fp16) == (1.0).nextDown)
    #expect(tiny.ulpError(of: 0x8001, in: .fp16) == (-1.0).nextDown)
  }

  @Test("the position between two neighbours is what a rounding decides on")
  func position() throws {
    // 0.1 + 0.2 in binary16 is a tie.
    guard case .number(let sum)? = Oracle.exactValue(.add, 0x2e66, 0x3266, 0, format: .fp16) else {
      Issue.record("a sum of numbers is a number")
      return
    }
    let position = try #require(sum.position(in: .fp16))
    #expect(position.below == 0x34cc)
    #expect(position.above == 0x34cd)
    #expect(position.ulpExponent == -12)
    #expect(position.fraction == 0.5)
    #expect(position.lost == .exactlyHalf)
    #expect(!position.isOdd)
    #expect(sum.isExact)
  }
}
