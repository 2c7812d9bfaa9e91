// SPDX-License-Identifier: Apache-2.0
import Formats

/// The structured operand lists, from the ends of the formats to dense patterns. The names of the
/// levels are TestFloat's; the lists are not.
enum OperandDensity {
  case boundary, level1, level2

  /// The values of one operand. `arity` bounds the list, because a campaign runs the cross product:
  /// documented in docs/verification.md with the resulting counts.
  func values(_ kind: OperandKind, arity: Int) -> [UInt64] {
    switch kind {
    case .float(let format): format.signed(magnitudes(format, arity: arity))
    case .int32, .int64: integers(kind.bitWidth)
    }
  }

  /// The second operands of scaleB.
  func scales(_ format: Format) -> [UInt64] {
    switch self {
    case .boundary: scaleExponents(format, step: format.precision)
    case .level1: scaleExponents(format, step: 5)
    case .level2: scaleExponents(format, step: 1)
    }
  }

  private func integers(_ width: Int) -> [UInt64] {
    switch self {
    case .boundary: return integerBoundaries(width: width, distance: 1)
    case .level1: return integerBoundaries(width: width, distance: 3)
    case .level2:
      // Two powers apart and their neighbours put a tie and its neighbours at every precision.
      let mask = width == 64 ? UInt64.max : (1 << UInt64(width)) - 1
      let pairs = (0..<width).flatMap { high in
        (0..<max(high, 1)).flatMap { low in
          [-1, 0, 1].flatMap { offset -> [UInt64] in
            let sum = (UInt64(1) << UInt64(high)) &+ (UInt64(1) << UInt64(low))
            let value = sum &+ UInt64(bitPattern: Int64(offset))
            return [value, 0 &- value, value &+ (1 << UInt64(low))].map { $0 & mask }
          }
        }
      }
      return distinct(integerBoundaries(width: width, distance: 3) + pairs)
    }
  }

  private func magnitudes(_ format: Format, arity: Int) -> [UInt64] {
    let all = Array(0..<(1 << format.exponentBits))
    switch self {
    case .boundary:
      return format.boundaryMagnitudes + (arity < 3 ? format.powerMagnitudes : [])
    case .level1:
      let fields = arity == 1 ? all : arity == 2 ? format.levelFields : format.coreFields
      let fractions =
        arity == 1
        ? format.bitFractions : arity == 2 ? format.levelFractions : format.coreFractions
      return format.structuredMagnitudes(fields: fields, fractions: fractions)
        + format.boundaryMagnitudes.filter { _ in arity < 3 }
    case .level2:
      let dense = arity == 1 || format.exponentBits <= 5 ? all : format.denseFields
      let fields = arity < 3 ? dense : format.levelFields
      let fractions =
        arity == 3
        ? format.levelFractions : arity == 1 ? format.runFractions : format.bitFractions
      return format.structuredMagnitudes(fields: fields, fractions: fractions)
        + format.boundaryMagnitudes
    }
  }
}

extension Format {
  /// About fifteen exponent fields: the ends, the middle, and the distances p and 2p around it.
  fileprivate var coreFields: [Int] {
    let last = (1 << exponentBits) - 1
    let p = precision
    return Array(
      Set([
        0, 1, 2, bias - 2 * p, bias - p, bias - p + 1, bias - 1, bias, bias + 1, bias + p - 1,
        bias + p, last - 2, last - 1,
      ]).filter { (0...last).contains($0) }
    ).sorted()
  }

  /// About thirty exponent fields: all of them in narrow formats; else the core ones, their
  /// neighbours, and those whose products and quotients meet the ends of the range.
  fileprivate var levelFields: [Int] {
    let last = (1 << exponentBits) - 1
    if exponentBits <= 5 { return Array(0...last) }
    let halves = [bias / 2, bias / 2 - fractionBits / 2, bias + bias / 2]
    let more =
      halves.flatMap { [$0 - 1, $0, $0 + 1] } + [bias - 2, bias + 2, bias - p1, bias + p1]
    return Array(Set((coreFields + more).filter { (0...last).contains($0) })).sorted()
  }

  /// About eighty exponent fields: those of level 1 with their neighbours, and every fifth.
  fileprivate var denseFields: [Int] {
    let last = (1 << exponentBits) - 1
    let near = levelFields.flatMap { [$0 - 1, $0, $0 + 1] }
    let regular = Array(stride(from: 0, through: last, by: 5))
    return Array(Set((near + regular).filter { (0...last).contains($0) })).sorted()
  }

  private var p1: Int { precision + 1 }

  /// Fractions 0, the lowest bit, all ones, and one bit below the middle with the lowest bit.
  fileprivate var coreFractions: [UInt64] {
    let ones = UInt64(fractionMask)
    return distinct([0, 1 & ones, ones, (ones >> 1) & ones])
  }

  /// The core fractions, the top bit alone and with its neighbours, and two alternating patterns.
  fileprivate var levelFractions: [UInt64] {
    let ones = UInt64(fractionMask)
    let top = (ones >> 1) &+ (ones == 0 ? 0 : 1)
    let alternating: UInt64 = 0x5555_5555 & ones
    return distinct(
      (coreFractions + [top, top | 1, ones & ~1, alternating, ~alternating]).map { $0 & ones })
  }

  /// Single ones, single zeros, and runs of ones from either end, with the fractions of level 1.
  fileprivate var bitFractions: [UInt64] {
    let ones = UInt64(fractionMask)
    let patterns = (0..<fractionBits).flatMap { k -> [UInt64] in
      let low = (UInt64(1) << UInt64(k)) - 1
      return [1 << UInt64(k), ~(1 << UInt64(k)), low, ~low]
    }
    return distinct((levelFractions + patterns).map { $0 & ones })
  }

  /// Every run of ones and every run of zeros, with the bit fractions.
  fileprivate var runFractions: [UInt64] {
    let ones = UInt64(fractionMask)
    let runs = (0..<fractionBits).flatMap { low in
      (low..<fractionBits).flatMap { high -> [UInt64] in
        let run = ((UInt64(2) << UInt64(high)) - 1) & ~((1 << UInt64(low)) - 1)
        return [run, ~run]
      }
    }
    return distinct((bitFractions + runs).map { $0 & ones })
  }
}
