// SPDX-License-Identifier: Apache-2.0
import Formats

/// What a kernel makes of subnormal numbers.
package struct SubnormalReading: Hashable, Sendable, Codable {
  /// Whether subnormal terms or factors count as zero (DAZ); nil where no result would show it.
  package let flushesInputs: Bool?
  /// Whether a result that is subnormal becomes zero (FTZ); nil where no normal terms have one.
  package let flushesResults: Bool?
  /// What was asked and what came of it.
  package let evidence: [String]

  /// The reading.
  ///
  /// - Parameter pairs: places that meet, a term first that is added to the other by itself.
  static func read(_ session: ProbeSession, pairs: [(added: Int, to: Int)]) throws
    -> SubnormalReading
  {
    let inputs = try inputs(session, pairs)
    let results = try results(session)
    return SubnormalReading(
      flushesInputs: inputs?.0, flushesResults: results?.0,
      evidence: [inputs?.1, results?.1].compactMap { $0 })
  }

  /// A subnormal factor times a power of two that makes a normal product of it; or a subnormal term
  /// that is added to a normal one, as a sum that begins with it may flush it as a result.
  private static func inputs(_ session: ProbeSession, _ pairs: [(added: Int, to: Int)]) throws
    -> (Bool, String)?
  {
    let probe = session.probe
    let least = probe.input.minExponent
    guard probe.input.fractionBits > 0, let subnormal = probe.encoding(.power(least - 1)) else {
      return nil
    }
    if probe.hasProducts {
      let wanted = max(1, probe.output.minExponent - (least - 1), -(least - 1))
      let exponent = min(wanted, probe.input.maxExponent)
      guard least - 1 + exponent >= probe.output.minExponent,
        let power = probe.encoding(.power(exponent))
      else { return nil }
      let result = try session.values([ProbeRow([(0, ProbeTerm(x: subnormal, y: power))])])[0]
      let expected = Double.power(least - 1 + exponent)
      guard result == expected || result == 0 else { return nil }
      return (
        result == 0, "2^\(least - 1) times 2^\(exponent) gives \(ProbeNumber(result))"
      )
    }
    guard let pair = pairs.first, probe.output.minUlpExponent <= least - 1,
      let normal = probe.encoding(1.5 * .power(least))
    else { return nil }
    let one = probe.input.one
    let (small, large) = (ProbeTerm(x: subnormal, y: one), ProbeTerm(x: normal, y: one))
    let results = try session.values([
      ProbeRow([(pair.added, small), (pair.to, large)]),
      ProbeRow([(pair.added, large), (pair.to, small)]),
    ])
    let kept = results.contains(.power(least + 1))
    guard kept || results.allSatisfy({ $0 == 1.5 * .power(least) }) else { return nil }
    let texts = results.map { ProbeNumber($0).description }
    return (
      !kept,
      "1.5 * 2^\(least) and 2^\(least - 1) give \(texts[0]) and, exchanged, \(texts[1])"
    )
  }

  /// 1.5 2^e - 2^e = 2^(e - 1), e the output's least normal exponent.
  private static func results(_ session: ProbeSession) throws -> (Bool, String)? {
    let probe = session.probe
    let least = probe.output.minExponent
    let expected = Double.power(least - 1)
    guard probe.terms > 1, let large = normal(1.5 * .power(least), probe),
      let small = normal(-.power(least), probe)
    else { return nil }
    let result = try session.values([ProbeRow([(0, large), (probe.terms - 1, small)])])[0]
    guard result == expected || result == 0 else { return nil }
    return (result == 0, "1.5 * 2^\(least) - 2^\(least) gives \(ProbeNumber(result))")
  }

  /// A term of normal factors.
  private static func normal(_ value: Double, _ probe: SumProbe) -> ProbeTerm? {
    guard let term = probe.term(value) else { return nil }
    return [term.x, term.y].allSatisfy { probe.input.exponentField($0) != 0 } ? term : nil
  }
}
