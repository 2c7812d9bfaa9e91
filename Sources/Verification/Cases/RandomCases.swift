// SPDX-License-Identifier: Apache-2.0
import Formats

/// Seeded random operands, three distributions in turn by index: uniform bit patterns; uniform
/// exponents with sparse or dense significands; operands close to each other, so that sums cancel.
struct RandomCases: CaseSet {
  let count: UInt64
  let seed: UInt64
  let operation: ArithmeticOperation
  let format: Format

  func fill(from start: UInt64, count: Int, into buffers: OperandBuffers) {
    let kinds = operation.operandKinds(format)
    for i in 0..<count {
      let index = start + UInt64(i)
      var random = CounterRandom(seed: seed, index: index)
      switch index % 3 {
      case 0:
        buffers.a[i] = uniform(kinds[0], &random)
        if kinds.count > 1 { buffers.b[i] = uniform(kinds[1], &random) }
        if kinds.count > 2 { buffers.c[i] = uniform(kinds[2], &random) }
      case 1:
        buffers.a[i] = spread(kinds[0], &random)
        if kinds.count > 1 { buffers.b[i] = spread(kinds[1], &random) }
        if kinds.count > 2 { buffers.c[i] = spread(kinds[2], &random) }
      default:
        let a = spread(kinds[0], &random)
        buffers.a[i] = a
        if kinds.count == 2 {
          buffers.b[i] = kinds[1] == .int32 ? scale(of: a, &random) : near(a, &random)
        } else if kinds.count == 3 {
          let b = spread(kinds[1], &random)
          buffers.b[i] = b
          buffers.c[i] = nearProduct(a, b, &random)
        }
      }
    }
  }

  private func uniform(_ kind: OperandKind, _ random: inout CounterRandom) -> UInt64 {
    random.next() & (UInt64.max >> UInt64(64 - kind.bitWidth))
  }

  /// A uniform exponent; the fraction is random bits, or the AND or OR of two random words.
  private func spread(_ kind: OperandKind, _ random: inout CounterRandom) -> UInt64 {
    guard case .float(let format) = kind else {
      let width = UInt64(random.below(kind.bitWidth))
      let magnitude = random.next() >> (63 - width)
      let mask = UInt64.max >> UInt64(64 - kind.bitWidth)
      return (random.bool() ? magnitude : 0 &- magnitude) & mask
    }
    let words = (random.next(), random.next())
    let fraction: UInt64
    switch words.1 & 3 {
    case 0: fraction = words.0 & (words.0 >> 32)
    case 1: fraction = words.0 | (words.0 >> 32)
    default: fraction = words.0
    }
    let field = random.below(1 << format.exponentBits)
    let sign = words.1 >> 63 == 1 ? UInt64(format.signMask) : 0
    return sign | UInt64(field) << UInt64(format.fractionBits)
      | fraction & UInt64(format.fractionMask)
  }

  /// A number that shares its leading bits with another, of either sign, up to a factor of 4.
  private func near(_ a: UInt64, _ random: inout CounterRandom) -> UInt64 {
    let depth = UInt64(random.below(format.fractionBits + 1))
    let changed = a ^ (random.next() & ((1 << depth) - 1))
    let steps = (random.below(5) - 2) << format.fractionBits
    let sign = random.bool() ? UInt64(format.signMask) : 0
    return format.stepped(changed, by: random.bool() ? steps : 0) ^ sign
  }

  /// A number near the negated product of two, in the last places or in the exponent.
  private func nearProduct(_ a: UInt64, _ b: UInt64, _ random: inout CounterRandom) -> UInt64 {
    let x = FiniteValue(encoding: a, format: format)
    let y = FiniteValue(encoding: b, format: format)
    let shift = random.bool() ? 0 : random.within(-2 * format.precision...2 * format.precision)
    let product = FiniteValue(
      negative: random.below(4) > 0 ? x.negative == y.negative : random.bool(),
      x.significand * y.significand, exponent: x.exponent + y.exponent + shift)
    return format.stepped(product.encoding(format), by: random.within(-3...3))
  }

  /// An Int32 that scales a number into or near the format's range.
  private func scale(of a: UInt64, _ random: inout CounterRandom) -> UInt64 {
    let value = FiniteValue(encoding: a, format: format)
    let range = format.exponentRange
    let target = random.within(range.lowerBound - 4...range.upperBound + 4)
    let exponent = value.significand == 0 ? 0 : value.leadingExponent
    return UInt64(UInt32(bitPattern: Int32(target - exponent)))
  }
}
