// SPDX-License-Identifier: Apache-2.0
import Formats

/// A rounding of binned elements under powers of two: what it does to a bin's elements follows from
/// one of them.
struct BinFit: Sendable {
  private let rounding: ElementRounding
  /// Whether a zero of the bins' table is the smallest element's tie.
  private let element: Format

  /// The rounding to a format of at most seven fraction bits.
  init(_ element: Format) {
    precondition(element.fractionBits < Candidate.directFraction)
    self.element = element
    rounding = ElementRounding(element)
  }

  /// Of elements divided by 2^exponent before the rounding.
  func sums(_ bins: [BinCount], exponent: Int) -> FitSums {
    var sums = FitSums()
    let inverse = Float(sign: .plus, exponent: -exponent, significand: 1)
    for bin in bins where bin.key > 0 && bin.key < BinCount.specialKey {
      add(bin, exponent: exponent, inverse: inverse, &sums)
    }
    return sums
  }

  /// Of blocks under the scale of OCP MX: 2^(⌊log2 max |V|⌋ - emax), from 2^-127 on; ⌊log2⌋ of a
  /// subnormal number is below that of every normal one, and so is then the scale's exponent.
  func blockSums(_ bins: [BinCount]) -> FitSums {
    var sums = FitSums()
    for bin in bins where bin.key < BinCount.specialKey {
      guard bin.row != BinCount.specialRow else {
        sums.lost += Int(bin.count)
        continue
      }
      guard bin.key > 0 else { continue }
      let exponent = max(
        bin.row - Format.fp32.bias - element.maxExponent, Format.e8m0.minExponent)
      add(
        bin, exponent: exponent, inverse: Float(sign: .plus, exponent: -exponent, significand: 1),
        &sums)
    }
    return sums
  }

  @inline(__always)
  private func add(_ bin: BinCount, exponent: Int, inverse: Float, _ sums: inout FitSums) {
    let scaled = (Float(bitPattern: bin.representative) * inverse).bitPattern
    let rounded = rounding.rounded(scaled)
    let count = Int(bin.count)
    if rounded == 0 {
      sums.zeroed += count
    } else if rounded < rounding.smallestNormal {
      sums.subnormal += count
    }
    if scaled >= rounding.overflowBound { sums.overflow += count }
    let unit = Double(sign: .plus, exponent: bin.unitExponent, significand: 1)
    let scale = Double(sign: .plus, exponent: exponent, significand: 1)
    let y = Double(Float(bitPattern: rounded)) * scale
    // In units of the further bits: y is a multiple of them, or so small that it is zero beside x.
    let distance = (y - Double(Float(bitPattern: bin.base))) / unit
    let squares =
      Double(bin.count) * distance * distance - 2 * distance * Double(bin.sum)
      + Double(bin.squares)
    sums.squares += max(squares, 0) * (unit * unit)
  }
}
