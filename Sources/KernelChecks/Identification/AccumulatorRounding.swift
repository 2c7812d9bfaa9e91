// SPDX-License-Identifier: Apache-2.0

/// How an accumulator rounds a sum.
package enum AccumulatorRounding: Hashable, Sendable {
  /// To the nearest, ties to even.
  case nearestEven
  /// To the nearest, ties away from zero.
  case nearestAway
  /// Toward zero.
  case towardZero
  /// Toward positive infinity.
  case up
  /// Toward negative infinity.
  case down
  /// To the neighbour that is odd where a sum is not exact.
  case toOdd
  /// Each term is cut off toward zero so many bits below the last of the largest one, then their sum
  /// is rounded toward zero: what matrix units do that align before they add (Khattak and Mikaitis,
  /// "Accurate models of NVIDIA tensor cores", arXiv 2512.07004).
  case alignedThenTowardZero(extraBits: Int)
  /// As before, then to nearest, ties to even.
  case alignedThenNearest(extraBits: Int)

  /// Those that are tried; more extra bits than three look like none cut off.
  static let candidates: [AccumulatorRounding] =
    [.nearestEven, .towardZero, .up, .down, .nearestAway, .toOdd]
    + (0...8).map { .alignedThenTowardZero(extraBits: $0) }
    + (0...8).map { .alignedThenNearest(extraBits: $0) }

  /// Whether a tiny term next to a large one of either sign leaves it as it is.
  var absorbs: Bool {
    switch self {
    case .nearestEven, .nearestAway, .alignedThenTowardZero, .alignedThenNearest: true
    case .towardZero, .up, .down, .toOdd: false
    }
  }

  /// base + term, both in units of 2^-`unitBits` ulp of a base that is a power of two of either sign,
  /// rounded to `precision` bits.
  func sum(base: Int, term: Int, unitBits: Int, precision: Int) -> Int {
    switch self {
    case .alignedThenTowardZero(let extra):
      let kept = Self.cut(term, bits: unitBits - extra)
      return AccumulatorRounding.towardZero.rounded(base + kept, precision)
    case .alignedThenNearest(let extra):
      let kept = Self.cut(term, bits: unitBits - extra)
      return AccumulatorRounding.nearestEven.rounded(base + kept, precision)
    default: return rounded(base + term, precision)
    }
  }

  private static func cut(_ x: Int, bits: Int) -> Int {
    let unit = 1 << max(0, bits)
    return x / unit * unit
  }

  private func rounded(_ x: Int, _ precision: Int) -> Int {
    let dropped = Int.bitWidth - x.magnitude.leadingZeroBitCount - precision
    guard dropped > 0 else { return x }
    let unit = 1 << dropped
    let below = Int(x.magnitude) / unit
    let rest = Int(x.magnitude) - below * unit
    guard rest != 0 else { return x }
    let isUp =
      switch self {
      case .nearestEven: rest > unit / 2 || (rest == unit / 2 && below & 1 == 1)
      case .nearestAway: rest >= unit / 2
      case .up: x > 0
      case .down: x < 0
      case .toOdd: below & 1 == 0
      case .towardZero, .alignedThenTowardZero, .alignedThenNearest: false
      }
    return (x < 0 ? -1 : 1) * (below + (isUp ? 1 : 0)) * unit
  }
}

extension AccumulatorRounding: LosslessStringConvertible, Codable {
  private static let names: [(AccumulatorRounding, String)] = [
    (.nearestEven, "nearest, ties to even"), (.nearestAway, "nearest, ties away"),
    (.towardZero, "toward zero"), (.up, "up"), (.down, "down"), (.toOdd, "to odd"),
  ]

  private static func bits(_ count: Int) -> String { count == 1 ? "1 bit" : "\(count) bits" }

  /// The rounding in words.
  package var description: String {
    switch self {
    case .alignedThenTowardZero(0): "terms cut off at the last bit, toward zero"
    case .alignedThenTowardZero(let bits): "terms cut off \(Self.bits(bits)) further, toward zero"
    case .alignedThenNearest(0): "terms cut off at the last bit, to nearest"
    case .alignedThenNearest(let bits): "terms cut off \(Self.bits(bits)) further, to nearest"
    default: Self.names.first { $0.0 == self }?.1 ?? ""
    }
  }

  /// The rounding of such words, nil where they are none.
  package init?(_ description: String) {
    let known = Self.candidates.first { $0.description == description }
    guard let known else { return nil }
    self = known
  }

  /// The rounding whose words the decoder holds.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let words = try container.decode(String.self)
    guard let rounding = AccumulatorRounding(words) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "no rounding '\(words)'")
    }
    self = rounding
  }

  /// Encodes the words.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
