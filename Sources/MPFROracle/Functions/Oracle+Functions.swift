// SPDX-License-Identifier: Apache-2.0
import Formats

extension Oracle {
  /// FP64 as the oracle's own decoder and encoder know it; `Format`'s encodings have 32 bits.
  package static let binary64 = Format(exponentBits: 11, fractionBits: 52)

  /// The value of a function of encodings of a format, `binary64` included: 640 bits toward zero,
  /// and whether more follow. `b` is the second operand of functions of two.
  package static func value(
    of function: RealFunction, _ a: UInt64, _ b: UInt64 = 0, format: Format,
    flushingSubnormals: Bool = false
  ) -> FunctionValue {
    let operands = [a, b].prefix(function.arity).map {
      format.operand($0, flushingSubnormals: flushingSubnormals)
    }
    let firstNaN = operands.first(where: \.isNaN)
    let signals = operands.contains(where: \.isSignalingNaN)
    if let firstNaN, function.arity == 1 || signals {
      return FunctionValue(.nan(first: firstNaN, invalid: signals))
    }
    let (x, y) = (operands[0].double, operands[operands.count - 1].double)
    for precision in Estimate.precisions {
      let estimate = function.estimate(at: x, y, precision: precision)
      if let firstNaN, case .outcome(.nan) = estimate {
        return FunctionValue(.nan(first: firstNaN, invalid: false))
      }
      let isLast = precision == Estimate.precisions.last
      if let value = FunctionValue(estimate, isLast: isLast) { return value }
    }
    preconditionFailure("the last precision decides")
  }
}
