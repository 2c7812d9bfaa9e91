// SPDX-License-Identifier: Apache-2.0

/// The reduction x = k ln 2 + r with |r| <= ln(2)/2 that every exponential starts with.
enum PowerOfE {
  /// ln 2 cut to 32 bits, so that its product with an exponent is exact, and the rest of it.
  @inline(__always) static var ln2Head: Double { 0x1.62e42feep-1 }
  @inline(__always) static var ln2Tail: Double { 0x1.a39ef35793c76p-33 }
  @inline(__always) private static var reciprocalLn2: Double { 0x1.71547652b82fep0 }
  /// A number of this binade is an integer, whose low bits are those of its significand: adding it
  /// rounds to nearest even without an instruction that not every processor has.
  @inline(__always) private static var integers: Double { 0x1.8p52 }

  /// k as a number, and an integer whose low bits are those of k; |x| is below 2^50.
  @inline(__always)
  private static func quotient(_ x: Double) -> (k: Double, bits: UInt64) {
    let shifted = x * reciprocalLn2 + integers
    return (shifted - integers, shifted.bitPattern)
  }

  /// 2^k for -1023 < k < 1024.
  @inline(__always)
  static func power(_ bits: UInt64) -> Double {
    Double(bitPattern: (bits &+ exponentBias) << 52)
  }
  @inline(__always) private static var exponentBias: UInt64 { 1023 }

  /// 2^k and e^r - 1 for |x| <= 700, the latter to 2^-49 of its value.
  @inline(__always)
  static func parts(_ x: Double) -> (power: Double, expm1: Double) {
    let (k, bits) = quotient(x)
    let r = (x - k * ln2Head) - k * ln2Tail
    return (power(bits), r * Polynomial.expm1(r))
  }

  /// e^x for |x| <= 700 to 2^-49 of its value.
  @inline(__always)
  static func value(_ x: Double) -> Double {
    let (power, expm1) = parts(x)
    return power + power * expm1
  }

  /// k and e^r - 1 as a pair, to about 2^-62 of its value, for |x| <= 1400.
  @inline(__always)
  static func exactParts(_ x: Pair) -> (k: BinaryScale, expm1: Pair) {
    let (k, bits) = quotient(x.head)
    // The first difference is exact: both terms are multiples of the smaller's last place.
    let reduced = Pair(sum: x.head - k * ln2Head, -(k * ln2Tail))
    let r = reduced.head
    let square = Pair(product: r, r)
    let sum = Pair(larger: r, 0.5 * square.head)
    let third = square.head * r * Polynomial.expTail(r)
    // What the head of x leaves moves e^r by its product with e^r.
    let slope = 1 + (sum.head + third)
    let rest = 0.5 * square.tail + ((reduced.tail + x.tail) * slope + third)
    return (BinaryScale(bits: bits, k: k), Pair(larger: sum.head, sum.tail + rest))
  }

  /// m and k of e^x = m 2^k, 0.7 < m < 1.5, for |x| <= 1400.
  @inline(__always)
  static func exact(_ x: Pair) -> (scale: BinaryScale, value: Pair) {
    let (scale, expm1) = exactParts(x)
    let sum = Pair(larger: 1, expm1.head)
    return (scale, Pair(larger: sum.head, sum.tail + expm1.tail))
  }
}

/// Two factors whose product is 2^k, for |k| up to 2044: the range of FP64 and its subnormal
/// numbers, reached with one rounding.
struct BinaryScale {
  let first: Double
  let second: Double

  @inline(__always)
  init(bits: UInt64, k: Double) {
    // The low 51 bits are k in two's complement: half of it is taken with its sign.
    let half = Int64(bitPattern: bits << 13) >> 14
    first = PowerOfE.power(UInt64(bitPattern: half))
    second = PowerOfE.power(bits &- UInt64(bitPattern: half))
  }

  /// x 2^k.
  @inline(__always)
  func apply(_ x: Double) -> Double { x * first * second }

  /// 2^k.
  @inline(__always)
  var value: Double { first * second }
}
