// SPDX-License-Identifier: Apache-2.0
import Formats

/// The number of values per binade, one bin for each floor(log2 |x|), with bins of their own for
/// zeros, the format's subnormal numbers, infinities and NaNs.
///
/// Histograms of one format merge by addition.
package struct ExponentHistogram: Sendable, Hashable {
  /// The id of the format the values are stored in: a `Format` id, or a reference's such as `fp64`.
  package let format: String
  /// The number of zeros of either sign.
  package private(set) var zeros = 0
  /// The number of NaNs.
  package private(set) var nans = 0
  /// The values by FP64's exponent field; those below the format's normal numbers stand together in
  /// the last field before them, zeros included.
  private var fields = [Int](repeating: 0, count: fieldCount)
  /// The field of the format's smallest normal number.
  private let firstNormal: Int

  private static let fractionBits = UInt64(Double.significandBitCount)
  private static let fieldMask: UInt64 = 0x7ff
  private static let fieldCount = Int(fieldMask) + 1
  private static let bias = 1023
  private static var special: Int { fieldCount - 1 }

  /// The empty histogram of a format; nil stands for FP64.
  package init(format: Format?) { self.init(id: format?.id ?? "fp64") }

  /// The histogram of counts; nil where one is negative, beyond 2^48 or of an exponent that the
  /// format has no normal numbers of.
  package init?(
    format: Format?, zeros: Int, subnormals: Int, infinities: Int, nans: Int, firstExponent: Int,
    counts: [Int]
  ) {
    self.init(format: format)
    let all = [zeros, subnormals, infinities, nans] + counts
    guard all.allSatisfy((0...1 << 48).contains), counts.count <= Self.special,
      (-2 * Self.bias...2 * Self.bias).contains(firstExponent)
    else { return nil }
    let first = firstExponent + Self.bias
    guard counts.isEmpty || (first >= firstNormal && first + counts.count <= Self.special)
    else { return nil }
    self.zeros = zeros
    self.nans = nans
    fields[firstNormal - 1] = subnormals + zeros
    fields[Self.special] = infinities + nans
    for (i, count) in counts.enumerated() { fields[first + i] = count }
  }

  private init(id: String) {
    format = id
    firstNormal = (Format(id: id)?.minExponent ?? 1 - Self.bias) + Self.bias
  }

  /// The number of values with 0 < |x| < 2^emin.
  package var subnormals: Int { fields[firstNormal - 1] - zeros }
  /// The number of infinities.
  package var infinities: Int { fields[Self.special] - nans }
  /// The number of values.
  package var total: Int { fields.reduce(0, +) }

  /// The bins of the normal values from the first to the last that is not empty, ascending.
  package var bins: [(exponent: Int, count: Int)] {
    let normal = firstNormal..<Self.special
    guard let first = normal.first(where: { fields[$0] != 0 }),
      let last = normal.last(where: { fields[$0] != 0 })
    else { return [] }
    return (first...last).map { ($0 - Self.bias, fields[$0]) }
  }

  /// Adds the values of a buffer.
  package mutating func add(_ values: UnsafeBufferPointer<Double>) {
    var newZeros = 0
    var newNaNs = 0
    for x in values {
      newZeros &+= x == 0 ? 1 : 0
      newNaNs &+= x.isNaN ? 1 : 0
    }
    zeros += newZeros
    nans += newNaNs
    guard values.count >= Self.fieldCount else {
      for x in values { fields[field(of: x)] &+= 1 }
      return
    }
    // Neighbours often share a bin, and a processor waits for the last count of one: four tables.
    let tables = 4
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: tables * Self.fieldCount) { counts in
      counts.initialize(repeating: 0)
      let whole = values.count - values.count % tables
      for first in stride(from: 0, to: whole, by: tables) {
        for table in 0..<tables {
          counts[table * Self.fieldCount + field(of: values[first + table])] &+= 1
        }
      }
      for i in whole..<values.count { counts[field(of: values[i])] &+= 1 }
      for field in 0..<Self.fieldCount {
        var sum = 0
        for table in 0..<tables { sum &+= Int(counts[table * Self.fieldCount + field]) }
        fields[field] &+= sum
      }
    }
  }

  /// Adds the values of a buffer.
  package mutating func add(_ values: UnsafeBufferPointer<Float>) {
    guard let base = values.baseAddress else { return }
    // FP32's subnormal numbers share its field 0 with zeros: they must be none of the format's
    // normal ones.
    guard firstNormal > Self.bias - FloatExponents.bias else {
      return withUnsafeTemporaryAllocation(of: Double.self, capacity: values.count) { doubles in
        for i in 0..<values.count { doubles[i] = Double(base[i]) }
        add(UnsafeBufferPointer(doubles))
      }
    }
    var counts = FloatExponents()
    counts.count(base, values.count) { field, count in
      let wide =
        field == FloatExponents.special ? Self.special : field + Self.bias - FloatExponents.bias
      fields[max(wide, firstNormal - 1)] += count
    }
    zeros += counts.zeros
    nans += counts.nans
  }

  @inline(__always)
  private func field(of x: Double) -> Int {
    let field = (x.bitPattern &>> Self.fractionBits) & Self.fieldMask
    return Int(truncatingIfNeeded: max(field, UInt64(truncatingIfNeeded: firstNormal - 1)))
  }

  /// Adds so many values of one exponent field of FP32, zeros of field 0 among them, or of NaNs.
  ///
  /// - Precondition: the histogram is FP32's.
  package mutating func add(field: Int, count: Int, zeros: Int = 0, nans: Int = 0) {
    precondition(firstNormal == Self.bias - FloatExponents.bias + 1, "a histogram of \(format)")
    let wide =
      field == FloatExponents.special ? Self.special : field + Self.bias - FloatExponents.bias
    fields[wide] += count
    self.zeros += zeros
    self.nans += nans
  }

  /// Adds the bins of another histogram.
  ///
  /// - Precondition: both are of the same format, since their subnormal bins differ otherwise.
  package mutating func merge(_ other: ExponentHistogram) {
    precondition(format == other.format, "histograms of \(format) and \(other.format)")
    zeros += other.zeros
    nans += other.nans
    for field in fields.indices { fields[field] += other.fields[field] }
  }
}

