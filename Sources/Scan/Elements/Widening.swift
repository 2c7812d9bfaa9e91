// SPDX-License-Identifier: Apache-2.0
import Formats
import TensorFiles

/// The elements of a stored type as FP32 numbers.
///
/// All but FP64's are exact. FP64's are rounded to odd: a later rounding to 22 bits or fewer is then
/// that of the number itself (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums",
/// 2008, theorem 2), and an error is off by less than 2^-23 of the element.
struct Widening: Sendable {
  /// What an element is.
  let type: ElementType
  /// The numbers of all encodings of a type of at most 8 bits.
  private let table: [Float]

  /// The widening of a type; nil for one that holds no numbers to round: whole numbers, truth
  /// values, scales.
  init?(_ type: ElementType) {
    self.type = type
    switch type {
    case .bool, .uint8, .int8, .int16, .uint16, .int32, .uint32, .int64, .uint64, .e8m0:
      return nil
    case .e2m1: table = Self.values(.e2m1)
    case .e2m3: table = Self.values(.e2m3)
    case .e3m2: table = Self.values(.e3m2)
    case .e5m2: table = Self.values(.e5m2)
    case .e4m3: table = Self.values(.e4m3)
    case .fp16, .bf16, .fp32, .fp64: table = []
    }
  }

  /// Whether no number has more than eight fraction bits.
  var hasShortFractions: Bool {
    switch type {
    case .fp16, .fp32, .fp64: false
    default: true
    }
  }

  private static func values(_ format: Format) -> [Float] {
    (0..<UInt32(format.encodingCount)).map { bits in
      let decoded = format.decode(bits)
      if decoded.isNaN { return .nan }
      let sign: FloatingPointSign = decoded.isNegative ? .minus : .plus
      if decoded.isInfinite {
        return Float(signOf: sign == .minus ? -1 : 1, magnitudeOf: .infinity)
      }
      return Float(sign: sign, exponent: decoded.exponent, significand: Float(decoded.significand))
    }
  }

  /// Widens elements, without those that share the first byte and come before them.
  ///
  /// - Precondition: as many bytes as the elements take; none is skipped of whole bytes.
  func widen(
    _ bytes: UnsafeRawBufferPointer, into values: UnsafeMutablePointer<Float>, count: Int,
    skipping skipped: Int = 0
  ) {
    precondition(bytes.count * 8 >= (skipped + count) * type.bitWidth)
    guard let base = bytes.baseAddress else { return }
    switch type {
    case .fp32:
      for i in 0..<count {
        values[i] = Float(bitPattern: base.loadUnaligned(fromByteOffset: 4 &* i, as: UInt32.self))
      }
    case .bf16:
      for i in 0..<count {
        let bits = base.loadUnaligned(fromByteOffset: 2 &* i, as: UInt16.self)
        values[i] = Float(bitPattern: UInt32(bits) &<< 16)
      }
    case .fp16:
      for i in 0..<count {
        let bits = base.loadUnaligned(fromByteOffset: 2 &* i, as: UInt16.self)
        values[i] = Float(Float16(bitPattern: bits))
      }
    case .fp64:
      for i in 0..<count {
        values[i] = Self.roundedToOdd(
          Double(bitPattern: base.loadUnaligned(fromByteOffset: 8 &* i, as: UInt64.self)))
      }
    case .e2m1:
      // The first of two elements lies in the lower half of the byte.
      for i in 0..<count {
        let place = i + skipped
        values[i] = table[Int(bytes[place / 2] >> UInt8(4 * (place % 2)) & 0xf)]
      }
    case .e2m3, .e3m2:
      for i in 0..<count {
        let bit = 6 * (i + skipped)
        let low = UInt16(bytes[bit / 8])
        let high = bit / 8 + 1 < bytes.count ? UInt16(bytes[bit / 8 + 1]) : 0
        values[i] = table[Int((low | high << 8) >> UInt16(bit % 8) & 0x3f)]
      }
    default:
      table.withUnsafeBufferPointer { table in
        for i in 0..<count { values[i] = table[Int(bytes[i])] }
      }
    }
  }

  /// x rounded to FP32: the neighbour with the odd last bit where it is none. Beyond FP32's range
  /// the largest finite number, whose last bit is odd.
  static func roundedToOdd(_ x: Double) -> Float {
    guard x.isFinite else { return Float(x) }
    var nearest = Float(x)
    if Double(nearest) == x { return nearest }
    if nearest.magnitude == .infinity {
      return Float(signOf: nearest, magnitudeOf: .greatestFiniteMagnitude)
    }
    guard nearest.bitPattern & 1 == 0 else { return nearest }
    // Even and inexact: the other neighbour of x is the odd one.
    let isAbove = Double(nearest.magnitude) > x.magnitude
    let magnitude = nearest.magnitude.bitPattern
    nearest = Float(bitPattern: isAbove ? magnitude - 1 : magnitude + 1)
    return x.sign == .minus ? -nearest : nearest
  }
}
