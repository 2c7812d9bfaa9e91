// SPDX-License-Identifier: Apache-2.0
import CMPFR
import Formats

/// What an operation yields before it is rounded.
package enum ExactValue: Sendable {
  /// No number.
  case nan
  /// An infinity.
  case infinity(negative: Bool)
  /// A real number, zero included.
  case number(ExactNumber)

  /// (result - exact) in ulp of `format` as a Double that is a multiple of 1/2 only where the
  /// distance is one; 0 where result and exact value
  /// are the same infinity or both NaN, infinite or NaN where only one of them is.
  package func ulpError(of result: UInt64, in format: Format) -> Double {
    switch (self, format.operand(result)) {
    case (.nan, .nan): 0
    case (.nan, _), (_, .nan): .nan
    case (.infinity(let a), .infinity(let b)): a == b ? 0 : b ? -.infinity : .infinity
    case (.infinity(let negative), _): negative ? .infinity : -.infinity
    case (.number, .infinity(let negative)): negative ? -.infinity : .infinity
    case (.number(let exact), let operand): exact.ulpError(of: operand, in: format)
    }
  }

  /// The value in decimal: see `ExactNumber.decimalText(digits:)`.
  package func decimalText(digits: Int = ExactNumber.defaultDigits) -> String {
    switch self {
    case .nan: "NaN"
    case .infinity(let negative): negative ? "-infinity" : "infinity"
    case .number(let number): number.decimalText(digits: digits)
    }
  }
}

extension Oracle {
  /// The value of an operation before rounding: exact, or for a quotient or root that does not
  /// terminate its first 640 bits. Nil for the operations that round nothing: comparisons, extrema,
  /// neighbours, logB.
  ///
  /// - Parameter flushingSubnormals: Whether subnormal operands count as zero.
  package static func exactValue(
    _ op: ArithmeticOperation, _ a: UInt64, _ b: UInt64, _ c: UInt64, format: Format,
    flushingSubnormals: Bool = false
  ) -> ExactValue? {
    let x = format.operand(a, flushingSubnormals: flushingSubnormals)
    switch op {
    case .add, .sub, .mul, .div, .remainder, .sqrt, .fma:
      let y = format.operand(b, flushingSubnormals: flushingSubnormals)
      let z = format.operand(c, flushingSubnormals: flushingSubnormals)
      return exactArithmetic(op, x, y, z)
    case .convert, .roundToIntegral, .toInt32, .toInt64:
      return exactValue(of: x)
    case .scaleB:
      let value = exactValue(of: x)
      guard case .number(let number) = value, !number.isZero else { return value }
      let n = Int32(truncatingIfNeeded: Int64(bitPattern: b))
      return .number(number.scaled(byPowerOfTwo: Int(n)))
    case .fromInt32:
      return exactInteger(Int64(Int32(truncatingIfNeeded: Int64(bitPattern: a))))
    case .fromInt64:
      return exactInteger(Int64(bitPattern: a))
    case .minimum, .maximum, .minimumNumber, .maximumNumber, .compareQuiet, .compareSignaling,
      .nextUp, .nextDown, .logB:
      return nil
    }
  }

  private static func exactInteger(_ value: Int64) -> ExactValue {
    guard value != 0 else { return exactValue(of: .zero(negative: false)) }
    return exactValue(
      of: .number(Dyadic(negative: value < 0, significand: value.magnitude, exponent: 0)))
  }

  private static func exactValue(of x: Operand) -> ExactValue {
    switch x {
    case .nan: .nan
    case .infinity(let negative): .infinity(negative: negative)
    case .zero, .number:
      .number(
        ExactNumber {
          set($0, to: x)
          return 0
        })
    }
  }

  private static func exactArithmetic(
    _ op: ArithmeticOperation, _ x: Operand, _ y: Operand, _ z: Operand
  ) -> ExactValue {
    switch Exact.special(op, x, y, z) {
    case .nan?: return .nan
    case .infinity(let negative, _)?: return .infinity(negative: negative)
    case .zero(let negative)?: return exactValue(of: .zero(negative: negative))
    case .cancellation?, .number?, nil: break
    }
    let p = ExactNumber.precision
    let operands = [x, y, z].map { operand in
      MPFRNumber(precision: p) { set($0, to: operand) }
    }
    let (u, v, w) = (operands[0].pointer, operands[1].pointer, operands[2].pointer)
    let number = ExactNumber { result in
      switch op {
      case .add: mpfr_add(result, u, v, MPFR_RNDZ)
      case .sub: mpfr_sub(result, u, v, MPFR_RNDZ)
      case .mul: mpfr_mul(result, u, v, MPFR_RNDZ)
      case .div: mpfr_div(result, u, v, MPFR_RNDZ)
      case .remainder: mpfr_remainder(result, u, v, MPFR_RNDZ)
      case .sqrt: mpfr_sqrt(result, u, MPFR_RNDZ)
      default: mpfr_fma(result, u, v, w, MPFR_RNDZ)
      }
    }
    return withExtendedLifetime(operands) { .number(number) }
  }
}