/// As a keyed value: the format, the exponent of the first bin with the counts from there on, and
/// the four other bins.
extension ExponentHistogram: Codable {
  private enum CodingKeys: String, CodingKey {
    case format, firstExponent, counts, zeros, subnormals, infinities, nans
  }

  /// The histogram; throws `DecodingError` on a bin that the format does not have.
  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(id: try values.decode(String.self, forKey: .format))
    zeros = try values.decode(Int.self, forKey: .zeros)
    nans = try values.decode(Int.self, forKey: .nans)
    fields[firstNormal - 1] = try values.decode(Int.self, forKey: .subnormals) + zeros
    fields[Self.special] = try values.decode(Int.self, forKey: .infinities) + nans
    let counts = try values.decode([Int].self, forKey: .counts)
    let first = try values.decode(Int.self, forKey: .firstExponent) + Self.bias
    guard counts.isEmpty || (first >= firstNormal && first + counts.count <= Self.special) else {
      throw DecodingError.dataCorruptedError(
        forKey: .counts, in: values, debugDescription: "exponents that \(format) does not have")
    }
    for (i, count) in counts.enumerated() { fields[first + i] = count }
  }

  /// Writes every bin from the first to the last that is not empty.
  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    let bins = bins
    try values.encode(format, forKey: .format)
    try values.encode(bins.first?.exponent ?? 0, forKey: .firstExponent)
    try values.encode(bins.map(\.count), forKey: .counts)
    try values.encode(zeros, forKey: .zeros)
    try values.encode(subnormals, forKey: .subnormals)
    try values.encode(infinities, forKey: .infinities)
    try values.encode(nans, forKey: .nans)
  }
}
