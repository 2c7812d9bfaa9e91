// SPDX-License-Identifier: Apache-2.0
import Formats

/// Rows of numbers as integers that are multiplied and added without a shift.
///
/// The number at a place is integer 2^(16 bin + exponent of its row). Where a row's numbers lie so
/// close that integers of 48 bits hold them all they are in bin 0, and its products with another
/// such row add up in one integer of 128 bits; otherwise integers have 39 bits, and the products
/// add up in as many integers as there are sums of two bins.
final class AlignedRows {
  /// How the numbers of a row stand.
  struct Row {
    var exponent = 0
    /// Whether all are in bin 0.
    var isUniform = true
    /// Whether one is an infinity or a NaN, which stand as zeros.
    var hasSpecials = false
  }

  /// Products of two rows that add up without an overflow: 2^30 of 48 + 48 bits.
  static let longest = 1 << 30
  /// Integers above are not uniform.
  private static let uniformBits = 48
  private static let binBits = 16
  /// The exponent of bin 0 in a row that is not uniform: FP32's least bit.
  private static let unit = -149
  /// Bins of numbers below 2^128, each with a last bit no higher than 2^127.
  private static let binCount = (127 - unit) / binBits + 1
  /// The sums of two bins.
  static let sumCount = 2 * binCount - 1
  /// The exponents that a sum of two bins stands for.
  static func exponent(ofSum index: Int) -> Int { index * binBits }

  let length: Int
  private(set) var rows: [Row] = []
  private let integers: UnsafeMutablePointer<Int64>
  private let bins: UnsafeMutablePointer<UInt8>
  private let magnitudes: UnsafeMutablePointer<Double>

  /// `count` rows of `length` numbers; `number` gives that at a row and a place.
  init(count: Int, length: Int, _ number: (_ row: Int, _ place: Int) -> Decoded) {
    self.length = length
    integers = .allocate(capacity: max(1, count * length))
    bins = .allocate(capacity: max(1, count * length))
    magnitudes = .allocate(capacity: max(1, count * length))
    rows.reserveCapacity(count)
    var numbers: [Decoded] = []
    for row in 0..<count {
      numbers.removeAll(keepingCapacity: true)
      for place in 0..<length { numbers.append(number(row, place)) }
      rows.append(align(numbers, at: row * length))
    }
  }

  deinit {
    integers.deallocate()
    bins.deallocate()
    magnitudes.deallocate()
  }

  func integers(_ row: Int) -> UnsafePointer<Int64> { UnsafePointer(integers + row * length) }
  func bins(_ row: Int) -> UnsafePointer<UInt8> { UnsafePointer(bins + row * length) }
  func magnitudes(_ row: Int) -> UnsafePointer<Double> { UnsafePointer(magnitudes + row * length) }

  private func align(_ numbers: [Decoded], at start: Int) -> Row {
    var row = Row()
    var (lowest, highest) = (Int.max, Int.min)
    for x in numbers {
      guard x.isFinite else {
        row.hasSpecials = true
        continue
      }
      guard x.significand != 0 else { continue }
      lowest = min(lowest, x.exponent + x.significand.trailingZeroBitCount)
      highest = max(highest, x.exponent + UInt32.bitWidth - x.significand.leadingZeroBitCount)
    }
    row.isUniform = lowest > highest || highest - lowest <= Self.uniformBits
    row.exponent = row.isUniform ? (lowest > highest ? 0 : lowest) : Self.unit
    for (place, x) in numbers.enumerated() {
      let index = start + place
      (integers + index).initialize(to: 0)
      (bins + index).initialize(to: 0)
      (magnitudes + index).initialize(to: 0)
      guard x.isFinite, x.significand != 0 else { continue }
      let position = x.exponent - row.exponent
      let bin = row.isUniform ? 0 : position / Self.binBits
      let shift = position - bin * Self.binBits
      let integer = Int64(x.significand) << Int64(shift)
      integers[index] = x.isNegative ? -integer : integer
      bins[index] = UInt8(bin)
      magnitudes[index] = ExactAccumulator.double(UInt64(x.significand), x.exponent)
    }
    return row
  }
}
