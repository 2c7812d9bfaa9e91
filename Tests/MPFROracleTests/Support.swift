// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle

/// The oracle's result with the arguments that most claims leave at their defaults.
func evaluate(
  _ op: ArithmeticOperation, _ a: UInt64, _ b: UInt64 = 0, _ c: UInt64 = 0,
  _ format: Format = .fp16,
  to: Format? = nil, _ semantics: Semantics = Semantics(), index: UInt64 = 0
) -> Rounded<UInt64> {
  Oracle.evaluate(
    op, a, b, c, format: format, to: to ?? format, semantics: semantics, index: index)
}

/// A result as a claim states it.
func delivered(_ value: UInt64, _ flags: Exceptions = []) -> Rounded<UInt64> {
  Rounded(value: value, flags: flags)
}

extension Format {
  /// Zeros, the ends of the subnormal numbers, 1 and its neighbours, the largest numbers, whatever
  /// specials there are, quiet and signaling, and an ordinary number; each with both signs.
  var boundaryEncodings: [UInt64] {
    var magnitudes: Set<UInt32> = [
      0, 1, 2, one - 1, one, one + 1, largestFinite, largestFinite - 1,
    ]
    if smallestNormal > 0 { magnitudes.formUnion([smallestNormal - 1, smallestNormal]) }
    magnitudes.insert(magnitudeMask)
    magnitudes.insert(one | (fractionMask / 3))
    if let infinity { magnitudes.formUnion([infinity, infinity + 1]) }
    if let canonicalNaN { magnitudes.insert(canonicalNaN) }
    let positive = magnitudes.sorted()
    return (isSigned ? positive + positive.map { $0 | signMask } : positive).map(UInt64.init)
  }
}

extension Semantics {
  /// Every rounding, and each other attribute at each of its values at least twice.
  static let assorted: [Semantics] =
    (Rounding.deterministic + [.stochastic(bits: 16, seed: 1), .stochastic(bits: 32, seed: 7)])
    .map { Semantics(rounding: $0) } + [
      Semantics(tininess: .beforeRounding),
      Semantics(rounding: .up, tininess: .beforeRounding, subnormals: .flushResults),
      Semantics(rounding: .down, subnormals: .flushResults, overflow: .saturate),
      Semantics(subnormals: .flushOperands, nan: .propagateFirst),
      Semantics(rounding: .nearestAway, subnormals: .flushBoth, nan: .propagateFirst),
      Semantics(rounding: .toOdd, overflow: .saturate),
      Semantics(
        rounding: .stochastic(bits: 1, seed: 3), tininess: .beforeRounding,
        subnormals: .flushResults),
    ]
}
