// SPDX-License-Identifier: Apache-2.0
import Formats

/// A positive number of p significant bits at an unbounded exponent: significand x 2^unit with
/// 2^(p-1) <= significand < 2^p.
private struct Normalised {
  var significand: UInt64
  var unit: Int

  /// `units` counts 2^unit and is at least 2^(p-1) and at most 2^p.
  init(units: UInt64, unit: Int, precision: Int) {
    if units == 1 << UInt64(precision) {
      self.significand = units / 2
      self.unit = unit + 1
    } else {
      self.significand = units
      self.unit = unit
    }
  }
}

extension Format {
  /// A nonzero number rounded into a format with zeros and subnormal numbers.
  ///
  /// Two questions are asked of the exact number, each rounding it once: what it is with p bits and
  /// an unbounded exponent (that decides overflow, and tininess after rounding), and what it is on
  /// the format's own grid.
  func number(_ x: Unrounded, _ semantics: Semantics, index: UInt64) -> Rounded<UInt64> {
    let freeUnit = x.exponent - (precision - 1)
    let (freeUnits, freeInexact) = x.rounded(toUnit: freeUnit, semantics.rounding, index: index)
    let free = Normalised(units: freeUnits, unit: freeUnit, precision: precision)

    let largestUnit = maxExponent - (precision - 1)
    if free.unit > largestUnit
      || (free.unit == largestUnit && free.significand > largestSignificand)
    {
      return overflow(negative: x.negative, semantics)
    }

    let isTiny =
      switch semantics.tininess {
      case .afterRounding: free.unit < minUlpExponent
      case .beforeRounding: x.exponent < minExponent
      }
    if isTiny && semantics.subnormals.flushesResults {
      return Rounded(value: zero(negative: x.negative), flags: [.underflow, .inexact])
    }

    if x.exponent >= minExponent {
      // The format's grid is the unbounded one here.
      return Rounded(
        value: encode(free, negative: x.negative), flags: freeInexact ? .inexact : [])
    }
    let (units, isInexact) = x.rounded(toUnit: minUlpExponent, semantics.rounding, index: index)
    let flags: Exceptions =
      if !isInexact {
        []
      } else if isTiny {
        [.underflow, .inexact]
      } else {
        .inexact
      }
    let hidden = UInt64(1) << UInt64(fractionBits)
    let value =
      units < hidden
      ? signed(units, negative: x.negative)
      : encode(
        Normalised(units: units, unit: minUlpExponent, precision: precision), negative: x.negative)
    return Rounded(value: value, flags: flags)
  }

  /// A nonzero number rounded into the scale format: a power of two, or the NaN when negative.
  func scale(_ x: Unrounded, _ semantics: Semantics, index: UInt64) -> Rounded<UInt64> {
    if x.negative { return Rounded(value: invalidResult, flags: .invalid) }
    let (units, isInexact) = x.rounded(toUnit: x.exponent, semantics.rounding, index: index)
    let exponent = units == 2 ? x.exponent + 1 : x.exponent
    if exponent > maxExponent { return overflow(negative: false, semantics) }
    if exponent < minExponent { return Rounded(value: 0, flags: [.underflow, .inexact]) }
    var flags: Exceptions = isInexact ? .inexact : []
    if isInexact && semantics.tininess == .beforeRounding && x.exponent < minExponent {
      flags.insert(.underflow)
    }
    return Rounded(value: UInt64(exponent + bias), flags: flags)
  }

  /// The significand of the largest finite number as an integer of p bits.
  private var largestSignificand: UInt64 {
    let hidden = UInt64(1) << UInt64(fractionBits)
    return hidden + largestEncoding % hidden
  }

  /// The encoding of a normal number of the format.
  private func encode(_ x: Normalised, negative: Bool) -> UInt64 {
    let hidden = UInt64(1) << UInt64(fractionBits)
    let field = UInt64(x.unit + fractionBits + bias)
    return signed(field * hidden + (x.significand - hidden), negative: negative)
  }
}
