// SPDX-License-Identifier: Apache-2.0

/// What three terms, base, t and -base in this order of additions, tell of the addition of the first
/// two.
package struct AccumulatorReading: Hashable, Sendable, Codable {
  /// The places of base, t and -base.
  package let places: [Int]
  /// p: base + base 2^-k is exact for every k up to p - 1; nil where it is for every k that the
  /// formats reach.
  package let precision: Int?
  /// The k that was reached.
  package let reached: Int
  /// The roundings that give what was found, of those known; none where no rounding does.
  package let roundings: [AccumulatorRounding]
  /// Whether equal sums came out differently, or between both neighbours by no rule: stochastic.
  package let isRandom: Bool
  /// What was asked and what came of it.
  package let evidence: String
}

/// Reads an accumulator by sums of three terms.
struct AccumulatorReader {
  let session: ProbeSession
  let range: ProbeRange

  private var probe: SumProbe { session.probe }

  /// Three places, in the order of their additions, where that can be seen.
  struct Places: Hashable {
    let base: Int
    let tiny: Int
    let cancelling: Int
    var all: [Int] { [base, tiny, cancelling] }
  }

  /// The order of three places: which one is added last, by the largest power of two, its negative
  /// and the least one in each of three arrangements; nil where nothing is ever lost.
  func order(_ triples: [[Int]]) throws -> [Places?] {
    let large = Double.power(range.top)
    let tiny = Double.power(range.bottom)
    guard let plus = probe.term(large), let minus = probe.term(-large), let unit = probe.term(tiny)
    else { return triples.map { _ in nil } }
    // The tiny term is in each of the places in turn.
    let results = try session.values(
      triples.flatMap { places in
        (0..<3).map { last in
          let others = (0..<3).filter { $0 != last }
          return ProbeRow([
            (places[others[0]], plus), (places[others[1]], minus), (places[last], unit),
          ])
        }
      })
    return triples.indices.map { index in
      let places = triples[index]
      let survivors = (0..<3).filter { results[3 * index + $0] == tiny }
      guard survivors.count < 3 else { return nil }
      let last = survivors.count == 1 ? survivors[0] : 2
      let others = (0..<3).filter { $0 != last }
      return Places(
        base: places[others[0]], tiny: places[others[1]], cancelling: places[last])
    }
  }

  /// The readings of places in their order.
  func read(_ places: [Places]) throws -> [AccumulatorReading] {
    // The sum of base and its like must not overflow.
    let exponent = range.top - 1
    let reach = exponent - range.bottom
    guard reach > 0 else { return [] }
    func row(_ at: Places, base: Double, _ t: Double) -> ProbeRow? {
      guard let first = probe.term(base), let second = probe.term(t), let third = probe.term(-base)
      else { return nil }
      return ProbeRow([(at.base, first), (at.tiny, second), (at.cancelling, third)])
    }
    let base = Double.power(exponent)
    let steps = Array(1...reach)
    let rows = places.flatMap { at in
      steps.map { row(at, base: base, .power(exponent - $0)) ?? ProbeRow([]) }
    }
    let results = try session.values(rows)
    return try places.indices.map { index in
      let exact = steps.prefix {
        results[index * steps.count + $0 - 1] == .power(exponent - $0)
      }
      guard exact.count < reach else {
        return AccumulatorReading(
          places: places[index].all, precision: nil, reached: reach, roundings: [],
          isRandom: false,
          evidence: "2^\(exponent) + 2^(\(exponent) - k) - 2^\(exponent) is exact for every k to "
            + "\(reach)")
      }
      let precision = exact.count + 1
      let (roundings, isRandom) = try roundings(places[index], precision, exponent)
      let lost = results[index * steps.count + exact.count]
      return AccumulatorReading(
        places: places[index].all, precision: precision, reached: reach, roundings: roundings,
        isRandom: isRandom,
        evidence: "2^\(exponent) + 2^(\(exponent) - k) - 2^\(exponent) is exact to k = "
          + "\(exact.count), then \(ProbeNumber(lost)) for 2^\(exponent - exact.count - 1)")
    }
  }

  /// Terms in units of 2^-12 ulp: eighths to two ulp, and powers of two down to the unit.
  private static let unitBits = 12
  private static let terms: [Int] =
    (1...16).map { $0 << (unitBits - 3) } + (0..<(unitBits - 3)).map { 1 << $0 }

  /// The roundings that explain what becomes of terms near the last bit, of both signs beside bases
  /// of both signs; and whether it is up to chance.
  private func roundings(_ at: AccumulatorReader.Places, _ precision: Int, _ exponent: Int) throws
    -> ([AccumulatorRounding], Bool)
  {
    let unit = Double.power(exponent - (precision - 1) - Self.unitBits)
    // As many bits stand for all of them: nothing carries through more.
    let modelPrecision = min(precision, 16)
    let modelBase = 1 << (modelPrecision - 1 + Self.unitBits)
    var cases: [(base: Int, term: Int)] = []
    var rows: [ProbeRow] = []
    for baseSign in [1, -1] {
      for termSign in [1, -1] {
        for term in Self.terms {
          let value = Double(termSign * term) * unit
          let base = Double(baseSign) * .power(exponent)
          guard let first = probe.term(base), let second = probe.term(value),
            let third = probe.term(-base)
          else { continue }
          cases.append((baseSign * modelBase, termSign * term))
          rows.append(ProbeRow([(at.base, first), (at.tiny, second), (at.cancelling, third)]))
        }
      }
    }
    let results = try session.values(rows)
    let fitting = AccumulatorRounding.candidates.filter { rounding in
      zip(cases, results).allSatisfy { tried, result in
        let sum = rounding.sum(
          base: tried.base, term: tried.term, unitBits: Self.unitBits, precision: modelPrecision)
        return Double(sum - tried.base) * unit == result
      }
    }
    // Cut off after so many bits, everything that was tried is kept, or what a plain rounding loses.
    if let plain = fitting.first(where: { !$0.isAligned }) {
      return (fitting.filter { !$0.isAligned || $0 == plain }, false)
    }
    guard fitting.isEmpty else { return ([fitting[0]], false) }
    return ([], try isRandom(at, cases, rows, results, unit, modelPrecision))
  }

  /// Whether each result is one of the two neighbours of its sum, where no rounding explains all, or
  /// results change when they are asked for again.
  private func isRandom(
    _ at: Places, _ cases: [(base: Int, term: Int)], _ rows: [ProbeRow], _ results: [Double],
    _ unit: Double, _ precision: Int
  ) throws -> Bool {
    if try session.values(rows) != results { return true }
    return zip(cases, results).allSatisfy { tried, result in
      [AccumulatorRounding.up, .down].contains { rounding in
        let sum = rounding.sum(
          base: tried.base, term: tried.term, unitBits: Self.unitBits, precision: precision)
        return Double(sum - tried.base) * unit == result
      }
    }
  }
}

extension AccumulatorRounding {
  /// Whether terms are cut off before they are added.
  var isAligned: Bool {
    switch self {
    case .alignedThenTowardZero, .alignedThenNearest: true
    default: false
    }
  }
}
