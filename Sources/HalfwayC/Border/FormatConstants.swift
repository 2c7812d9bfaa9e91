// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat

/// `halfway_format_constants` of `include/halfway.h`, field by field.
struct FormatConstants {
  var largest: Double
  var smallestNormal: Double
  var smallest: Double
  var epsilon: Double
  var bits: Int32
  var bytes: Int32
  var exponentBits: Int32
  var fractionBits: Int32
  var bias: Int32
  var hasInfinity: Int32
  var hasNaN: Int32
  var hasZero: Int32

  init(_ format: Format) {
    func power(_ exponent: Int) -> Double {
      Double(sign: .plus, exponent: exponent, significand: 1)
    }
    let encoding = Arithmetic.evaluate(
      .convert, UInt64(format.largestFinite), format: format, to: .fp32)
    largest = Double(Float(bitPattern: UInt32(truncatingIfNeeded: encoding.value)))
    smallestNormal = power(format.minExponent)
    smallest = power(format.minUlpExponent)
    epsilon = power(-format.fractionBits)
    bits = Int32(format.bitWidth)
    bytes = Int32(format.containerBytes)
    exponentBits = Int32(format.exponentBits)
    fractionBits = Int32(format.fractionBits)
    bias = Int32(format.bias)
    hasInfinity = format.hasInfinity ? 1 : 0
    hasNaN = format.hasNaN ? 1 : 0
    hasZero = format.hasZero ? 1 : 0
  }
}
