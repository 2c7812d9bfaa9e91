// SPDX-License-Identifier: Apache-2.0

/// Counts the units that a kernel keeps while two large terms cancel: what an order is found by.
///
/// With M in one place, -M in another and a unit u in each of some others, the units that meet M or
/// -M before those two meet are lost, and the result is u times the number of the others (Xie, Gao
/// and Fang, "FPRev: Revealing the Order of Floating-Point Summation in Software and Hardware",
/// USENIX ATC 2025, section 4). Places that hold neither are zero, so that no count is larger than
/// the accumulator and the output can hold.
///
/// An accumulator that does not round to nearest turns M + u into a neighbour of M; what is left of
/// that is a multiple of the last bit of M, beside which the count can still be read.
struct ProbeCounter {
  /// Two places, and the template that holds the units.
  struct Pair {
    let positive: Int
    let negative: Int
    let mask: Int
  }

  let session: ProbeSession
  /// The exponent of u.
  let unit: Int
  /// The exponent of M.
  let large: Int
  /// The most units of a sum.
  let capacity: Int
  /// What a count is taken modulo; nil where nothing is left of M.
  let modulus: Int?

  /// The scale for an accumulator of at most `widest` bits whose counts are exact in `narrowest`.
  ///
  /// - Throws: `ProbeFailure` where the formats do not reach far enough.
  init(
    _ session: ProbeSession, _ range: ProbeRange, widest: Int, narrowest: Int, absorbs: Bool
  ) throws {
    self.session = session
    let n = session.probe.terms
    let countBits = Int.bitWidth - max(1, n).leadingZeroBitCount
    // -M + c u must round to -M: below a power of two the last bit is worth half as much, and half
    // of that is the limit.
    let guardBits = 2
    if absorbs {
      let bits = min(narrowest - 1, range.spread - widest - guardBits, countBits)
      guard bits >= 0 else {
        throw ProbeFailure(
          "the terms' exponents reach over \(range.spread) bits: too few for an accumulator of "
            + "\(widest) to lose anything")
      }
      (unit, large, capacity) = (range.bottom, range.top, 1 << bits)
      modulus = nil
    } else {
      // The rest, at most as many last bits as there are units, and a count below the last bit, fit
      // into the narrowest precision together.
      let bits = min((narrowest - 1 - guardBits) / 2, countBits)
      guard bits >= 0, range.spread >= widest + guardBits + bits else {
        throw ProbeFailure("no count can be told from what the rounding leaves of a large term")
      }
      unit = range.bottom
      large = unit + widest + guardBits + bits
      capacity = 1 << bits
      modulus = 1 << (guardBits + bits)
    }
  }

  /// A row of units in some places.
  func template(_ places: some Sequence<Int>) throws -> [ProbeTerm] {
    let probe = session.probe
    guard let term = probe.term(.power(unit)) else {
      throw ProbeFailure("no term is 2^\(unit)")
    }
    var row = [ProbeTerm](repeating: probe.zero, count: probe.terms)
    for place in places { row[place] = term }
    return row
  }

  /// The units that are kept, of each pair.
  func counts(_ templates: [[ProbeTerm]], _ pairs: [Pair]) throws -> [Int] {
    let probe = session.probe
    guard let plus = probe.term(.power(large)), let minus = probe.term(-.power(large)) else {
      throw ProbeFailure("no term is 2^\(large)")
    }
    let results = try session.values(
      templates: templates,
      pairs.map {
        ProbeRow(template: $0.mask, [($0.positive, plus), ($0.negative, minus)])
      })
    return try zip(pairs, results).map { pair, result in
      guard let count = count(result) else {
        throw ProbeFailure(
          "2^\(large) as term \(pair.positive), -2^\(large) as term \(pair.negative) and 2^\(unit) "
            + "in others give \(ProbeNumber(result)), which is no count")
      }
      return count
    }
  }

  private func count(_ result: Double) -> Int? {
    let units = result * .power(-unit)
    guard units.isFinite, units.magnitude < 0x1p62, units == units.rounded() else { return nil }
    guard let modulus else {
      return (0...Double(capacity)).contains(units) ? Int(units) : nil
    }
    let count = ((Int(units) % modulus) + modulus) % modulus
    return count <= capacity ? count : nil
  }
}
