// SPDX-License-Identifier: Apache-2.0
import Formats

/// Reference results computed with MPFR, independent of the arithmetic under test.
///
/// Operands and results are encodings right-aligned in 64 bits; integers are two's complement, an
/// Int32 in the low 32 bits. `docs/semantics.md` fixes every choice.
package enum Oracle {
  /// The result of an operation on operands of `format`, and the exceptions it signals.
  ///
  /// The exact value is computed once by MPFR toward zero with 128 bits, the ternary value telling
  /// whether anything was cut off; it is then rounded by integer arithmetic of this module.
  ///
  /// - Parameters:
  ///   - a: The first operand; an integer for `fromInt32` and `fromInt64`.
  ///   - b: The second operand, ignored by unary operations; an Int32 for `scaleB`.
  ///   - c: The addend of `fma`, ignored by all others.
  ///   - to: The result's format in `convert`; every other operation delivers in `format`.
  ///   - index: The element's position, which picks the random word of a stochastic rounding.
  package static func evaluate(
    _ op: ArithmeticOperation, _ a: UInt64, _ b: UInt64, _ c: UInt64, format: Format, to: Format,
    semantics: Semantics, index: UInt64
  ) -> Rounded<UInt64> {
    let daz = semantics.subnormals.flushesOperands
    let x = format.operand(a, flushingSubnormals: daz)
    switch op {
    case .add, .sub, .mul, .div, .remainder, .sqrt, .fma:
      let y = format.operand(b, flushingSubnormals: daz)
      let z = format.operand(c, flushingSubnormals: daz)
      guard let outcome = Exact.outcome(op, x, y, z) else {
        preconditionFailure("\(op) rounds an exact value")
      }
      return format.deliver(outcome, semantics, index: index)
    case .convert:
      return convert(x, to: to, semantics, index: index)
    case .scaleB:
      let n = Int32(truncatingIfNeeded: Int64(bitPattern: b))
      return scaleB(x, n, format, semantics, index: index)
    case .roundToIntegral:
      return roundToIntegral(x, format, semantics, index: index)
    case .minimum, .maximum, .minimumNumber, .maximumNumber:
      let y = format.operand(b, flushingSubnormals: daz)
      return extremum(op, (x, a), (y, b), format, semantics)
    case .compareQuiet, .compareSignaling:
      let y = format.operand(b, flushingSubnormals: daz)
      return compare(x, y, signaling: op == .compareSignaling)
    case .nextUp:
      return neighbour(format.operand(a), .up, format, semantics)
    case .nextDown:
      return neighbour(format.operand(a), .down, format, semantics)
    case .logB:
      return logB(x)
    case .toInt32:
      return toInteger(x, Int32.self, semantics.rounding, index: index)
    case .toInt64:
      return toInteger(x, Int64.self, semantics.rounding, index: index)
    case .fromInt32:
      let value = Int64(Int32(truncatingIfNeeded: Int64(bitPattern: a)))
      return fromInteger(value, format, semantics, index: index)
    case .fromInt64:
      return fromInteger(Int64(bitPattern: a), format, semantics, index: index)
    }
  }
}
