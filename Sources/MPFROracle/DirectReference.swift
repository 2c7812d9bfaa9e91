// SPDX-License-Identifier: Apache-2.0
import CMPFR
import Formats

/// Results by MPFR's own rounding, the audit of `ReferenceBlock`'s shortcut: the exponent range set
/// to the format's, the operation computed with p bits in one of MPFR's native directions,
/// `mpfr_check_range`, `mpfr_subnormalize`, and the encoding and flags read from what comes out.
///
/// For add, sub, mul and div in IEEE-like formats of at most 16 bits. Tininess is detected after
/// rounding, subnormal numbers are gradual, NaNs canonical. A reference owns scratch memory: use
/// one per thread.
package final class DirectReference {
  /// The directions that MPFR rounds in by itself. (Its MPFR_RNDA is away from zero, not
  /// nearestAway.)
  package static let roundings: [Rounding] = [.nearestEven, .towardZero, .up, .down]
  /// The operations that the audit covers.
  package static let operations: [ArithmeticOperation] = [.add, .sub, .mul, .div]

  private let format: Format
  private let function: ReferenceBlock.Binary
  private let table: OperandTable
  private let result: OneLimbNumber
  /// For each encoding 0, or 1 for a quiet and 2 for a signaling NaN.
  private let nanKind: [UInt8]

  /// The reference of an operation, nil for those and for the formats that the audit does not
  /// cover.
  package init?(operation: ArithmeticOperation, format: Format) {
    guard format.specials == .ieee, format.bitWidth <= OperandTable.widestEncoding else {
      return nil
    }
    switch operation {
    case .add: function = mpfr_add
    case .sub: function = mpfr_sub
    case .mul: function = mpfr_mul
    case .div: function = mpfr_div
    default: return nil
    }
    self.format = format
    table = OperandTable(format, precision: format.precision, flushingSubnormals: false)
    result = OneLimbNumber(precision: format.precision)
    nanKind = (0..<format.encodingCount).map { encoding in
      let operand = format.operand(encoding)
      return operand.isSignalingNaN ? 2 : operand.isNaN ? 1 : 0
    }
  }

  /// Writes the results and exception bits of a op b for `count` pairs in one of `roundings`; any
  /// other direction is a programming error.
  package func evaluate(
    _ rounding: Rounding, a: UnsafePointer<UInt64>, b: UnsafePointer<UInt64>, count: Int,
    results: UnsafeMutablePointer<UInt64>, flags: UnsafeMutablePointer<UInt8>
  ) {
    let direction: mpfr_rnd_t
    switch rounding {
    case .nearestEven: direction = MPFR_RNDN
    case .towardZero: direction = MPFR_RNDZ
    case .up: direction = MPFR_RNDU
    case .down: direction = MPFR_RNDD
    case .nearestAway, .toOdd, .stochastic:
      preconditionFailure("MPFR has no direction \(rounding)")
    }
    MPFRScope.withRange(of: format) {
      nanKind.withUnsafeBufferPointer { nanKind in
        let encoder = ResultEncoder(format)
        for i in 0..<count {
          let x = Int(truncatingIfNeeded: a[i])
          let y = Int(truncatingIfNeeded: b[i])
          let ternary = function(
            result.number, table.numbers + x, table.numbers + y, direction)
          let delivered = encoder.encode(
            result, ternary, direction, nanKinds: nanKind[x] | nanKind[y])
          results[i] = delivered.value
          flags[i] = delivered.flags.rawValue
        }
      }
    }
  }
}

/// Reads the encoding and the exceptions from an MPFR result with p bits in the format's exponent
/// range.
private struct ResultEncoder {
  private let format: Format
  private let precision: Int
  private let minExponent: Int
  private let maxExponent: Int
  private let bias: Int
  private let largest: UInt64
  private let infinity: UInt64
  private let invalidResult: UInt64
  private let signShift: UInt64
  private let hidden: UInt64

  init(_ format: Format) {
    self.format = format
    precision = format.precision
    minExponent = format.minExponent
    maxExponent = format.maxExponent
    bias = format.bias
    largest = UInt64(format.largestFinite)
    infinity = largest + 1
    invalidResult = format.invalidResult
    signShift = UInt64(format.bitWidth - 1)
    hidden = 1 << UInt64(format.fractionBits)
  }

  /// - Parameter nanKinds: 0 when no operand is a NaN, with bit 1 set when one signals.
  @inline(__always)
  func encode(
    _ x: borrowing OneLimbNumber, _ ternary: Int32, _ direction: mpfr_rnd_t, nanKinds: UInt8
  ) -> Rounded<UInt64> {
    let sign: UInt64 = x.number.pointee._mpfr_sign < 0 ? 1 << signShift : 0
    let computed = x.number.pointee._mpfr_exp - 1
    if computed >= minExponent && computed < maxExponent {
      // Normal and below the last binade: mpfr_check_range and mpfr_subnormalize change nothing.
      let significand = UInt64(x.limb.pointee) >> UInt64(64 - precision)
      let magnitude = UInt64(computed + bias) * hidden + (significand - hidden)
      return Rounded(value: sign | magnitude, flags: ternary != 0 ? .inexact : [])
    }
    return encodeBorderline(x, ternary, direction, nanKinds: nanKinds)
  }

  private func encodeBorderline(
    _ x: borrowing OneLimbNumber, _ ternary: Int32, _ direction: mpfr_rnd_t, nanKinds: UInt8
  ) -> Rounded<UInt64> {
    let sign: UInt64 = x.number.pointee._mpfr_sign < 0 ? 1 << signShift : 0
    if mpfr_nan_p(x.number) != 0 {
      let isInvalid = nanKinds != 1
      return Rounded(value: invalidResult, flags: isInvalid ? .invalid : [])
    }
    let inRange = mpfr_check_range(x.number, ternary, direction)
    if mpfr_inf_p(x.number) != 0 {
      return Rounded(value: sign | infinity, flags: flagsOfInfinity())
    }
    // What MPFR rounded to p bits is the result with an unbounded exponent as long as it is at
    // least half the smallest subnormal number; smaller results are tiny anyway. MPFR's own
    // underflow flag is not used: it is set for exact results too, and up to 4.2.1 it is wrong
    // where the result is the smallest normal number.
    let isTiny = mpfr_zero_p(x.number) != 0 || x.number.pointee._mpfr_exp - 1 < minExponent
    let final = mpfr_subnormalize(x.number, inRange, direction)
    var flags: Exceptions = []
    if final != 0 { flags = isTiny ? [.inexact, .underflow] : .inexact }
    if mpfr_zero_p(x.number) != 0 { return Rounded(value: sign, flags: flags) }

    let exponent = Int(x.number.pointee._mpfr_exp) - 1
    let significand = UInt64(x.limb.pointee) >> UInt64(64 - precision)
    let magnitude =
      exponent >= minExponent
      ? UInt64(exponent + bias) * hidden + (significand - hidden)
      : significand >> UInt64(minExponent - exponent)
    if magnitude == largest && mpfr_overflow_p() != 0 {
      flags = [.overflow, .inexact]
      mpfr_clear_flags()
    }
    return Rounded(value: sign | magnitude, flags: flags)
  }

  /// The exceptions of an infinite result, from MPFR's sticky flags, which are cleared wherever one
  /// is found set.
  private func flagsOfInfinity() -> Exceptions {
    let overflows = mpfr_overflow_p() != 0
    let dividesByZero = mpfr_divby0_p() != 0
    if overflows || dividesByZero { mpfr_clear_flags() }
    return overflows ? [.overflow, .inexact] : dividesByZero ? .divideByZero : []
  }
}
