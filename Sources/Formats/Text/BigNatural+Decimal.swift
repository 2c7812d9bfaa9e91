// SPDX-License-Identifier: Apache-2.0

extension BigNatural {
  /// The number of decimal digits that one division by a limb yields.
  private static let digitsPerLimb = 9
  private static let powerPerLimb: UInt32 = 1_000_000_000

  /// The decimal digits, 0...9, most significant first; [0] for 0.
  package var decimalDigits: [UInt8] {
    var rest = limbs
    var reversed: [UInt8] = []
    while !rest.isEmpty {
      var remainder: UInt64 = 0
      for i in rest.indices.reversed() {
        remainder = remainder << 32 | UInt64(rest[i])
        rest[i] = UInt32(remainder / UInt64(BigNatural.powerPerLimb))
        remainder %= UInt64(BigNatural.powerPerLimb)
      }
      while rest.last == 0 { rest.removeLast() }
      for _ in 0..<BigNatural.digitsPerLimb {
        reversed.append(UInt8(remainder % 10))
        remainder /= 10
      }
    }
    while reversed.last == 0 { reversed.removeLast() }
    return reversed.isEmpty ? [0] : reversed.reversed()
  }

  /// The number with the given decimal digits, 0...9, most significant first.
  package init(decimalDigits digits: some Sequence<UInt8>) {
    var value = BigNatural()
    var block: UInt64 = 0
    var scale: UInt64 = 1
    for digit in digits {
      block = block * 10 + UInt64(digit)
      scale *= 10
      if scale == UInt64(BigNatural.powerPerLimb) {
        value = value * BigNatural(scale) + BigNatural(block)
        (block, scale) = (0, 1)
      }
    }
    self = value * BigNatural(scale) + BigNatural(block)
  }

  /// base^exponent.
  package static func power(_ base: UInt64, _ exponent: Int) -> BigNatural {
    var result = BigNatural(1)
    var square = BigNatural(base)
    var rest = exponent
    while rest > 0 {
      if rest & 1 == 1 { result = result * square }
      square = square * square
      rest >>= 1
    }
    return result
  }
}
