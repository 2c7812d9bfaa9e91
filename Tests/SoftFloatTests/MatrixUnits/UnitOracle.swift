// SPDX-License-Identifier: Apache-2.0

import Formats

@testable import SoftFloat

/// What units compute, written from the published descriptions in exact numbers; finite operands alone.
struct UnitOracle {
  /// A rule that is broken on purpose.
  enum Fault: CaseIterable {
    /// Negative terms are rounded down instead of cut off.
    case floor
    /// One bit more is kept.
    case finer
    /// One bit less is kept.
    case coarser
    /// Products of 2 and more count with their own exponent.
    case normalised
    /// c is added to the rounded sum of the products.
    case late
    /// The sum is rounded to nearest.
    case nearest
  }

  var row: MatrixUnitRow
  var formats: (Format, Format)
  var fault: Fault?

  /// d = f(a, b, c).
  func dotAdd(_ a: [Float], _ b: [Float], _ c: Float) -> Float {
    switch row.method {
    case .truncated(let sum): return truncated(sum, a, b, c, row.accumulator)
    case .truncatedHalves(let sum):
      func half(_ values: [Float], _ isSecond: Bool) -> [Float] {
        values.enumerated().filter { ($0.offset & 2 != 0) == isSecond }.map(\.element)
      }
      let first = truncated(sum, half(a, false), half(b, false), 0, .fp32)
      let second = truncated(sum, half(a, true), half(b, true), first, .fp32)
      let exact = FixedPoint(second) + FixedPoint(c)
      return row.accumulator == .fp16 ? nearest16(exact) : exact.nearestSingle
    case .exact:
      return products(a, b).reduce(FixedPoint(c), +).nearestSingle
    case .pairs:
      let pair = products(a, b).reduce(FixedPoint(), +).nearestSingle
      return (FixedPoint(c) + FixedPoint(pair)).nearestSingle
    case .flushed: return flushed(a, b, c)
    case .aligned: return aligned(a, b, c)
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

  private func truncated(
    _ sum: TruncatedSum, _ a: [Float], _ b: [Float], _ c: Float,
    _ accumulator: Accumulation.SumFormat
  ) -> Float {
    let terms = products(a, b)
    let start = accumulator == .fp16 ? Format.fp16 : .fp32
    var exponents = [exponent(c, start) ?? sum.zeroExponent]
    if fault == .late { exponents = [sum.zeroExponent] }
    for (k, term) in terms.enumerated() {
      guard let x = exponent(a[k], formats.0), let y = exponent(b[k], formats.1) else {
        exponents.append(sum.zeroExponent)
        continue
      }
      exponents.append(fault == .normalised ? term.exponent : x + y)
    }
    var kept = sum.fractionBits
    if fault == .finer { kept += 1 }
    if fault == .coarser { kept -= 1 }
    let grid = (exponents.max() ?? 0) - kept
    let aligned = (terms + (fault == .late ? [] : [FixedPoint(c)])).map {
      $0.rounded(toGrid: grid, fault == .floor ? .down : .towardZero)
    }
    let total = aligned.reduce(FixedPoint(), +)
    let direction: FixedPoint.Direction = fault == .nearest ? .nearest : .towardZero
    let result: Float
    switch sum.conversion {
    case .towardZero:
      result = total.rounded(fractionBits: 23, smallest: -126, direction).single
    case .towardZero13:
      result = total.rounded(fractionBits: 13, smallest: -126, direction).single
    case .nearest16: result = nearest16(total)
    }
    return fault == .late ? (FixedPoint(result) + FixedPoint(c)).nearestSingle : result
  }

  private func nearest16(_ x: FixedPoint) -> Float {
    let value = x.rounded(fractionBits: 10, smallest: -14, .nearest).single
    return value.magnitude > 65504 ? Float(signOf: value, magnitudeOf: .infinity) : value
  }

  private func flushed(_ a: [Float], _ b: [Float], _ c: Float) -> Float {
    func read(_ x: Float, _ format: Format) -> Float {
      x != 0 && Int(x.exponent) < format.minExponent ? 0 : x
    }
    func result(_ x: FixedPoint) -> Float { read(x.nearestSingle, .fp32) }
    func sum(_ x: Float, _ y: Float) -> Float { result(FixedPoint(x) + FixedPoint(y)) }
    let m = a.indices.map {
      result(FixedPoint(read(a[$0], formats.0)) * FixedPoint(read(b[$0], formats.1)))
    }
    let pair = sum(m[0], m[1])
    return sum(read(c, .fp32), m.count == 2 ? pair : sum(pair, sum(m[2], m[3])))
  }

  private func aligned(_ a: [Float], _ b: [Float], _ c: Float) -> Float {
    let terms = products(a, b)
    let exponents = a.indices.compactMap { k in
      exponent(a[k], formats.0).flatMap { x in exponent(b[k], formats.1).map { x + $0 } }
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

extension MatrixUnitRow {
  /// The walk along vectors of any length, the last step filled up with zeros.
  func walk(
    _ a: [Float], _ b: [Float], _ c: Float, _ formats: (Format, Format),
    step: ([Float], [Float], Float) -> Float
  ) -> Float {
    stride(from: 0, to: a.count, by: terms).reduce(c) { sum, first in
      func block(_ values: [Float]) -> [Float] {
        let some = Array(values[first..<min(first + terms, values.count)])
        return some + [Float](repeating: 0, count: terms - some.count)
      }
      return step(block(a), block(b), sum)
    }
  }

  /// The walk by the definition.
  func walk(_ a: [Float], _ b: [Float], _ c: Float = 0, _ formats: (Format, Format)) -> Float {
    walk(a, b, c, formats) { x, y, sum in
      x.withUnsafeBufferPointer { x in
        y.withUnsafeBufferPointer { y in dotAdd(x, y, sum, formats: formats) }
      }
    }
  }
}
