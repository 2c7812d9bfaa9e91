// SPDX-License-Identifier: Apache-2.0
import CMPFR
import Formats

/// MPFR's values of one elementary function; an object for one thread.
///
/// Two working precisions: the narrow one decides nearly always, the wide one where the narrow
/// value lies so near a point between two numbers that its own error could decide (Ziv, 1991).
package final class ElementaryReference {
  /// The function.
  package let function: ElementaryFunction
  let narrow: ElementaryWorkspace
  let wide: ElementaryWorkspace

  /// The reference of a function.
  package init(_ function: ElementaryFunction) {
    self.function = function
    narrow = ElementaryWorkspace(precision: 192)
    // Enough to tell 1 + 2^-149 from 1, and x - x³/3 from x, at every number of FP32.
    wide = ElementaryWorkspace(precision: 960)
  }

  /// How one result compares with the exact value.
  package struct Judgement: Equatable, Sendable {
    /// |result - exact| in ulp at the exact value; 0 for the right special result, infinite for a
    /// wrong one or a wrong sign.
    package let error: Double
    /// Whether the result is the exact value rounded to nearest even.
    package let isNearest: Bool
  }

  /// The exact value at x of FP32, or of a format inside it, rounded to nearest even.
  package func nearest(at x: Double, in format: Format) -> UInt64 {
    format.deliver(outcome(at: x), Semantics(), index: 0).value
  }

  /// How an encoding of a format compares with the exact value at x.
  package func judge(_ result: UInt64, in format: Format, at x: Double) -> Judgement {
    let expected = nearest(at: x, in: format)
    let isNearest = result == expected
    // The narrow value is what `nearest` left behind; its error is far below a tenth of a percent.
    let error = narrow.error(
      of: format.value(result), precision: format.precision, minExponent: format.minExponent,
      maxExponent: format.maxExponent)
    return Judgement(error: isNearest && !error.isFinite ? 0 : error, isNearest: isNearest)
  }

  /// |result - exact| of an FP64 result in ulp at the exact value, as in `Judgement`.
  package func error(of result: Double, at x: Double) -> Double {
    narrow.compute(function, x)
    return narrow.error(
      of: result, precision: Double.significandBitCount + 1,
      minExponent: Int(Double.leastNormalMagnitude.exponent),
      maxExponent: Int(Double.greatestFiniteMagnitude.exponent))
  }

  private func outcome(at x: Double) -> Outcome {
    narrow.compute(function, x)
    if narrow.isUndecided {
      wide.compute(function, x)
      return wide.outcome
    }
    return narrow.outcome
  }
}

extension Format {
  /// The number of an encoding; exact for formats of at most 32 bits.
  func value(_ encoding: UInt64) -> Double {
    switch operand(encoding) {
    case .nan: .nan
    case .infinity(let negative): negative ? -.infinity : .infinity
    case .zero(let negative): negative ? -0.0 : 0
    case .number(let x):
      Double(sign: x.negative ? .minus : .plus, exponent: x.exponent, significand: 1)
        * Double(x.significand)
    }
  }
}
