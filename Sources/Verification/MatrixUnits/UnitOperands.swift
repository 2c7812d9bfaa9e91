// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat

/// The operands of one product of a unit, a pure function of (seed, index): matrices of a few rows
/// and columns with an inner index of up to three steps and two terms more, stored either way
/// round.
struct UnitOperands {
  /// What the elements are like.
  private enum Style: Int, CaseIterable {
    /// Any encodings.
    case any
    /// Numbers of either sign within some binades, a few with every fraction bit set.
    case near
    /// The same, each other term the negative of the one before, or nearly.
    case cancelling
    /// Two large terms that cancel, among others so much smaller that bits of them may be cut off.
    case revealing
    /// Numbers whose products are near the smallest of the sums, and zeros.
    case tiny
    /// Numbers beside powers of two, of which two make the smallest normal number of the sums,
    /// others far less, among zeros.
    case threshold
    /// The same at half the last place of C, others some binades below.
    case ties
    /// Numbers of either sign within some binades among zeros.
    case sparse
    /// Ends of the format, infinities and NaNs where it has them.
    case ends
    /// The ends of the format among ordinary numbers.
    case mixed
  }

  let shape: ProductShape
  let isTransposed: (Bool, Bool)
  /// Row-major, not transposed.
  private(set) var a: [Float]
  private(set) var b: [Float]
  /// What the sums begin with; nil where nothing is added.
  private(set) var c: [Float]?
  /// Whether c is of FP16 while the sums are FP32.
  let hasHalfAddend: Bool

  private static let rows = 1...5
  private static let columns = 1...20
  /// The most results of a product.
  static let mostResults = rows.upperBound * columns.upperBound

  /// The longest inner index of a unit with so many terms a step.
  private static func mostInner(_ terms: Int) -> Int { 3 * terms + 2 }
  /// The most steps of a result: of a unit with one term a step, each term is one.
  static let mostSteps = mostInner(1)

  /// The operands at an index for a row that takes two formats.
  init(_ row: MatrixUnitRow, _ formats: (Format, Format), seed: UInt64, index: UInt64) {
    var random = CounterRandom(seed: seed, index: index)
    let style = Style.allCases[Int(index % UInt64(Style.allCases.count))]
    shape = ProductShape(
      rows: random.within(Self.rows),
      inner: random.within(1...(random.bool() ? row.terms : Self.mostInner(row.terms))),
      columns: random.within(Self.columns))
    isTransposed = (random.bool(), random.bool())
    let (inner, columns) = (shape.inner, shape.columns)
    let root = row.accumulator.smallestExponent / 2
    let center =
      switch style {
      case .tiny: root + random.within(-4...4)
      case .threshold: root
      default: random.within(-12...4)
      }
    let depth = style == .revealing ? random.within(4...17) : 0
    let pair = random.below(max(1, inner - 1))
    // Of each term: none, the smallest normal number, or far less; of ties one at half the last
    // place of C, and one below it.
    let below = style == .ties ? random.within(3...5) : 12
    let roles = (0..<inner).map { k -> Int? in
      guard style == .ties else { return [nil, nil, 0, below][random.below(4)] }
      return k == pair ? 0 : k == pair + 1 ? below : nil
    }
    func values(
      _ format: Format, _ count: Int, _ random: inout CounterRandom, term: (Int) -> Int
    ) -> [Float] {
      (0..<count).map { i in
        if style == .threshold || style == .ties {
          guard let below = roles[term(i)] else { return random.bool() ? -0.0 : 0 }
          return Self.value(format, style, center - below, &random)
        }
        let isLarge = pair...pair + 1 ~= term(i)
        let exponent = isLarge ? center + depth / 2 : center - (depth + 1) / 2
        return Self.value(format, style, exponent, &random)
      }
    }
    hasHalfAddend = row.takesHalfAddend && random.bool()
    a = values(formats.0, shape.rows * inner, &random) { $0 % inner }
    b = values(formats.1, inner * columns, &random) { $0 / columns }
    if style == .cancelling { for k in stride(from: 1, to: inner, by: 2) { cancel(k, 3, &random) } }
    if style == .revealing, pair + 1 < inner { cancel(pair + 1, 4, &random) }
    guard random.below(3) > 0 else { return }
    // C like the operands, among the products and up to some binades above them, or at the ends.
    let format: Format = row.accumulator == .fp16 || hasHalfAddend ? .fp16 : .fp32
    if style == .ties {
      let place = max(
        format.minExponent,
        min(format.maxExponent, 2 * center + format.fractionBits + 1 - random.below(3)))
      c = (0..<shape.rows * columns).map { _ in
        let word = random.next()
        let number = Float(
          sign: .plus, exponent: place, significand: 1 + Float(word >> 54) * 0x1p-10)
        return word & 1 == 0 ? number : -number
      }
      return
    }
    let others: Style = [style == .cancelling ? .near : style, .near, .ends, .ends][random.below(4)]
    let place = 2 * center + random.within(-4...10)
    c = (0..<shape.rows * columns).map { _ in Self.value(format, others, place, &random) }
  }

