// SPDX-License-Identifier: Apache-2.0
import Formats

/// The number of values per binade, one bin for each floor(log2 |x|), with bins of their own for
/// zeros, the format's subnormal numbers, infinities and NaNs.
///
/// Histograms of one format merge by addition.
public struct ExponentHistogram: Codable, Sendable, Hashable {
  /// The id of the format the values are stored in: a `Format` id, or `fp64`.
  public let format: String
  /// The exponent of the first bin in `counts`.
  public private(set) var firstExponent = 0
  /// The number of normal values of each exponent from `firstExponent` on; empty without any.
  public private(set) var counts: [Int] = []
  /// The number of zeros of either sign.
  public private(set) var zeros = 0
  /// The number of values with 0 < |x| < 2^emin.
  public private(set) var subnormals = 0
  /// The number of infinities.
  public private(set) var infinities = 0
  /// The number of NaNs.
  public private(set) var nans = 0

  /// The empty histogram of a format; nil stands for FP64.
  public init(format: Format?) {
    self.format = format?.id ?? "fp64"
  }

  /// The number of values.
  public var total: Int { counts.reduce(zeros + subnormals + infinities + nans, +) }

  /// The bins of the normal values, ascending.
  public var bins: [(exponent: Int, count: Int)] {
    counts.indices.map { (firstExponent + $0, counts[$0]) }
  }

  private static let doubleFractionBits = UInt64(Double.significandBitCount)
  private static let doubleFieldMask: UInt64 = 0x7ff
  private static let doubleBias = 1023

  /// Adds the values of a buffer.
  public mutating func add(_ values: UnsafeBufferPointer<Double>) {
    let minExponent = Format(id: format)?.minExponent ?? 1 - Self.doubleBias
    // One table over FP64's exponent fields: no search and no reallocation per value.
    var fields = [Int](repeating: 0, count: Int(Self.doubleFieldMask) + 1)
    var newZeros = 0
    var newNaNs = 0
    for x in values {
      fields[Int((x.bitPattern &>> Self.doubleFractionBits) & Self.doubleFieldMask)] &+= 1
      newZeros &+= x == 0 ? 1 : 0
      newNaNs &+= x.isNaN ? 1 : 0
    }
    let smallestNormalField = minExponent + Self.doubleBias
    let special = Int(Self.doubleFieldMask)
    zeros += newZeros
    nans += newNaNs
    subnormals += fields[..<smallestNormalField].reduce(-newZeros, +)
    infinities += fields[special] - newNaNs
    for field in smallestNormalField..<special where fields[field] != 0 {
      add(fields[field], exponent: field - Self.doubleBias)
    }
  }

  private mutating func add(_ count: Int, exponent: Int) {
    if counts.isEmpty { firstExponent = exponent }
    if exponent < firstExponent {
      counts.insert(contentsOf: repeatElement(0, count: firstExponent - exponent), at: 0)
      firstExponent = exponent
    }
    if exponent - firstExponent >= counts.count {
      counts.append(
        contentsOf: repeatElement(0, count: exponent - firstExponent - counts.count + 1))
    }
    counts[exponent - firstExponent] += count
  }

  /// Adds the bins of another histogram.
  ///
  /// - Precondition: both are of the same format, since their subnormal bins differ otherwise.
  public mutating func merge(_ other: ExponentHistogram) {
    precondition(format == other.format, "histograms of \(format) and \(other.format)")
    zeros += other.zeros
    subnormals += other.subnormals
    infinities += other.infinities
    nans += other.nans
    for bin in other.bins where bin.count != 0 { add(bin.count, exponent: bin.exponent) }
  }
}
