// SPDX-License-Identifier: Apache-2.0
import Formats

/// What units compute, written from the published descriptions in exact numbers. Its parameters are
/// its own (`UnitRule`); of the code it takes the names of units and formats alone.
package struct UnitOracle: Sendable {
  package var rule: UnitRule
  package let formats: (Format, Format)
  /// The format of the first c.
  package var addend: Format

  /// The oracle of a unit for two formats; nil where the descriptions have none.
  package init?(
    _ unit: MatrixUnit, _ a: Format, _ b: Format, _ accumulator: Accumulation.SumFormat,
    shape: MatrixInstructionShape? = nil
  ) {
    guard let rule = UnitRule(unit, a, b, accumulator, shape) else { return nil }
    self.rule = rule
    formats = (a, b)
    addend = accumulator == .fp16 ? .fp16 : .fp32
  }

  /// d = f(a, b, c).
  package func dotAdd(_ a: [Float], _ b: [Float], _ c: Float) -> Float {
    switch rule.function {
    case .fused:
      let (x, y) = (a.map(read), b.map(read))
      if let special = special(x, y, c) { return special }
      return fused(x, y, c, formats, addend)
    case .throughFP16: return throughFP16(a, b, c)
    case .exact:
      return products(a, b).reduce(FixedPoint(c), +).nearestSingle
    case .pairs:
      let pair = products(a, b).reduce(FixedPoint(), +).nearestSingle
      return (FixedPoint(c) + FixedPoint(pair)).nearestSingle
    case .flushed: return flushed(a, b, c)
    case .aligned: return aligned(a.map(read), b.map(read), c)
    case .chains:
      var t: [Float] = [0, 0]
      for k in a.indices {
        let product = FixedPoint(daz(a[k])) * FixedPoint(daz(b[k]))
        t[k % 2] = flushedAfterRounding(product + FixedPoint(t[k % 2]))
      }
      let sum = flushedAfterRounding(FixedPoint(t[0]) + FixedPoint(t[1]))
      return flushedAfterRounding(FixedPoint(daz(c)) + FixedPoint(sum))
    case .oddPairs:
      func odd(_ x: FixedPoint) -> Float {
        if x.isOverflow { return .nan }
        if x.isZero || x.exponent < -126 { return 0 }
        return x.rounded(fractionBits: 23, smallest: -126, .odd).single
      }
      let terms = a.indices.map { odd(FixedPoint(daz(a[$0])) * FixedPoint(daz(b[$0]))) }
      let pair = odd(FixedPoint(terms[0]) + FixedPoint(terms[1]))
      return odd(FixedPoint(daz(c)) + FixedPoint(pair))
    }
  }

  /// Whether a result is what exact numbers give; nil where the published descriptions leave it to
  /// IEEE's rules for infinities on the way, which the oracle does not know.
  ///
  /// Where the rule says nothing of the sign of a zero any is right.
  package func agrees(_ result: Float, _ a: [Float], _ b: [Float], _ c: Float) -> Bool? {
    let isOfNVIDIA = rule.function == .fused || rule.function == .throughFP16
    guard isOfNVIDIA || (a + b + [c]).allSatisfy(\.isFinite) else { return nil }
    let expected = dotAdd(a, b, c)
    if isOfNVIDIA || expected.bitPattern == result.bitPattern {
      return expected.bitPattern == result.bitPattern
    }
    guard expected.isFinite || result.isFinite else { return nil }
    // CDNA3 makes infinities of such products first.
    if rule.function == .aligned,
      zip(a.map(read), b.map(read)).contains(where: {
        (Double($0) * Double($1)).magnitude >= 0x1p128
      })
    {
      return nil
    }
    return rule.function != .flushed && expected == 0 && result == 0
  }

  /// TF32 operands: the low 13 bits are cleared first, whatever they are.
  private func read(_ x: Float) -> Float {
    rule.clearsLowBits ? Float(bitPattern: x.bitPattern & 0xffff_e000) : x
  }

  /// The hardware's: 7FFFFFFF, and 7FFF of FP16.
  private var nan: Float { Float(bitPattern: rule.isHalf ? 0x7fff_e000 : 0x7fff_ffff) }

  /// NaN of a NaN operand, of infinity times zero and of infinities of both signs; otherwise an
  /// infinity there is.
  private func special(_ a: [Float], _ b: [Float], _ c: Float) -> Float? {
    let terms = zip(a, b).map { $0 * $1 } + [c]
    let operands = a + b + [c]
    if operands.contains(where: \.isNaN) { return nan }
    guard operands.contains(where: \.isInfinite) else { return nil }
    // A product of finite numbers that leaves FP32's range is a finite term of the sum.
    var infinities: Set<Float> = []
    for (k, term) in terms.enumerated() {
      let factors = k < a.count ? [a[k], b[k]] : [c]
      guard factors.contains(where: \.isInfinite) else { continue }
      if term.isNaN { return nan }
      infinities.insert(term)
    }
    return infinities.count > 1 ? nan : infinities.first
  }

  private func products(_ a: [Float], _ b: [Float]) -> [FixedPoint] {
    zip(a, b).map { FixedPoint($0) * FixedPoint($1) }
  }

  private func daz(_ x: Float) -> Float { x.isSubnormal ? 0 : x }

  private func flushedAfterRounding(_ x: FixedPoint) -> Float {
    let unbounded = x.rounded(fractionBits: 23, smallest: -400, .nearest)
    return x.isOverflow
      ? .nan : unbounded.isZero || unbounded.exponent < -126 ? 0 : unbounded.single
  }

  /// The exponent of a number, no less than its format's smallest; that of a zero is nil.
  private func exponent(_ x: Float, _ format: Format) -> Int? {
    x == 0 ? nil : max(Int(x.exponent), format.minExponent)
  }

  /// FP8 by `mma.sync`: operands become FP16; the terms with k mod 4 < 2 are summed from 0 as the
  /// FP16 instruction into the same format would, then the others from that; the sum and C are
  /// added.
  private func throughFP16(_ a: [Float], _ b: [Float], _ c: Float) -> Float {
    func group(_ values: [Float], _ members: ClosedRange<Int>) -> [Float] {
      values.indices.filter { members.contains($0 % 4) }.map { values[$0] }
    }
    let half: (Format, Format) = (.fp16, .fp16)
    var x: Float = 0
    // The second instruction's C is the first one's result, which may have become infinite.
    for members in [0...1, 2...3] {
      let (first, second) = (group(a, members), group(b, members))
      x =
        special(first, second, x)
        ?? fused(first, second, x, half, rule.isHalf ? .fp16 : .fp32)
    }
    guard x.isFinite, c.isFinite else { return (x + c).isNaN ? nan : x + c }
    let sum = FixedPoint(x) + FixedPoint(c)
    return rule.isHalf ? nearest16(sum) : sum.nearestSingle
  }

  private func fused(
    _ a: [Float], _ b: [Float], _ c: Float, _ formats: (Format, Format), _ start: Format
  ) -> Float {
    let terms = products(a, b)
    var exponents = [exponent(c, start) ?? rule.zeroExponent]
    for k in terms.indices {
      guard let x = exponent(a[k], formats.0), let y = exponent(b[k], formats.1) else {
        exponents.append(rule.zeroExponent)
        continue
      }
      exponents.append(x + y)
    }
    let grid = (exponents.max() ?? 0) - rule.fractionBits
    let total = (terms + [FixedPoint(c)]).map { $0.rounded(toGrid: grid, rule.cut) }
      .reduce(FixedPoint(), +)
    return rule.isHalf
      ? nearest16(total)
      : total.rounded(fractionBits: rule.resultBits, smallest: -126, .towardZero).single
  }

  private func nearest16(_ x: FixedPoint) -> Float {
    let value = x.rounded(fractionBits: 10, smallest: -14, .nearest).single
    return value.magnitude > 65504 ? Float(signOf: value, magnitudeOf: .infinity) : value
  }

  private func flushed(_ a: [Float], _ b: [Float], _ c: Float) -> Float {
    func read(_ x: Float, _ format: Format) -> Float {
      x == 0 || Int(x.exponent) < format.minExponent ? 0 : x
    }
    // A zero that comes of flushing keeps the sign; one of a product has the sign of the factors,
    // one of a sum is negative where both terms are.
    func result(_ x: FixedPoint, zeroIsNegative: Bool) -> Float {
      if x.isOverflow { return .nan }
      let rounded = x.nearestSingle
      if x.isZero { return zeroIsNegative ? -0.0 : 0 }
      return Int(rounded.exponent) < -126 || rounded == 0 ? (x.isNegative ? -0.0 : 0) : rounded
    }
    func sum(_ x: Float, _ y: Float) -> Float {
      result(
        FixedPoint(x) + FixedPoint(y), zeroIsNegative: x.sign == .minus && y.sign == .minus)
    }
    let m = a.indices.map { k in
      let (x, y) = (read(a[k], formats.0), read(b[k], formats.1))
      return result(
        FixedPoint(x) * FixedPoint(y), zeroIsNegative: (x.sign == .minus) != (y.sign == .minus))
    }
    let pair = sum(m[0], m[1])
    return sum(read(c, .fp32), m.count == 2 ? pair : sum(pair, sum(m[2], m[3])))
  }

  private func aligned(_ a: [Float], _ b: [Float], _ c: Float) -> Float {
    let terms = products(a, b)
    let read: (Format, Format) = rule.clearsLowBits ? (.tf32, .tf32) : formats
    let exponents = a.indices.compactMap { k in
      exponent(a[k], read.0).flatMap { x in exponent(b[k], read.1).map { x + $0 } }
    }
    let start = exponent(c, .fp32) ?? -126
    let own = exponents.max() ?? start
    let largest = max(own, start)
    let sum = terms.map { $0.rounded(toGrid: own - 24, .towardZero) }.reduce(FixedPoint(), +)
    let total =
      sum.rounded(toGrid: largest - 32, .down)
      + FixedPoint(c).rounded(toGrid: largest - 24, .down)
    return total.rounded(fractionBits: 31, smallest: -126, .down).nearestSingle
  }
}
