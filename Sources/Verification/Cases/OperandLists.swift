// SPDX-License-Identifier: Apache-2.0
import Formats

/// Removes duplicates and keeps the order of first appearance.
func distinct(_ values: [UInt64]) -> [UInt64] {
  var seen = Set<UInt64>()
  return values.filter { seen.insert($0).inserted }
}

extension Format {
  /// Each magnitude with both signs, as encodings without duplicates.
  func signed(_ magnitudes: [UInt64]) -> [UInt64] {
    let sign = UInt64(signMask)
    let kept = distinct(magnitudes.map { $0 & UInt64(magnitudeMask) })
    return sign == 0 ? kept : kept + kept.map { $0 | sign }
  }

  /// Infinity and NaNs: the canonical one, the quiet and signaling ones with the smallest and the
  /// largest payloads.
  var specialMagnitudes: [UInt64] {
    guard hasNaN else { return [] }
    guard let infinity else { return [UInt64(canonicalNaN ?? 0)] }
    let payloads = [0, quietBit, quietBit | 1, 1, quietBit &- 1, fractionMask]
    return payloads.map { UInt64(infinity | ($0 & fractionMask)) }
  }

  /// Zeros, the ends and the middle of the subnormals, the smallest normal number, 1/2, 1, 3/2, 2,
  /// 2^(p-1), 2^p and the largest number, each with its neighbours, infinity and NaNs.
  var boundaryMagnitudes: [UInt64] {
    func near(_ value: UInt64, _ distance: Int) -> [UInt64] {
      (-distance...distance).map { stepped(value, by: $0) }
    }
    func power(_ exponent: Int) -> UInt64 { FiniteValue(1, exponent: exponent).encoding(self) }
    let subnormals = hasZero ? [0, 1, 2, 3, UInt64(smallestNormal) / 2] : [0, 1, 2]
    return subnormals + near(UInt64(smallestNormal), 2) + near(UInt64(one), 2)
      + near(power(-1), 1) + near(power(1), 1) + [FiniteValue(3, exponent: -1).encoding(self)]
      + near(power(precision - 1), 1) + near(power(precision), 1)
      + (0...2).map { stepped(UInt64(largestFinite), by: -$0) } + specialMagnitudes
  }

  /// The powers of two with their neighbours, subnormal ones included.
  var powerMagnitudes: [UInt64] {
    exponentRange.flatMap { exponent in
      let power = FiniteValue(1, exponent: exponent).encoding(self)
      return (-1...1).map { stepped(power, by: $0) }
    }
  }

  /// The combinations of exponent fields and fraction fields, and the special values.
  func structuredMagnitudes(fields: [Int], fractions: [UInt64]) -> [UInt64] {
    let last = (1 << exponentBits) - 1
    return fields.filter { (0...last).contains($0) }.flatMap { field in
      fractions.map { UInt64(field) << UInt64(fractionBits) | $0 & UInt64(fractionMask) }
    } + specialMagnitudes
  }
}

/// Integers near zero, near every power of two and near the ends of a two's-complement type of
/// `width` bits, right-aligned.
func integerBoundaries(width: Int, distance: Int) -> [UInt64] {
  let mask = width == 64 ? UInt64.max : (1 << UInt64(width)) - 1
  let magnitudes = (0..<width).flatMap { power in
    (-distance...distance).map { (UInt64(1) << UInt64(power)) &+ UInt64(bitPattern: Int64($0)) }
  }
  return distinct((magnitudes + magnitudes.map { 0 &- $0 }).map { $0 & mask })
}

/// The second operands of scaleB that can matter to a format, and the ends of Int32.
func scaleExponents(_ format: Format, step: Int) -> [UInt64] {
  let range = format.exponentRange
  let span = range.upperBound - range.lowerBound + format.precision + 4
  let near = Array(-8...8) + Array(stride(from: -span, through: span, by: step))
  let far = [span, -span, 2 * span, -2 * span, 1 << 16, -(1 << 16), Int(Int32.max), Int(Int32.min)]
  return distinct(
    (near + far + [Int(Int32.max) - 1, Int(Int32.min) + 1]).map {
      UInt64(UInt32(bitPattern: Int32($0)))
    })
}
