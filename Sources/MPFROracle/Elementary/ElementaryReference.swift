// SPDX-License-Identifier: Apache-2.0
import CMPFR
import Formats

/// MPFR's values of one function of one number; an object for one thread.
///
/// The first precision decides nearly always, the further ones where its ends differ in the bits
/// that a rounding looks at (Ziv, 1991).
package final class ElementaryReference {
  /// The function.
  package let function: RealFunction
  let far: FarFunction?
  /// On which side of multiples of half an ulp the values lie that were filled in last, where all lie
  /// next to one; nil where that is not known.
  package internal(set) var side: Side?
  /// The span of blocks that was asked for last.
  var span: (start: UInt32, values: Span)?
  let term = MPFRNumber(precision: ElementaryReference.precision)
  let otherTerm = MPFRNumber(precision: ElementaryReference.precision)
  let operand = MPFRNumber(precision: Double.significandBitCount + 1)

  /// The bits in which results are judged.
  private static let precision = 192

  /// The reference of a function of one operand.
  package init(_ function: RealFunction) {
    precondition(function.arity == 1, "\(function.rawValue) has two operands")
    self.function = function
    far = FarFunction(function)
  }

  /// How one result compares with the exact value.
  package struct Judgement: Equatable, Sendable {
    /// |result - exact| in ulp at the exact value; 0 for the right special result, infinite for a
    /// wrong one or a wrong sign.
    package let error: Double
    /// Whether the result is the exact value rounded to nearest even.
    package let isNearest: Bool
    /// The exact value rounded to nearest even.
    package let nearest: UInt64
  }

  /// The exact value at x of FP32, or of a format inside it, rounded to nearest even.
  package func nearest(at x: Double, in format: Format) -> UInt64 {
    format.deliver(outcome(at: x, judgingEstimate(at: x)), Semantics(), index: 0).value
  }

  /// How an encoding of a format compares with the exact value at x.
  package func judge(_ result: UInt64, in format: Format, at x: Double) -> Judgement {
    let estimate = judgingEstimate(at: x)
    let expected = format.deliver(outcome(at: x, estimate), Semantics(), index: 0).value
    let isNearest = result == expected
    let error = error(
      of: format.operand(result, flushingSubnormals: false).double, from: estimate,
      precision: format.precision, minExponent: format.minExponent, maxExponent: format.maxExponent)
    return Judgement(
      error: isNearest && !error.isFinite ? 0 : error, isNearest: isNearest, nearest: expected)
  }

  /// |result - exact| of an FP64 result in ulp at the exact value, as in `Judgement`.
  package func error(of result: Double, at x: Double) -> Double {
    error(
      of: result, from: estimate(at: x), precision: Double.significandBitCount + 1,
      minExponent: Int(Double.leastNormalMagnitude.exponent),
      maxExponent: Int(Double.greatestFiniteMagnitude.exponent))
  }

  /// The value at x with a relative error of a few units in the last place of a precision.
  func estimate(at x: Double, precision: Int = ElementaryReference.precision) -> Estimate {
    x.isNaN ? .invalid : function.estimate(at: x, precision: precision)
  }

  /// The value at x as near as results of FP32 are judged: by two terms of it where they tell enough,
  /// as at the subnormal numbers, whose halves are as many near ties.
  private func judgingEstimate(at x: Double) -> Estimate {
    ActivationBracket.halfOfTiny(function, x, ElementaryReference.precision).map(Estimate.init)
      ?? estimate(at: x)
  }

  /// The first 64 bits of the value at x, and whether more follow.
  private func outcome(at x: Double, _ first: Estimate) -> Outcome {
    if let outcome = first.outcome(isLast: false) { return outcome }
    for precision in Estimate.precisions {
      let isLast = precision == Estimate.precisions.last
      if let outcome = estimate(at: x, precision: precision).outcome(isLast: isLast) {
        return outcome
      }
    }
    preconditionFailure("the last precision decides")
  }
}

extension Estimate {
  /// The value for every rounding to a format of at most 32 bits; nil where a precision that is not
  /// the last leaves bits open.
  fileprivate func outcome(isLast: Bool) -> Outcome? {
    guard case .bracket(let bracket) = self else {
      guard case .outcome(let outcome) = self else { return nil }
      return outcome
    }
    let bits = UInt64.bitWidth
    switch bracket.leading(bits) ?? (isLast ? bracket.leadingOfNearerEnd(bits) : nil) {
    case .beyond(let direction, let isNegative)?: return .beyond(direction, isNegative)
    case .bits(let number, let isExact)?: return Outcome(truncated: number, isExact: isExact)
    case nil: return nil
    }
  }
}
