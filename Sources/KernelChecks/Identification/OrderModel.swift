// SPDX-License-Identifier: Apache-2.0
import Formats

/// A sum as it was found: in the order of a tree of binary nodes, each rounded to so many bits.
///
/// What it says of random terms is compared with the kernel's own results, which were not used to
/// find it.
struct OrderModel {
  let tree: SumTree
  let precision: Int
  let rounding: AccumulatorRounding
  let products: ProductRounding?
  let output: Format
  /// The nodes that hold a single term.
  private let isTerm: [Bool]

  /// The model; nil where a sum like this is not computed here.
  init?(
    _ tree: SumTree, precision: Int, rounding: AccumulatorRounding, products: ProductRounding?,
    output: Format
  ) {
    let most = Double.significandBitCount + 1
    guard tree.widest <= 2, !rounding.isAligned,
      precision < most || (precision == most && rounding == .nearestEven)
    else { return nil }
    (self.tree, self.precision, self.rounding) = (tree, precision, rounding)
    (self.products, self.output) = (products, output)
    isTerm = tree.nodes.map { if case .term = $0 { true } else { false } }
  }

  /// The result for terms, each exactly x or x y in FP64.
  func result(_ terms: [Double]) -> Double {
    var sums = [Double](repeating: 0, count: tree.nodes.count)
    for (index, node) in tree.nodes.enumerated() {
      switch node {
      case .term(let term):
        let value = terms[term]
        if case .rounded(let bits) = products {
          sums[index] = Self.rounded(value, 0, bits, rounding)
        } else {
          sums[index] = value
        }
      case .sum(let children):
        var x = sums[children[0]]
        let y = sums[children[1]]
        // The first product of a chain of fused multiply-adds is rounded by itself.
        if products == .fused, isTerm[children[0]], isTerm[children[1]] {
          x = Self.rounded(x, 0, precision, rounding)
        }
        sums[index] = Self.sum(x, y, precision, rounding)
      }
    }
    let sum = sums[sums.count - 1]
    guard output.precision < precision else { return sum }
    return Self.rounded(sum, 0, output.precision, .nearestEven)
  }

  private static func sum(
    _ x: Double, _ y: Double, _ precision: Int, _ rounding: AccumulatorRounding
  )
    -> Double
  {
    // Knuth's exact error, TAOCP 4.2.2, theorem B.
    let sum = x + y
    let yPart = sum - x
    let error = (x - (sum - yPart)) + (y - yPart)
    guard precision <= Double.significandBitCount else { return sum }
    return rounded(sum, error, precision, rounding)
  }

  /// sum + error rounded to fewer bits than FP64's, |error| at most half of sum's last bit.
  static func rounded(
    _ sum: Double, _ error: Double, _ precision: Int, _ rounding: AccumulatorRounding
  ) -> Double {
    guard sum != 0, sum.isFinite else { return sum }
    let isNegative = sum < 0
    var magnitude = sum.magnitude
    var rest = isNegative ? -error : error
    if rest < 0 {
      // The number next below, and something more.
      magnitude = magnitude.nextDown
      rest = magnitude.ulp / 2
    }
    let ulp = Double.power(Int(magnitude.exponent) - (precision - 1))
    let below = (magnitude / ulp).rounded(.down) * ulp
    let fraction = magnitude - below
    guard fraction != 0 || rest != 0 else { return sum }
    let isOdd = (below / ulp).truncatingRemainder(dividingBy: 2) == 1
    let isAboveHalf = fraction > ulp / 2 || (fraction == ulp / 2 && rest > 0)
    let isHalf = fraction == ulp / 2 && rest == 0
    let isUp =
      switch rounding {
      case .nearestEven, .alignedThenNearest: isAboveHalf || (isHalf && isOdd)
      case .nearestAway: isAboveHalf || isHalf
      case .up: !isNegative
      case .down: isNegative
      case .toOdd: !isOdd
      case .towardZero, .alignedThenTowardZero: false
      }
    let result = isUp ? below + ulp : below
    return isNegative ? -result : result
  }

  /// How many of the kernel's results for random terms, and for a one among terms of which each alone
  /// is lost beside it, the model gives.
  func agreement(_ session: ProbeSession, rows number: Int) throws -> (right: Int, of: Int) {
    let probe = session.probe
    let n = probe.terms
    var words = RandomSequence(seed: 17)
    let precision = probe.input.precision
    func factor() -> Double {
      let significand = Double((1 << (precision - 1)) + words.below(1 << (precision - 1)))
      let magnitude = significand * .power(1 - precision - words.below(3))
      return words.next() & 1 == 0 ? magnitude : -magnitude
    }
    // A vector that all rows share where they have to.
    let shared = (0..<n).map { _ in probe.sharesFactors ? factor() : 1 }
    let one = probe.input.one
    var rows: [ProbeRow] = []
    var expected: [Double] = []
    for row in 0..<number {
      var places: [(place: Int, term: ProbeTerm)] = []
      var values: [Double] = []
      let isTiny = row % 4 == 3 && !probe.hasProducts
      for place in 0..<n {
        let lost = Double.power(-self.precision - 1)
        let x = isTiny ? (place == row % n ? 1 : lost) : factor()
        let y = !probe.hasProducts ? 1 : probe.sharesFactors ? shared[place] : factor()
        guard let first = probe.encoding(x), let second = y == 1 ? one : probe.encoding(y) else {
          continue
        }
        places.append((place, ProbeTerm(x: first, y: second)))
        values.append(x * y)
      }
      guard values.count == n else { continue }
      rows.append(ProbeRow(places))
      expected.append(result(values))
    }
    let results = try session.values(rows)
    return (zip(results, expected).count { $0 == $1 }, rows.count)
  }
}
