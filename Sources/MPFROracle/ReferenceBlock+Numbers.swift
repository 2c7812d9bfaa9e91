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
    switch path {
    case .unary(let function):
      return each(count) {
        x.set(a[$0], reader)
        return function(out, x.number, MPFR_RNDZ)
      }
    case .binary(let function):
      if let numbers = table?.numbers {
        return each(count) { i in
          function(
            out, numbers + Int(truncatingIfNeeded: a[i]), numbers + Int(truncatingIfNeeded: b[i]),
            MPFR_RNDZ)
        }
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

  /// Below every exponent that an operation on these formats reaches, above the marks by which MPFR
  /// tells NaN, infinity and zero.
  static var leastExponent: Int64 { -(1 << 20) }

  /// Runs one MPFR call per element and reads the result's limb and exponent straight from its
  /// struct, into the numbers from `place` on; returns how many elements `special` lists.
  @inline(__always)
  func each(_ count: Int, at place: Int = 0, _ call: (Int) -> Int32) -> Int {
    let number = result.number
    let limb = result.limb
    let (significands, exponents) = (numbers.significand + place, numbers.exponent + place)
    let negatives = numbers.negative + place
    let special = special
    var specials = 0
    for i in 0..<count {
      let ternary = call(i)
      let bits = UInt64(limb.pointee)
      // At 63 bits the lowest bit of the limb is zero; the next one joins the sticky bit.
      let isCut: UInt64 = bits & 2 != 0 || ternary != 0 ? 1 : 0
      let exponent = Int64(number.pointee._mpfr_exp &- 1)
      significands[i] = bits &>> 2 | isCut
      exponents[i] = exponent
      negatives[i] = number.pointee._mpfr_sign < 0 ? 1 : 0
      special[specials] = i
      specials &+= exponent < Self.leastExponent ? 1 : 0
    }
    return specials
  }

  /// Reads the operands themselves as the numbers before rounding: they are exact.
  private func read(_ a: UnsafePointer<UInt64>, _ count: Int) -> Int {
    guard let reader else { return 0 }
    let (significands, exponents) = (numbers.significand, numbers.exponent)
    let negatives = numbers.negative
    var anySpecial: UInt64 = 0
    for i in 0..<count {
      let x = reader.read(a[i])
      significands[i] = x.significand &>> 2
      exponents[i] = x.exponent
      negatives[i] = x.negative
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
