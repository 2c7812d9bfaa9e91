// SPDX-License-Identifier: Apache-2.0

/// The powers of two that probes may use: those that come out as they went in.
struct ProbeRange: Hashable, Sendable {
  /// The least exponent e such that 2^e, and every larger power up to 1 or so, is the sum of itself
  /// and zeros.
  let bottom: Int
  /// The largest exponent e such that 2^e and -2^e, in any two places that were tried, cancel.
  let top: Int

  /// The bits between.
  var spread: Int { top - bottom }

  /// The range of a kernel.
  ///
  /// - Throws: `ProbeFailure` where the kernel is no sum of its terms.
  static func find(_ session: ProbeSession) throws -> ProbeRange {
    let probe = session.probe
    let n = probe.terms
    let places = Set([0, n / 2, n - 1]).sorted()
    let zero = try session.values([ProbeRow([])])[0]
    guard zero == 0 else { throw ProbeFailure("the sum of zeros is \(ProbeNumber(zero))") }
    let finest = 1
    let coarse = 8
    let step = probe.exponents.count > 100 ? coarse : finest
    let exponents = stride(
      from: probe.exponents.lowerBound, through: probe.exponents.upperBound, by: step
    ).filter { probe.term(.power($0)) != nil }
    let alone = try session.values(
      exponents.flatMap { e in
        places.map { ProbeRow([($0, probe.term(.power(e)) ?? probe.zero)]) }
      })
    let isKept = exponents.indices.map { index in
      places.indices.allSatisfy { alone[index * places.count + $0] == .power(exponents[index]) }
    }
    // The one nearest to 1 that is kept, and all below it that are.
    guard
      let anchor = exponents.indices.filter({ isKept[$0] }).min(by: {
        exponents[$0].magnitude < exponents[$1].magnitude
      })
    else {
      let one = exponents.indices.min { exponents[$0].magnitude < exponents[$1].magnitude } ?? 0
      let result = alone.isEmpty ? .nan : alone[one * places.count]
      throw ProbeFailure(
        "2^\(exponents.isEmpty ? 0 : exponents[one]) and zeros give \(ProbeNumber(result))")
    }
    var lowest = anchor
    while lowest > 0, isKept[lowest - 1] { lowest -= 1 }
    let bottom = exponents[lowest]
    guard n > 1 else { return ProbeRange(bottom: bottom, top: exponents[anchor]) }
    let pairs = places.count > 2 ? [(0, n - 1), (0, n / 2), (n - 1, n / 2)] : [(0, n - 1)]
    let above = exponents.filter { $0 >= exponents[anchor] }
    let cancelled = try session.values(
      above.flatMap { e in
        pairs.map { i, j in
          ProbeRow([
            (i, probe.term(.power(e)) ?? probe.zero), (j, probe.term(-.power(e)) ?? probe.zero),
          ])
        }
      })
    let vanish = above.indices.prefix { index in
      pairs.indices.allSatisfy { cancelled[index * pairs.count + $0] == 0 }
    }
    guard let last = vanish.last else {
      throw ProbeFailure("2^\(above[0]) and its negative give \(ProbeNumber(cancelled[0]))")
    }
    return ProbeRange(bottom: bottom, top: above[last])
  }

  /// Whether each term counts, and once.
  ///
  /// - Throws: `ProbeFailure` that names the first that does not.
  func requireEveryTerm(_ session: ProbeSession) throws {
    let probe = session.probe
    let value = Double.power(bottom)
    guard let term = probe.term(value) else { return }
    let results = try session.values((0..<probe.terms).map { ProbeRow([($0, term)]) })
    guard let place = results.firstIndex(where: { $0 != value }) else { return }
    throw ProbeFailure(
      "2^\(bottom) as term \(place), all others zero, gives "
        + "\(ProbeNumber(results[place]))")
  }
}
