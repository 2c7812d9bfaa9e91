// SPDX-License-Identifier: Apache-2.0
import CMPFR
import Formats

extension Oracle {
  /// The relation of two operands (IEEE 754-2019, clause 5.11).
  static func compare(_ x: Operand, _ y: Operand, signaling: Bool) -> Rounded<UInt64> {
    guard !x.isNaN && !y.isNaN else {
      let isInvalid = signaling || x.isSignalingNaN || y.isSignalingNaN
      return Rounded(
        value: UInt64(Relation.unordered.rawValue), flags: isInvalid ? .invalid : [])
    }
    let order = order(x, y)
    let relation: Relation = order < 0 ? .less : order > 0 ? .greater : .equal
    return Rounded(value: UInt64(relation.rawValue), flags: [])
  }

  /// The sign of x - y for operands that are not NaNs.
  private static func order(_ x: Operand, _ y: Operand) -> Int32 {
    Scratch.with { scratch in
      set(scratch.x, to: x)
      set(scratch.y, to: y)
      return mpfr_cmp3(scratch.x, scratch.y, 1)
    }
  }

  /// The smaller or larger of two operands, each given with its encoding (IEEE 754-2019, clause
  /// 9.6).
  static func extremum(
    _ op: ArithmeticOperation, _ x: (operand: Operand, encoding: UInt64),
    _ y: (operand: Operand, encoding: UInt64), _ format: Format, _ semantics: Semantics
  ) -> Rounded<UInt64> {
    let invalid: Exceptions =
      x.operand.isSignalingNaN || y.operand.isSignalingNaN ? .invalid : []
    if x.operand.isNaN || y.operand.isNaN {
      if op == .minimumNumber || op == .maximumNumber {
        if !y.operand.isNaN { return Rounded(value: format.itself(y), flags: invalid) }
        if !x.operand.isNaN { return Rounded(value: format.itself(x), flags: invalid) }
      }
      let first = x.operand.isNaN ? x.operand : y.operand
      return Rounded(value: format.nan(from: first, semantics.nan), flags: invalid)
    }
    let order = order(x.operand, y.operand)
    // Equal operands differ at most in the sign of zero: -0 counts as the smaller.
    let isXSmaller = order < 0 || (order == 0 && x.operand.isNegative)
    let wantsSmaller = op == .minimum || op == .minimumNumber
    return Rounded(value: format.itself(isXSmaller == wantsSmaller ? x : y), flags: [])
  }

  /// The least number above x, or with `down` the greatest below it (IEEE 754-2019, clause 5.3.1):
  /// what x ± an infinitesimal becomes when it is rounded in that direction.
  static func neighbour(
    _ x: Operand, _ direction: Rounding, _ format: Format, _ semantics: Semantics
  ) -> Rounded<UInt64> {
    let upward = direction == .up
    let number: Unrounded
    switch x {
    case .nan:
      return Rounded(
        value: format.nan(from: x, semantics.nan), flags: x.isSignalingNaN ? .invalid : [])
    case .infinity(let negative):
      return Rounded(
        value: negative == upward
          ? format.largest(negative: negative) : format.infinite(negative: negative, .ieee),
        flags: [])
    case .zero:
      // Any magnitude below the smallest subnormal number stands for the infinitesimal.
      number = Unrounded(
        negative: !upward, significand: 1 << 63, exponent: format.minUlpExponent - 1,
        sticky: false)
    case .number(let value):
      number = Unrounded(value).displaced(outward: value.negative != upward)
    }
    // Where there is no infinity, the last number is its own neighbour.
    let attributes = Semantics(
      rounding: direction, overflow: format.hasInfinity ? .ieee : .saturate)
    return Rounded(
      value: format.deliver(.number(number), attributes, index: 0).value, flags: [])
  }
}

extension Unrounded {
  /// An exact number moved by an infinitesimal away from zero, or toward it.
  fileprivate func displaced(outward: Bool) -> Unrounded {
    var moved = self
    moved.sticky = true
    if outward { return moved }
    if significand == 1 << 63 {
      moved.significand = .max
      moved.exponent -= 1
    } else {
      moved.significand -= 1
    }
    return moved
  }
}

extension Format {
  /// The encoding of an operand, which denormals-are-zero may have made a zero.
  fileprivate func itself(_ x: (operand: Operand, encoding: UInt64)) -> UInt64 {
    if case .zero(let negative) = x.operand { return zero(negative: negative) }
    return x.encoding
  }
}
