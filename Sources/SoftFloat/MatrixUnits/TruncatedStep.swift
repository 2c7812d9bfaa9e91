// SPDX-License-Identifier: Apache-2.0
import Formats

/// How lanes of sums become results of one conversion.
protocol UnitConversion {
  /// ρ of finite numbers.
  static func convert(_ x: UnitLanes) -> UnitLanes
}

/// Toward zero to fraction bits within FP32's range.
@inline(__always)
private func truncated(_ x: UnitLanes, fractionBits: Int) -> UnitLanes {
  let smallest = UnitLanes(repeating: 0x1p-126)
  let scale = UnitLanes.largest(x.power, smallest).reciprocal(timesPower: fractionBits)
  let inverse = scale.reciprocal(timesPower: 0)
  let kept = (x * scale).rounded(.towardZero) * inverse
  let limit = UnitLanes(repeating: 0x1p128)
  let infinity = UnitLanes(repeating: .infinity)
  // Adding +0 leaves no -0.
  return (kept + UnitLanes.zero).replacing(with: infinity, where: kept .>= limit)
    .replacing(with: -infinity, where: kept .<= -limit)
}

enum TowardZero: UnitConversion {
  @inline(__always)
  static func convert(_ x: UnitLanes) -> UnitLanes { truncated(x, fractionBits: 23) }
}

enum TowardZero13: UnitConversion {
  @inline(__always)
  static func convert(_ x: UnitLanes) -> UnitLanes { truncated(x, fractionBits: 13) }
}

enum Nearest16: UnitConversion {
  @inline(__always)
  static func convert(_ x: UnitLanes) -> UnitLanes {
    var result = UnitLanes.zero
    for lane in 0..<UnitLanes.scalarCount {
      result[lane] = Double(Binary16Rounding.roundOrdinary(RoundToOdd.single(x[lane])))
    }
    return result + UnitLanes.zero
  }
}

/// NVIDIA's sum of eight columns. Aligned terms are integers below 2^(F + 2), cut off by a rounding
/// toward zero of exact products times a power of two, so that their sums are exact.
///
/// A zero needs no case of its own: each of c's exponents is above the one that zeros count with.
struct TruncatedStep<Conversion: UnitConversion>: UnitStep {
  private let terms: Int
  private let fractionBits: Int
  private let smallest: UnitLanes
  private let zero: UnitLanes

  init(_ sum: TruncatedSum, _ accumulator: Accumulation.SumFormat) {
    terms = sum.terms
    fractionBits = sum.fractionBits
    smallest = UnitLanes(
      repeating: Double(sign: .plus, exponent: accumulator.format.minExponent, significand: 1))
    zero = UnitLanes(repeating: Double(sign: .plus, exponent: sum.zeroExponent, significand: 1))
  }

  @inline(__always)
  func advance(
    _ a: UnsafePointer<Double>, _ powers: UnsafePointer<Double>, _ b: UnsafePointer<UnitLanes>,
    _ c: inout UnitLanes
  ) -> UnitLaneMask {
    let special = c.nonFinite
    c = sum(a, powers, b, c)
    return special
  }

  @inline(__always)
  func sum(
    _ a: UnsafePointer<Double>, _ powers: UnsafePointer<Double>, _ b: UnsafePointer<UnitLanes>,
    _ c: UnitLanes
  ) -> UnitLanes {
    var largest = UnitLanes.largest(c.power, smallest).replacing(with: zero, where: c .== .zero)
    for k in 0..<terms { largest = .largest(largest, powers[k] * b[2 &* k &+ 1]) }
    let scale = largest.reciprocal(timesPower: fractionBits)
    var sum = (c * scale).rounded(.towardZero)
    for k in 0..<terms { sum += (a[k] * b[2 &* k] * scale).rounded(.towardZero) }
    return Conversion.convert(sum * scale.reciprocal(timesPower: 0))
  }
}

/// The sums of two halves, which stand one after the other, and their addition to c.
struct HalvesStep<Conversion: UnitConversion>: UnitStep {
  private let half: TruncatedStep<Conversion>
  private let terms: Int
  private let isNarrow: Bool

  init(_ sum: TruncatedSum, _ accumulator: Accumulation.SumFormat) {
    half = TruncatedStep(sum, accumulator)
    terms = sum.terms
    isNarrow = accumulator == .fp16
  }

  @inline(__always)
  func advance(
    _ a: UnsafePointer<Double>, _ powers: UnsafePointer<Double>, _ b: UnsafePointer<UnitLanes>,
    _ c: inout UnitLanes
  ) -> UnitLaneMask {
    let first = half.sum(a, powers, b, .zero)
    let sum = half.sum(a + terms, powers + terms, b + 2 * terms, first)
    let special = c.nonFinite .| first.nonFinite .| sum.nonFinite
    if isNarrow {
      for lane in 0..<UnitLanes.scalarCount {
        c[lane] = Double(Binary16Rounding.roundOrdinary(RoundToOdd.sum(sum[lane], c[lane])))
      }
    } else {
      // FP64 has the bits for a sum of two FP32 numbers to be rounded twice innocuously.
      c = UnitLanes(single: (sum + c).single)
    }
    return special
  }
}
