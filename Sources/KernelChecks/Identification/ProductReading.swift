// SPDX-License-Identifier: Apache-2.0

/// What becomes of a product before it is added.
package enum ProductRounding: Hashable, Sendable, Codable {
  /// It is added exactly, in whichever place.
  case exact
  /// A fused multiply-add: exact where it is added to a sum, rounded where it begins one.
  case fused
  /// It is rounded to so many bits first.
  case rounded(bits: Int)

  /// The rounding in words.
  package var text: String {
    switch self {
    case .exact: "exact"
    case .fused:
      "exact where they are added to a sum (fused multiply-add), rounded where they begin one"
    case .rounded(let bits): "rounded to \(bits) bits before they are added"
    }
  }
}

/// What products that have more bits than a factor tell.
package struct ProductReading: Hashable, Sendable, Codable {
  package let rounding: ProductRounding
  /// Whether an accumulator that rounds each product would show the same: it holds all their bits.
  package let fitsAccumulator: Bool
  /// What was asked and what came of it.
  package let evidence: String

  /// (1 + 2^-a)(1 + 2^-b) less 1 + 2^-a + 2^-b: 2^-(a + b) of a product that is exact, else zero as
  /// soon as a + b + 1 exceeds the bits it is rounded to.
  ///
  /// - Parameter pairs: places that meet, a term first that is added to the other by itself.
  static func read(
    _ session: ProbeSession, _ range: ProbeRange, pairs: [(added: Int, to: Int)],
    precision: Int?
  ) throws -> ProductReading? {
    let probe = session.probe
    let bits = probe.input.precision
    guard probe.hasProducts, bits > 2, let pair = pairs.first else { return nil }
    // As far up as both factors' last bits and the sum allow, since the rest is far below.
    let highest = min(8, range.top - 2, probe.input.maxExponent - 2)
    let sums = (2...(2 * (bits - 1))).filter { highest - $0 >= range.bottom }
    struct Terms {
      let product: ProbeTerm
      let other: ProbeTerm
    }
    let terms: [Terms] = sums.compactMap { sum in
      let (a, b) = (sum / 2, sum - sum / 2)
      let scale = Double.power(highest)
      guard let x = probe.encoding(scale * (1 + .power(-a))),
        let y = probe.encoding(1 + .power(-b)),
        let other = probe.encoding(-scale * (1 + .power(-a) + .power(-b)))
      else { return nil }
      return Terms(
        product: ProbeTerm(x: x, y: y), other: ProbeTerm(x: other, y: probe.input.one))
    }
    guard terms.count == sums.count, !sums.isEmpty else { return nil }
    func survive(_ product: Int, _ other: Int) throws -> Int {
      let results = try session.values(
        terms.map { ProbeRow([(product, $0.product), (other, $0.other)]) })
      return zip(sums, results).prefix { $1 == .power(highest - $0) }.count
    }
    let added = try survive(pair.added, pair.to)
    let first = try survive(pair.to, pair.added)
    let most = max(added, first)
    let bitsKept = most == 0 ? 2 : sums[most - 1] + 1
    let rounding: ProductRounding =
      added == sums.count && first == sums.count
      ? .exact : most == sums.count ? .fused : .rounded(bits: bitsKept)
    let text =
      "(1 + 2^-a)(1 + 2^-b) - (1 + 2^-a + 2^-b), products as term \(pair.added): right to a + b = "
      + "\(added == 0 ? 0 : sums[added - 1]), as term \(pair.to): to "
      + "\(first == 0 ? 0 : sums[first - 1]), of \(sums[sums.count - 1])"
    return ProductReading(
      rounding: rounding,
      fitsAccumulator: rounding == .exact && (precision.map { $0 >= 2 * bits } ?? false),
      evidence: text)
  }
}
