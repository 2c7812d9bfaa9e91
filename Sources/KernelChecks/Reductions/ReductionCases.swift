// SPDX-License-Identifier: Apache-2.0
import Formats

/// Encodings of a format on which sums and sums of products are checked: functions of the seed, the
/// same on every machine, and numbers of the format before any reference is taken.
package struct ReductionCases: Sendable {
  package let format: Format
  private var words: RandomSequence

  /// The cases of a seed, each one drawn after the other.
  package init(_ format: Format, seed: UInt64) {
    self.format = format
    words = RandomSequence(seed: seed)
  }

  /// Numbers of a mean and a standard deviation, nearly normal: twelve uniform ones less 6.
  package mutating func normal(
    _ count: Int, mean: Double = 0, deviation: Double = 1
  ) -> [UInt32] {
    (0..<count).map { _ in
      nearest(mean + deviation * (0..<12).reduce(-6.0) { sum, _ in sum + words.fraction() })
    }
  }

  /// The same number again and again.
  package func constant(_ count: Int, _ number: Double) -> [UInt32] {
    Array(repeating: nearest(number), count: count)
  }

  /// Integers in a range, each equally likely.
  package mutating func indices(_ count: Int, below bound: Int) -> [Int64] {
    (0..<count).map { _ in Int64(words.below(max(1, bound))) }
  }

  /// Flags, true with a probability.
  package mutating func flags(_ count: Int, probability: Double) -> [Bool] {
    (0..<count).map { _ in words.fraction() < probability }
  }

  /// Numbers in [1/2, 1]: sums of products whose condition is 1.
  package mutating func positive(_ count: Int) -> [UInt32] {
    (0..<count).map { _ in nearest(0.5 + words.fraction() / 2) }
  }

  /// Integers so small that an accumulator of `accumulatorBits` adds `terms` of their products in
  /// any order without a rounding: the right result is then the only one. Where there are more
  /// terms than such an accumulator counts, only every so many-th place of a row is not zero.
  package mutating func integers(_ count: Int, terms: Int, accumulatorBits: Int) -> [UInt32] {
    let most = Double(sign: .plus, exponent: accumulatorBits, significand: 1)
    let largest = min(
      (most / Double(max(1, terms))).squareRoot().rounded(.down),
      Double(sign: .plus, exponent: format.precision, significand: 1),
      format.value(of: format.largestFinite).rounded(.down))
    let spacing = largest < 1 ? Int((Double(terms) / most).rounded(.up)) : 1
    let bound = Int(max(1, largest))
    return (0..<count).map { place in
      let integer = words.below(2 * bound + 1) - bound
      return nearest(place % max(1, terms) % spacing == 0 ? Double(integer) : 0)
    }
  }

  /// Every finite encoding of a magnitude below 2^limit equally likely: exponents over the whole
  /// range of the format.
  package mutating func wide(_ count: Int, below limit: Int = .max) -> [UInt32] {
    let limit =
      limit > 1000 ? Double.infinity : Double(sign: .plus, exponent: limit, significand: 1)
    return (0..<count).map { _ in
      while true {
        let bits = UInt32(words.next() & (format.encodingCount - 1))
        if format.decode(bits).isFinite, format.value(of: bits).magnitude < limit { return bits }
      }
    }
  }

  /// Subnormal numbers of both signs, none of them zero; of a format that has none, zeros.
  package mutating func subnormals(_ count: Int) -> [UInt32] {
    (0..<count).map { _ in
      let fraction = UInt32(1 + words.below(max(1, Int(format.fractionMask))))
      return (fraction & format.fractionMask) | (words.next() & 1 == 0 ? format.signMask : 0)
    }
  }

  /// A matrix, row by row, with a one in each row and zeros elsewhere: its product is rows of the
  /// other factor.
  package mutating func oneHot(rows: Int, columns: Int) -> [UInt32] {
    var matrix = [UInt32](repeating: 0, count: rows * columns)
    guard columns > 0 else { return matrix }
    for row in 0..<rows { matrix[row * columns + words.below(columns)] = format.one }
    return matrix
  }

  /// A matrix of zeros with a one in each row and each column: its product is a permutation of the
  /// other factor's rows.
  package mutating func permutation(_ order: Int) -> [UInt32] {
    var matrix = [UInt32](repeating: 0, count: order * order)
    for (row, column) in words.permutation(of: order).enumerated() {
      matrix[row * order + column] = format.one
    }
    return matrix
  }

  /// Encodings with a value, such as an infinity or a NaN, at some places; nil where the format has
  /// none.
  package func placing(_ value: Double, at places: [Int], in encodings: [UInt32]) -> [UInt32]? {
    guard value.isFinite || (value.isNaN ? format.hasNaN : format.hasInfinity) else { return nil }
    var result = encodings
    for place in places where result.indices.contains(place) { result[place] = nearest(value) }
    return result
  }

  private func nearest(_ x: Double) -> UInt32 {
    ExactReduction(high: x, low: 0, magnitudes: 0).rounded(to: format) ?? 0
  }
}
