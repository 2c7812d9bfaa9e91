// SPDX-License-Identifier: Apache-2.0
import Formats

extension MatrixUnitRow {
  /// d = f(a, b, c) by the definition, in integers or by the operations of `Arithmetic`: what every
  /// faster computation has to equal.
  ///
  /// - Parameters:
  ///   - a: L values of the first format.
  ///   - b: L values of the second.
  ///   - c: a value of the accumulator's format, as all results are, or of `addend`.
  ///   - formats: the formats of a and of b.
  ///   - addend: the format of c where it is another than the accumulator's.
  public func dotAdd(
    _ a: UnsafeBufferPointer<Float>, _ b: UnsafeBufferPointer<Float>, _ c: Float,
    formats: (Format, Format), addend: Format? = nil
  ) -> Float {
    precondition(a.count == terms && b.count == terms)
    let addend = addend ?? accumulator.format
    guard readsTF32 else { return definition(a, b, c, formats, addend) }
    return withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * terms) { read in
      for i in 0..<terms {
        read.initializeElement(at: i, to: Self.tf32(a[i]))
        read.initializeElement(at: terms + i, to: Self.tf32(b[i]))
      }
      let operands = UnsafeBufferPointer(read)
      return definition(
        UnsafeBufferPointer(rebasing: operands[..<terms]),
        UnsafeBufferPointer(rebasing: operands[terms...]), c, formats, addend)
    }
  }

  /// What a unit reads of an FP32 operand: its low 13 bits are cleared, so that a NaN that has no
  /// others becomes an infinity.
  @inline(__always)
  static func tf32(_ x: Float) -> Float { Float(bitPattern: x.bitPattern & ~0x1fff) }

  private func definition(
    _ a: UnsafeBufferPointer<Float>, _ b: UnsafeBufferPointer<Float>, _ c: Float,
    _ formats: (Format, Format), _ addend: Format
  ) -> Float {
    switch method {
    case .truncated(let sum):
      return sum.dotAdd(a, b, c, formats, addend)
    case .truncatedHalves(let sum):
      return sum.halves(a, b, c, accumulator)
    case .exact:
      return UnitSpecials.result(a, b, c) ?? ExactSum.rounded(a, b, c)
    case .flushed:
      let result = FlushedSum.dotAdd(
        terms, { a[$0] }, { b[$0] }, c,
        smallest: (FlushedSum.smallest(formats.0), FlushedSum.smallest(formats.1)))
      return result.isNaN ? .nan : result
    case .aligned:
      return AlignedSum.dotAdd(a, b, c, formats)
    case .chains:
      return UnitOperations.chains(a, b, c)
    case .oddPairs:
      return UnitOperations.oddPairs(a, b, c)
    case .pairs:
      return UnitSpecials.result(a, b, c)
        ?? UnitOperations.nearestSum(c, ExactSum.rounded(a, b, 0), .fp32)
    }
  }
}

extension TruncatedSum {
  /// ρ(Σ), Σ the sum of c and the products, each cut off F bits below the largest of their
  /// exponents.
  func dotAdd(
    _ a: UnsafeBufferPointer<Float>, _ b: UnsafeBufferPointer<Float>, _ c: Float,
    _ formats: (Format, Format), _ addend: Format
  ) -> Float {
    if let special = UnitSpecials.result(a, b, c) {
      return special.isNaN ? conversion.nan : special
    }
    let start = UnitTerm(c, addend)
    func product(_ i: Int) -> UnitTerm { UnitTerm(a[i], formats.0) * UnitTerm(b[i], formats.1) }
    var largest = start.isZero ? zeroExponent : start.exponent
    for i in a.indices {
      let term = product(i)
      largest = max(largest, term.isZero ? zeroExponent : term.exponent)
    }
    let unit = largest - fractionBits
    var sum = start.truncated(toUnit: unit, fractionBits: UnitTerm.fractionBits)
    for i in a.indices {
      sum += product(i).truncated(toUnit: unit, fractionBits: 2 * UnitTerm.fractionBits)
    }
    return conversion.result(sum, unit: unit)
  }

  /// The sum of half the terms and then of the others, added to c; the terms have become FP16.
  func halves(
    _ a: UnsafeBufferPointer<Float>, _ b: UnsafeBufferPointer<Float>, _ c: Float,
    _ accumulator: Accumulation.SumFormat
  ) -> Float {
    var x: Float = 0
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 2 * terms) { half in
      for isSecond in [false, true] {
        var next = 0
        for k in a.indices where (k % 4 >= 2) == isSecond {
          half.initializeElement(at: next, to: a[k])
          half.initializeElement(at: terms + next, to: b[k])
          next += 1
        }
        let operands = UnsafeBufferPointer(half)
        x = dotAdd(
          UnsafeBufferPointer(rebasing: operands[..<terms]),
          UnsafeBufferPointer(rebasing: operands[terms...]), x, (.fp16, .fp16),
          accumulator.format)
      }
    }
    let sum = UnitOperations.nearestSum(x, c, accumulator)
    return sum.isNaN ? conversion.nan : sum
  }
}

extension TruncatedSum.Conversion {
  /// The NaN of the hardware: 7FFFFFFF, or the value in FP32 of FP16's 7FFF.
  var nan: Float {
    switch self {
    case .towardZero, .towardZero13: Float(bitPattern: 0x7fff_ffff)
    case .nearest16: Float(bitPattern: 0x7fff_e000)
    }
  }

  /// sum · 2^unit converted; a result of zero is +0.
  func result(_ sum: Int64, unit: Int) -> Float {
    let (format, rounding): (Format, Rounding) =
      switch self {
      case .towardZero: (.fp32, .towardZero)
      case .towardZero13: (Format(exponentBits: 8, fractionBits: 13), .towardZero)
      case .nearest16: (.fp16, .nearestEven)
      }
    let rounded = Arithmetic.round(
      negative: sum < 0, significand: sum.magnitude, exponent: unit, to: format,
      semantics: Semantics(rounding: rounding))
    if rounded.flags.contains(.overflow) { return sum < 0 ? -.infinity : .infinity }
    return UnitOperations.single(rounded.value, format) + 0
  }
}

extension Accumulation.SumFormat {
  /// The format; FP64 has none of at most 32 bits, and no unit here sums in it.
  var format: Format {
    switch self {
    case .fp16: .fp16
    case .bf16: .bf16
    case .fp32, .fp64: .fp32
    }
  }
}
