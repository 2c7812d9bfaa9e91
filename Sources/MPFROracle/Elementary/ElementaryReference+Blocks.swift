// SPDX-License-Identifier: Apache-2.0
import CMPFR
import Formats

extension ElementaryReference {
  /// The number of neighbouring FP32 encodings of a block: none but that of ±0 leaves a binade.
  package static let blockSize = 4096
  /// How far, in ulp of FP32, a block's value may be from the exact one.
  package static let tolerance = 0x1p-16

  /// From ±2^128 (1 + 2^-20) on every result is infinite, and so is every one of those that are
  /// farther from it than `tolerance`; within ±2^-170 every one is zero.
  static let huge = 0x1.00001p128
  static let tiny = 0x1p-170

  /// A block is divided by this where one polynomial does not do, as often as pieces are no
  /// smaller.
  private static let division = 8
  private static let smallestPiece = 64

  /// The function at the FP32 encodings from `start` on, each within `tolerance`: an infinity for
  /// every number of `huge` or more, ±2^-170 for smaller ones that are not zero, and exact zeros,
  /// infinities and NaNs.
  ///
  /// Polynomials cover a span of blocks, a block, or the pieces of it that poles, zeros, breaks and
  /// branch points leave; in the smallest pieces next to them every value is MPFR's, or a series'.
  /// Where blocks hold periods, the values are those of `FarFunction`. MPFR is asked about one number
  /// at least of every block and piece, whatever its other values come from.
  ///
  /// - Parameter start: A multiple of `blockSize`.
  package func fill(_ values: UnsafeMutablePointer<Double>, from start: UInt32) {
    side = nil
    if let far, far.covers(start) {
      evaluate(values, from: start, count: ElementaryReference.blockSize) { [self] in
        far.value(at: $0) ?? value(at: Double($0))
      }
    } else if !fillFromSpan(values, from: start) {
      fill(values, from: start, count: ElementaryReference.blockSize)
    }
  }

  /// The function at the FP32 encodings from `start` on, by one polynomial; false, with `values`
  /// unspecified, where that is not known to be within `tolerance`. Beside a number that has a
  /// stand-in in `fill` there may be others that have none.
  ///
  /// - Parameter start: A multiple of `blockSize`.
  package func interpolate(from start: UInt32, into values: UnsafeMutablePointer<Double>) -> Bool {
    side = nil
    return far?.covers(start) != true
      && (fillFromSpan(values, from: start)
        || interpolate(from: start, count: ElementaryReference.blockSize, into: values))
  }

  /// The values of a function at encodings from `start` on, or MPFR's, where one of them that the
  /// place chooses is not MPFR's to 2^-45 of itself.
  private func evaluate(
    _ values: UnsafeMutablePointer<Double>, from start: UInt32, count: Int,
    by function: (Float) -> Double
  ) {
    let number = { (index: Int) in Float(bitPattern: start + UInt32(index)) }
    for i in 0..<count { values[i] = standIn(for: function(number(i))) }
    let audited = Int((start &* 0x9e37_79b1) >> 16) % count
    let exact: Double = standIn(for: roundedValue(at: Double(number(audited))))
    let (value, allowance) = (values[audited], 0x1p-45 * exact.magnitude)
    let isSame = value == exact && value.sign == exact.sign || value.isNaN && exact.isNaN
    guard !isSame, !((value - exact).magnitude < allowance) else { return }
    for i in 0..<count { values[i] = standIn(for: roundedValue(at: Double(number(i)))) }
  }

  private func fill(_ values: UnsafeMutablePointer<Double>, from start: UInt32, count: Int) {
    if interpolate(from: start, count: count, into: values) {
      for i in 0..<count { values[i] = standIn(for: values[i]) }
      return
    }
    guard count > ElementaryReference.smallestPiece else {
      evaluate(values, from: start, count: count) { value(at: Double($0)) }
      return
    }
    let piece = count / ElementaryReference.division
    for i in stride(from: 0, to: count, by: piece) {
      fill(values + i, from: start + UInt32(i), count: piece)
    }
  }

