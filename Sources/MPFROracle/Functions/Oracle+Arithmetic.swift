// SPDX-License-Identifier: Apache-2.0
import CMPFR
import Formats

extension Oracle {
  /// The value, before it is rounded, of an operation that rounds an exact value, on encodings of a
  /// format, `binary64` included: 640 bits toward zero, and whether more follow.
  package static func value(
    of operation: ArithmeticOperation, _ operands: [UInt64], format: Format
  ) -> FunctionValue {
    let decoded = (0..<3).map {
      $0 < operands.count
        ? format.operand(operands[$0], flushingSubnormals: false) : .zero(negative: false)
    }
    guard let outcome = Exact.outcome(operation, decoded[0], decoded[1], decoded[2]) else {
      preconditionFailure("\(operation) rounds an exact value")
    }
    guard case .number = outcome else { return FunctionValue(outcome) }
    let (x, y, z) = (decoded[0].double, decoded[1].double, decoded[2].double)
    var ternary: Int32 = 0
    let number = MPFRNumber(precision: FunctionValue.precision) { result in
      let operands = [x, y, z].map { value in
        MPFRNumber(precision: Double.significandBitCount + 1) { mpfr_set_d($0, value, MPFR_RNDN) }
      }
      withExtendedLifetime(operands) {
        let (a, b, c) = (operands[0].pointer, operands[1].pointer, operands[2].pointer)
        switch operation {
        case .add: ternary = mpfr_add(result, a, b, MPFR_RNDZ)
        case .sub: ternary = mpfr_sub(result, a, b, MPFR_RNDZ)
        case .mul: ternary = mpfr_mul(result, a, b, MPFR_RNDZ)
        case .div: ternary = mpfr_div(result, a, b, MPFR_RNDZ)
        case .sqrt: ternary = mpfr_sqrt(result, a, MPFR_RNDZ)
        case .fma: ternary = mpfr_fma(result, a, b, c, MPFR_RNDZ)
        case .remainder: ternary = mpfr_remainder(result, a, b, MPFR_RNDZ)
        default: preconditionFailure("\(operation) rounds no exact value")
        }
      }
    }
    return FunctionValue(truncated: number, isExact: ternary == 0)
  }

  /// The integral value next to an encoding in a direction.
  package static func integralValue(
    of encoding: UInt64, toward rounding: Rounding, format: Format
  ) -> FunctionValue {
    let result = roundToIntegral(
      format.operand(encoding, flushingSubnormals: false), format, Semantics(rounding: rounding),
      index: 0)
    switch format.operand(result.value, flushingSubnormals: false) {
    case .nan: return FunctionValue(.invalid)
    case .infinity(let negative):
      return FunctionValue(.infinity(negative: negative, dividesByZero: false))
    case .zero(let negative): return FunctionValue(.zero(negative: negative))
    case .number(let number): return FunctionValue(exact: .number(Unrounded(number)))
    }
  }
}

extension FunctionValue {
  /// The value of an outcome, whose leading bits a number's are.
  fileprivate init(exact outcome: Outcome) {
    guard case .number(let number) = outcome else {
      self.init(outcome)
      return
    }
    self.init(
      outcome,
      firstBits: FirstBits(
        isNegative: number.negative, significand: [number.significand],
        exponent: number.exponent - 63, isExact: !number.sticky))
  }
}
