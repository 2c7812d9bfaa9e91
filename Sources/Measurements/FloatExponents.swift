// SPDX-License-Identifier: Apache-2.0

/// The numbers of FP32 values by their exponent field.
///
/// The fields of some values are first taken as bytes, by a loop that vectorises, and then counted
/// eight at a time in as many tables: neighbours often share a field, and a processor waits for the
/// last count of one.
struct FloatExponents {
  /// FP32's exponent bias.
  static let bias = 127
  /// The field of infinities and NaNs.
  static let special = 255

  /// The number of zeros of either sign.
  private(set) var zeros = 0
  /// The number of NaNs.
  private(set) var nans = 0

  private static let fractionBits = UInt32(Float.significandBitCount)
  private static let signBit: UInt32 = 31
  private static let magnitudeMask: UInt32 = (1 << signBit) - 1
  private static let infinity = Float.infinity.bitPattern
  private static let fields = special + 1
  private static let tables = 8
  /// Values whose bytes stay in the first cache level.
  private static let chunk = 4096

  /// Counts the values, and calls `body` with each field that occurs.
  mutating func count(
    _ values: UnsafePointer<Float>, _ count: Int, _ body: (_ field: Int, _ count: Int) -> Void
  ) {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: Self.tables * Self.fields) { tables in
      withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.chunk) { bytes in
        guard let tables = tables.baseAddress, let bytes = bytes.baseAddress else { return }
        tables.initialize(repeating: 0, count: Self.tables * Self.fields)
        for first in stride(from: 0, to: count, by: Self.chunk) {
          let some = min(Self.chunk, count - first)
          extract(values + first, some, to: bytes)
          Self.scatter(bytes, some, to: tables)
        }
        for field in 0..<Self.fields {
          var sum = 0
          for table in 0..<Self.tables { sum &+= Int(tables[table &* Self.fields &+ field]) }
          if sum > 0 { body(field, sum) }
        }
      }
    }
  }

  /// Writes the exponent field of each value.
  private mutating func extract(
    _ values: UnsafePointer<Float>, _ count: Int, to bytes: UnsafeMutablePointer<UInt8>
  ) {
    for i in 0..<count {
      bytes[i] = UInt8(truncatingIfNeeded: values[i].bitPattern &>> Self.fractionBits)
    }
    let extremes = values.extremes(count)
    if extremes.least > 0, extremes.greatest <= .infinity { return }
    // Borrows instead of comparisons, of which a compiler might make branches.
    var (zeros, nans) = (UInt32(0), UInt32(0))
    for i in 0..<count {
      let magnitude = values[i].bitPattern & Self.magnitudeMask
      zeros &+= (magnitude &- 1) &>> Self.signBit
      nans &+= (Self.infinity &- magnitude) &>> Self.signBit
    }
    self.zeros += Int(zeros)
    self.nans += Int(nans)
  }

  @inline(__always)
  private static func scatter(
    _ bytes: UnsafePointer<UInt8>, _ count: Int, to tables: UnsafeMutablePointer<UInt32>
  ) {
    var i = 0
    while i &+ Self.tables <= count {
      let word = UnsafeRawPointer(bytes + i).loadUnaligned(as: UInt64.self)
      for table in 0..<Self.tables {
        let field = Int(truncatingIfNeeded: (word &>> UInt64(8 &* table)) & 0xff)
        tables[table &* Self.fields &+ field] &+= 1
      }
      i &+= Self.tables
    }
    while i < count {
      tables[Int(bytes[i])] &+= 1
      i &+= 1
    }
  }
}
