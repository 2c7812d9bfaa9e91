// SPDX-License-Identifier: Apache-2.0
import Formats

/// A reference that is wrong on purpose: it rounds twice, as careless references do. A test suite
/// that accepts it has no power.
package struct DoubleRoundingReference: Sendable {
  /// Where the first of the two roundings happens.
  package enum Detour: String, Hashable, Sendable, Codable, CaseIterable {
    /// To p bits with an unbounded exponent, then to the format's grid: wrong where the result is
    /// subnormal.
    case unboundedExponent
    /// To binary32, then to the format: wrong wherever 24 bits are too few, as for a fused
    /// multiply-add.
    case binary32
  }

  /// Where the first rounding happens.
  package let detour: Detour

  /// The reference with a detour.
  package init(_ detour: Detour) {
    self.detour = detour
  }

  /// What `Oracle.evaluate` would deliver if it rounded twice. Operations that do not round a
  /// number into a floating-point format deliver what the oracle does.
  package func evaluate(
    _ op: ArithmeticOperation, _ a: UInt64, _ b: UInt64, _ c: UInt64, format: Format, to: Format,
    semantics: Semantics, index: UInt64
  ) -> Rounded<UInt64> {
    let target = op == .convert ? to : format
    let daz = semantics.subnormals.flushesOperands
    let x = format.operand(a, flushingSubnormals: daz)
    let outcome: Outcome?
    switch op {
    case .add, .sub, .mul, .div, .remainder, .sqrt, .fma, .convert:
      let y = format.operand(b, flushingSubnormals: daz)
      let z = format.operand(c, flushingSubnormals: daz)
      outcome = Exact.outcome(op, x, y, z)
    case .scaleB:
      outcome = Oracle.scaled(x, by: Int32(truncatingIfNeeded: Int64(bitPattern: b)))
    default:
      outcome = nil
    }
    guard case .number(let exact)? = outcome, target.hasZero else {
      return Oracle.evaluate(
        op, a, b, c, format: format, to: to, semantics: semantics, index: index)
    }
    let (once, isInexact) = roundedOnce(exact, target, semantics.rounding, index: index)
    guard let once else {
      return Rounded(
        value: target.zero(negative: exact.negative), flags: [.underflow, .inexact])
    }
    var result = target.deliver(.number(once), semantics, index: index)
    if isInexact { result.flags.insert(.inexact) }
    return result
  }

  /// The number after the first rounding, nil when it became zero.
  private func roundedOnce(
    _ x: Unrounded, _ format: Format, _ rounding: Rounding, index: UInt64
  ) -> (Unrounded?, isInexact: Bool) {
    let unit =
      switch detour {
      case .unboundedExponent: x.exponent - format.fractionBits
      case .binary32:
        max(x.exponent - Format.fp32.fractionBits, Format.fp32.minUlpExponent)
      }
    let (units, isInexact) = x.rounded(toUnit: unit, rounding, index: index)
    guard units != 0 else { return (nil, true) }
    let once = Dyadic(negative: x.negative, significand: units, exponent: unit)
    return (Unrounded(once), isInexact)
  }
}
