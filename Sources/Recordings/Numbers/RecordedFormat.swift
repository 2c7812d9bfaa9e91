// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements

/// How the numbers of a buffer are stored: in one of `Format`'s formats, in the smallest container
/// that holds it, or in FP64.
package struct RecordedFormat: Hashable, Sendable {
  /// The format; nil for FP64.
  package let format: Format?

  /// The id: a `Format` id, or `fp64`.
  package var id: String { format?.id ?? Self.fp64 }
  /// The bytes of a number.
  package var bytes: Int { format?.containerBytes ?? MemoryLayout<Double>.size }

  /// FP64.
  package static let double = RecordedFormat(format: nil)

  private static let fp64 = "fp64"

  private init(format: Format?) { self.format = format }

  /// The format of an id, nil when it names none.
  package init?(id: String) {
    if id == Self.fp64 {
      format = nil
    } else if let format = Format(id: id), format.isSigned {
      self.format = format
    } else {
      return nil
    }
  }
}

/// The numbers of a buffer in FP64, block by block.
struct RecordedNumbers: @unchecked Sendable {
  private let base: UnsafeRawPointer
  private let stored: RecordedFormat
  /// The values of all encodings of at most eight bits.
  private let table: [Double]

  /// The numbers that begin at an address that is aligned to their container.
  init(_ base: UnsafeRawPointer, _ stored: RecordedFormat) {
    self.base = base
    self.stored = stored
    if let format = stored.format, format.containerBytes == 1 {
      table = (0..<256).map { format.value(of: $0) }
    } else {
      table = []
    }
  }

  private init(_ base: UnsafeRawPointer, _ stored: RecordedFormat, _ table: [Double]) {
    self.base = base
    self.stored = stored
    self.table = table
  }

  /// The numbers from one on.
  func from(_ first: Int) -> RecordedNumbers {
    RecordedNumbers(base + first * stored.bytes, stored, table)
  }

  /// Writes the numbers of a range.
  func read(_ range: Range<Int>, to values: UnsafeMutablePointer<Double>) {
    let first = base + range.lowerBound * stored.bytes
    switch stored.format {
    case nil:
      values.update(from: first.assumingMemoryBound(to: Double.self), count: range.count)
    case .fp32:
      let floats = first.assumingMemoryBound(to: Float.self)
      for i in 0..<range.count { values[i] = Double(floats[i]) }
    case .fp16:
      let words = first.assumingMemoryBound(to: UInt16.self)
      for i in 0..<range.count { values[i] = Double(Self.binary16(words[i])) }
    case .bf16:
      let words = first.assumingMemoryBound(to: UInt16.self)
      for i in 0..<range.count { values[i] = Double(Float(bitPattern: UInt32(words[i]) << 16)) }
    case .some(let format) where format.containerBytes == 1:
      let bytes = first.assumingMemoryBound(to: UInt8.self)
      for i in 0..<range.count { values[i] = table[Int(bytes[i])] }
    case .some(let format) where format.containerBytes == 2:
      let words = first.assumingMemoryBound(to: UInt16.self)
      for i in 0..<range.count { values[i] = format.value(of: UInt32(words[i])) }
    case .some(let format):
      let words = first.assumingMemoryBound(to: UInt32.self)
      for i in 0..<range.count { values[i] = format.value(of: words[i]) }
    }
  }

  /// The value of a binary16: its magnitude's bits in FP32's fields are 2^-112 of it.
  @inline(__always)
  private static func binary16(_ bits: UInt16) -> Float {
    let magnitude = UInt32(bits & 0x7fff)
    let isSpecial: UInt32 = magnitude >= 0x7c00 ? 0x7f80_0000 : 0
    let scaled = (Float(bitPattern: magnitude << 13) * 0x1p112).bitPattern
    return Float(bitPattern: scaled | isSpecial | UInt32(bits & 0x8000) << 16)
  }
}

extension Format {
  /// The value of an encoding; bits above its width are ignored.
  fileprivate func value(of bits: UInt32) -> Double {
    let datum = decode(bits)
    if datum.isNaN { return .nan }
    let sign: FloatingPointSign = datum.isNegative ? .minus : .plus
    if datum.isInfinite { return sign == .minus ? -.infinity : .infinity }
    return Double(sign: sign, exponent: datum.exponent, significand: Double(datum.significand))
  }
}
