// SPDX-License-Identifier: Apache-2.0
import CMPFR
import Formats

extension ReferenceBlock {
  /// Fills the block's numbers and decisions; returns how many elements `special` lists.
  func compute(
    _ a: UnsafePointer<UInt64>, _ b: UnsafePointer<UInt64>, _ c: UnsafePointer<UInt64>,
    _ count: Int
  ) -> Int {
    let specials: Int
    var isIntegral = false
    switch path {
    case .scalar:
      for i in 0..<count { special[i] = i }
      return count
    case .convert:
      specials = read(a, count)
    case .integral:
      specials = read(a, count)
      isIntegral = true
    case .unary, .binary, .fma:
      specials = call(a, b, c, count)
    }
    let target = operation == .convert ? to : format
    if isIntegral {
      numbers.decideIntegral(count: count, format: target)
    } else {
      numbers.decide(count: count, format: target)
    }
    if rounders.contains(where: \.isStochastic) {
      numbers.keepFractions(count: count, format: target, integral: isIntegral)
    }
    return specials
  }

  /// The operation on operands from the table, or made in place.
  private func call(
    _ a: UnsafePointer<UInt64>, _ b: UnsafePointer<UInt64>, _ c: UnsafePointer<UInt64>,
    _ count: Int
  ) -> Int {
    guard let reader else { return 0 }
    let out = result.number
    let (x, y, z) = operands
    switch path {
    case .unary(let function):
      return each(count) {
        x.set(a[$0], reader)
        return function(out, x.number, MPFR_RNDZ)
      }
    case .binary(let function):
      if let numbers = table?.numbers {
        let call = { (i: Int) -> Int32 in
          function(
            out, numbers + Int(truncatingIfNeeded: a[i]), numbers + Int(truncatingIfNeeded: b[i]),
            MPFR_RNDZ)
        }
        if let negation = oppositeSign, areOpposites(a, b, count) {
          return eachPair(count, negation, call)
        }
        return each(count, call)
      }
      return each(count) {
        x.set(a[$0], reader)
        y.set(b[$0], reader)
        return function(out, x.number, y.number, MPFR_RNDZ)
      }
    case .fma:
      return each(count) {
        x.set(a[$0], reader)
        y.set(b[$0], reader)
        z.set(c[$0], reader)
        return multiplyAdd(x.number, y.number, z.number)
      }
    case .convert, .integral, .scalar:
      return 0
    }
  }

  /// x y + z in two calls of MPFR's fast paths: products of at most 2 x 24 bits are exact in 63, so
  /// that only the addition rounds.
  @inline(__always)
  private func multiplyAdd(_ x: mpfr_srcptr, _ y: mpfr_srcptr, _ z: mpfr_srcptr) -> Int32 {
    _ = mpfr_mul(product.number, x, y, MPFR_RNDZ)
    return mpfr_add(result.number, product.number, z, MPFR_RNDZ)
  }

  /// Whether -a op -b is the opposite of a op b (1) or the same number (0), exactly and so also
  /// toward zero; nil where neither is known.
  private var oppositeSign: UInt64? {
    switch operation {
    case .add, .sub: 1
    case .mul, .div: 0
    default: nil
    }
  }

  /// Whether each odd element has the operands of the even one before it, both negated.
  private func areOpposites(
    _ a: UnsafePointer<UInt64>, _ b: UnsafePointer<UInt64>, _ count: Int
  ) -> Bool {
    let sign = UInt64(format.signMask)
    guard count % 2 == 0, sign != 0 else { return false }
    var difference: UInt64 = 0
    for i in 0..<count / 2 {
      difference |= a[2 &* i] ^ a[2 &* i &+ 1] ^ sign
      difference |= b[2 &* i] ^ b[2 &* i &+ 1] ^ sign
    }
    return difference == 0
  }

  /// Runs one MPFR call for each pair of opposite elements.
  @inline(__always)
  private func eachPair(_ count: Int, _ negation: UInt64, _ call: (Int) -> Int32) -> Int {
    let specials = each(count, by: 2, call)
    let numbers = numbers
    for i in stride(from: 0, to: count, by: 2) {
      numbers.significand[i &+ 1] = numbers.significand[i]
      numbers.exponent[i &+ 1] = numbers.exponent[i]
      numbers.negative[i &+ 1] = numbers.negative[i] ^ negation
    }
    // From the end, so that no entry is overwritten before it is read.
    for s in (0..<specials).reversed() {
      let i = special[s]
      special[2 &* s] = i
      special[2 &* s &+ 1] = i &+ 1
    }
    return 2 * specials
  }

  /// Runs one MPFR call per element, or per `step` elements, and reads the result's limb and
  /// exponent straight from its struct.
  @inline(__always)
  private func each(_ count: Int, by step: Int = 1, _ call: (Int) -> Int32) -> Int {
    // Below every exponent that an operation on these formats reaches, above the marks by which
    // MPFR tells NaN, infinity and zero.
    let leastExponent = -(1 << 20)
    let number = result.number
    let limb = result.limb
    let numbers = numbers
    let special = special
    var specials = 0
    for i in stride(from: 0, to: count, by: step) {
      let ternary = call(i)
      let bits = UInt64(limb.pointee)
      // At 63 bits the lowest bit of the limb is zero; the next one joins the sticky bit.
      let isCut: UInt64 = bits & 2 != 0 || ternary != 0 ? 1 : 0
      let exponent = number.pointee._mpfr_exp
      numbers.significand[i] = bits &>> 2 | isCut
      numbers.exponent[i] = Int64(exponent &- 1)
      numbers.negative[i] = number.pointee._mpfr_sign < 0 ? 1 : 0
      special[specials] = i
      specials &+= exponent < leastExponent ? 1 : 0
    }
    return specials
  }

  /// Reads the operands themselves as the numbers before rounding: they are exact.
  private func read(_ a: UnsafePointer<UInt64>, _ count: Int) -> Int {
    guard let reader else { return 0 }
    let numbers = numbers
    var anySpecial: UInt64 = 0
    for i in 0..<count {
      let x = reader.read(a[i])
      numbers.significand[i] = x.significand &>> 2
      numbers.exponent[i] = x.exponent
      numbers.negative[i] = x.negative
      anySpecial |= x.isSpecial
    }
    guard anySpecial != 0 else { return 0 }
    var specials = 0
    for i in 0..<count {
      special[specials] = i
      specials &+= Int(truncatingIfNeeded: reader.read(a[i]).isSpecial)
    }
    return specials
  }
}

extension OneLimbNumber {
  /// Sets the number to a finite nonzero operand; to NaN for all others, which sends the element to
  /// the scalar path.
  @inline(__always)
  fileprivate func set(_ encoding: UInt64, _ reader: FieldReader) {
    let x = reader.read(encoding)
    limb.pointee = UInt(x.significand)
    number.pointee._mpfr_sign = x.negative == 0 ? 1 : -1
    number.pointee._mpfr_exp = Int(x.exponent) &+ 1
    if x.isSpecial != 0 { mpfr_set_nan(number) }
  }
}
