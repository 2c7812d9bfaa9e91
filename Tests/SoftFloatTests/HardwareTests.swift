// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat
import Testing

/// Patterns where arithmetic decides: zeros, subnormal ends, one and its neighbours, powers of two
/// and their neighbours, the largest numbers, infinities and NaNs, of either sign.
func boundaryPatterns(_ format: Format) -> [UInt64] {
  let f = UInt64(format.fractionBits)
  let largest = UInt64(format.magnitudeMask)
  var magnitudes: Set<UInt64> = [0, 1, 2, 3, largest, largest - 1, largest - 2]
  for field in 0..<(UInt64(1) << UInt64(format.exponentBits)) {
    let power = field << f
    magnitudes.formUnion([power, power + 1, power &- 1, power + (1 << f) / 2])
  }
  let valid = magnitudes.filter { $0 <= largest }
  return (valid + valid.map { $0 | UInt64(format.signMask) }).sorted()
}

@Suite("The arithmetic agrees with the processor's own in round to nearest even")
struct HardwareTests {
  @Test("FP16 + - x / sqrt over boundary pairs")
  func binary16() {
    let patterns = boundaryPatterns(.fp16)
    for a in patterns {
      let x = Float16(bitPattern: UInt16(a))
      expect(.sqrt, a, 0, x.squareRoot())
      for b in patterns {
        let y = Float16(bitPattern: UInt16(b))
        expect(.add, a, b, x + y)
        expect(.sub, a, b, x - y)
        expect(.mul, a, b, x * y)
        expect(.div, a, b, x / y)
      }
    }
  }

  private func expect(
    _ operation: ArithmeticOperation, _ a: UInt64, _ b: UInt64, _ expected: Float16
  ) {
    let got = Arithmetic.evaluate(operation, a, b, format: .fp16).value
    let isSame =
      expected.isNaN
      ? got == 0x7e00 : got == UInt64(expected.bitPattern)
    if !isSame {
      Issue.record(
        "\(operation) \(hex(a)) \(hex(b)): got \(hex(got)), processor \(hex(expected.bitPattern))")
    }
  }

  @Test("FP32 + - x / sqrt fma over boundary pairs, a third operand for fma")
  func binary32() {
    let patterns = boundaryPatterns(.fp32).enumerated().filter { $0.offset % 3 == 0 }.map(\.element)
    for (i, a) in patterns.enumerated() {
      let x = Float(bitPattern: UInt32(a))
      expect(.sqrt, a, 0, 0, x.squareRoot())
      for (j, b) in patterns.enumerated() {
        let y = Float(bitPattern: UInt32(b))
        expect(.add, a, b, 0, x + y)
        expect(.sub, a, b, 0, x - y)
        expect(.mul, a, b, 0, x * y)
        expect(.div, a, b, 0, x / y)
        let c = patterns[(i * 31 + j * 17) % patterns.count]
        expect(.fma, a, b, c, Float(bitPattern: UInt32(c)).addingProduct(x, y))
      }
    }
  }

  private func expect(
    _ operation: ArithmeticOperation, _ a: UInt64, _ b: UInt64, _ c: UInt64, _ expected: Float
  ) {
    let got = Arithmetic.evaluate(operation, a, b, c, format: .fp32).value
    let isSame =
      expected.isNaN
      ? got == 0x7fc0_0000 : got == UInt64(expected.bitPattern)
    if !isSame {
      let operands = [a, b, c].map(hex).joined(separator: " ")
      Issue.record("\(operation) \(operands): got \(hex(got)), not \(hex(expected.bitPattern))")
    }
  }

  @Test("FP32 to FP16 over a stride of all encodings")
  func conversion() {
    for a in stride(from: UInt64(0), to: 1 << 32, by: 4099) {
      let expected = Float16(Float(bitPattern: UInt32(a)))
      let got = Arithmetic.evaluate(.convert, a, format: .fp32, to: .fp16).value
      if !(expected.isNaN ? got == 0x7e00 : got == UInt64(expected.bitPattern)) {
        Issue.record("\(String(a, radix: 16)): got \(String(got, radix: 16))")
      }
    }
  }
}

private func hex(_ bits: some BinaryInteger) -> String { String(bits, radix: 16) }