  /// One polynomial over the encodings of a block or a piece of it.
  ///
  /// Seven values are exact but for their rounding, or a series'. They span 2^-11 of a binade of normal
  /// numbers, on which the functions are analytic but at a few points. Two further values, one of them
  /// MPFR's in any case, must agree to an eighth of the tolerance, both of them halfway between two of
  /// the seven, where the error of the polynomial is near its largest; the ulp being that of the
  /// smallest value, no zero is near. That the error is nowhere above the tolerance then is an
  /// assumption, which the tests sample.
  private func interpolate(
    from start: UInt32, count: Int, into values: UnsafeMutablePointer<Double>
  ) -> Bool {
    let nodes = NewtonPolynomial.nodes(count)
    let number = { (index: Int) in Double(Float(bitPattern: start + UInt32(index))) }
    let exact = nodes.map { self.value(at: number($0)) }
    let gap = Int((start &* 0x9e37_79b1) >> 30) % 3
    let places = [gap, gap + 3].map { (nodes[$0] + nodes[$0 + 1]) / 2 }
    // The last one, which is asked where the others agree, is MPFR's.
    let witnesses = [
      (places[0], { self.value(at: number($0)) }),
      (places[1], { self.roundedValue(at: number($0)) }),
    ]
    if let constant = common(exact) {
      values.update(repeating: constant, count: count)
      return witnesses.allSatisfy { common([constant, $1($0)]) != nil }
    }
    guard let allowance = allowance(exact) else { return false }
    let step = 1 / Double(count)
    let polynomial = NewtonPolynomial(nodes.map { Double($0) * step }, exact)
    for i in 0..<count { values[i] = polynomial(Double(i) * step) }
    let further = witnesses.map { ($0, $1($0)) }
    guard further.allSatisfy({ (values[$0] - $1).magnitude <= allowance }) else { return false }
    if count == ElementaryReference.blockSize {
      let common = Side(exact + further.map { $0.1 }, isSeries: GammaSeries.has(function))
      side = common?.keep(values, count: count) == true ? common : nil
    }
    return true
  }

  /// How far values at other numbers may be from the polynomial through these, an eighth of the
  /// tolerance; nil where signs differ, or the polynomial's rounding alone takes it up.
  func allowance(_ values: [Double]) -> Double? {
    guard let first = values.first, values.allSatisfy({ $0.isFinite && $0.sign == first.sign })
    else { return nil }
    let magnitudes = values.map(\.magnitude)
    let unit = Format.fp32.ulp(at: magnitudes.min() ?? 0)
    let allowance = ElementaryReference.tolerance / 8 * unit
    return (magnitudes.max() ?? 0) * roundingError <= allowance ? allowance : nil
  }

  /// The rounding error of a polynomial, relative to the largest of its values: seven values round
  /// to 2^-52 of themselves, of a series to 2^-46, and the polynomials that are 1 at one of the points
  /// and 0 at the others add up to less than 3 in magnitude.
  private var roundingError: Double { GammaSeries.has(function) ? 0x1p-44 : 0x1p-49 }

  /// The bits in which the values of blocks are evaluated: more where the first leave the number open,
  /// as composite functions do.
  private static let precisions = [64, 128]

  /// The value at a number of FP32 to 2^-46 of itself: a series' where MPFR's functions would take
  /// most of a campaign's time, elsewhere `roundedValue`.
  func value(at x: Double) -> Double {
    GammaSeries.value(function, at: x) ?? roundedValue(at: x)
  }

  /// The exact value at a number of FP32 rounded to odd in FP64 (Boldo and Melquiond, 2008): a number
  /// that FP64 has stays as it is, any other one becomes the neighbour whose last bit is 1. So the
  /// result lies on the exact value's side of every number of fewer bits, and only an exact zero is 0.
  func roundedValue(at x: Double) -> Double {
    for precision in ElementaryReference.precisions {
      switch estimate(at: x, precision: precision) {
      case .outcome(.infinity(let negative, _)): return negative ? -.infinity : .infinity
      case .outcome(.zero(let negative)): return negative ? -0.0 : 0
      case .outcome: return .nan
      case .bracket(let bracket):
        if let value = bracket.roundedToOdd(isLast: false) { return value }
      }
    }
    guard case .bracket(let bracket) = estimate(at: x) else { return .nan }
    return bracket.roundedToOdd(isLast: true) ?? .nan
  }

  /// What a block has for a value.
  func standIn(for value: Double) -> Double {
    if value.magnitude >= ElementaryReference.huge { return value < 0 ? -.infinity : .infinity }
    if value == 0 || value.magnitude > ElementaryReference.tiny || value.isNaN { return value }
    return Double(signOf: value, magnitudeOf: ElementaryReference.tiny)
  }

  /// The value that a block has for all of these, where it is NaN, an infinity, a zero, or what
  /// stands for tiny numbers.
  func common(_ values: [Double]) -> Double? {
    let all = values.map(standIn)
    guard let first = all.first else { return nil }
    if first.isNaN { return all.allSatisfy(\.isNaN) ? first : nil }
    guard first.isInfinite || first.magnitude <= ElementaryReference.tiny else { return nil }
    return all.allSatisfy { $0 == first && $0.sign == first.sign } ? first : nil
  }
}

extension Format {
  /// The unit in the last place at a finite number, that of the subnormal numbers below 2^emin.
  func ulp(at x: Double) -> Double {
    let exponent = x == 0 ? minExponent : max(Int(x.exponent), minExponent)
    return Double(sign: .plus, exponent: exponent - fractionBits, significand: 1)
  }
}