  /// Row r of a, column j of b, and what their sum begins with.
  func vectors(_ r: Int, _ j: Int) -> (a: [Float], b: [Float], c: Float) {
    (
      Array(a[r * shape.inner..<(r + 1) * shape.inner]),
      (0..<shape.inner).map { b[$0 * shape.columns + j] }, c?[r * shape.columns + j] ?? 0
    )
  }

  /// Makes a term the negative of the one before, in so many of four columns.
  private mutating func cancel(_ k: Int, _ share: Int, _ random: inout CounterRandom) {
    for r in 0..<shape.rows { a[r * shape.inner + k] = a[r * shape.inner + k - 1] }
    for j in 0..<shape.columns where random.below(4) < share {
      b[k * shape.columns + j] = -b[(k - 1) * shape.columns + j]
    }
  }

  private static func value(
    _ format: Format, _ style: Style, _ center: Int, _ random: inout CounterRandom
  ) -> Float {
    let word = random.next()
    let center = max(format.minExponent, min(format.maxExponent, center))
    let sign = word & 1 == 0 ? UInt64(format.signMask) : 0
    func number(_ encoding: UInt64) -> Float {
      let single = Arithmetic.evaluate(
        .convert, encoding & (format.encodingCount - 1), format: format, to: .fp32)
      return Float(bitPattern: UInt32(truncatingIfNeeded: single.value))
    }
    switch style {
    case .any: return number(word >> 8)
    case .sparse where word >> 8 & 3 != 0, .tiny where word >> 8 & 3 == 0:
      return word & 1 == 0 ? -0.0 : 0
    case .ends,
      .mixed where word >> 8 & 3 == 0:
      let ends = [
        0, 1, 2, format.smallestNormal - 1, format.smallestNormal, format.smallestNormal + 1,
        format.largestFinite - 1, format.largestFinite, format.largestFinite + 1,
        format.magnitudeMask, UInt32(format.bias) << UInt32(format.fractionBits),
      ]
      return number(
        UInt64(ends[Int(word >> 16 & 0xffff) % ends.count] & format.magnitudeMask) | sign)
    case .threshold, .ties:
      let place = max(format.minExponent, center - Int(word >> 16 & 1)) + format.bias
      let fractions = [
        0, 0, 0, 1, UInt64(format.fractionMask), UInt64(format.fractionMask + 1) / 2,
      ]
      let fraction = fractions[Int(word >> 32 & 0xffff) % fractions.count]
      let encoding = UInt64(place) << UInt64(format.fractionBits) | fraction
      return number(encoding | sign)
    default:
      let exponent = max(format.minExponent, center - Int(word >> 16 & 7)) + format.bias
      let fraction = word >> 8 & 31 == 0 ? UInt64(format.fractionMask) : word >> 32
      return number(
        UInt64(exponent) << UInt64(format.fractionBits) | fraction & UInt64(format.fractionMask)
          | sign)
    }
  }
}

extension Accumulation.SumFormat {
  /// The exponent of the smallest normal number.
  fileprivate var smallestExponent: Int {
    self == .fp16 ? Format.fp16.minExponent : Format.fp32.minExponent
  }
}
