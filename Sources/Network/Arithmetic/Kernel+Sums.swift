// SPDX-License-Identifier: Apache-2.0
import Policies

/// The order of a sum along a row: sixteen partial sums of the terms whose indices agree modulo
/// sixteen, then added as a tree, each half to the other. It is a vector's order, and its error
/// grows with n/16 + 4 roundings instead of n.
enum InterleavedSum {
  static let lanes = 16

  /// The sum of `count` terms.
  @inline(__always)
  static func of<N: Number>(_ count: Int, _: N.Type, _ term: (Int) -> N) -> N {
    if N.self == Float.self {
      return unsafeBitCast(
        vector(count) { unsafeBitCast(term($0), to: Float.self) }, to: N.self)
    }
    if N.self == Double.self {
      return unsafeBitCast(
        vector(count) { unsafeBitCast(term($0), to: Double.self) }, to: N.self)
    }
    return withUnsafeTemporaryAllocation(of: N.self, capacity: lanes) { sums in
      guard let sums = sums.baseAddress else { return .zero }
      sums.initialize(repeating: .zero, count: lanes)
      defer { sums.deinitialize(count: lanes) }
      var first = 0
      while first &+ lanes <= count {
        for lane in 0..<lanes { sums[lane] = sums[lane] + term(first &+ lane) }
        first &+= lanes
      }
      for lane in 0..<count &- first { sums[lane] = sums[lane] + term(first &+ lane) }
      var half = lanes / 2
      while half > 0 {
        for lane in 0..<half { sums[lane] = sums[lane] + sums[lane + half] }
        half /= 2
      }
      return sums[0]
    }
  }

  /// The same sum in registers. Lanes behind the last term add +0, which changes none: a sum that
  /// began at +0 is never -0.
  @inline(__always)
  private static func vector<N: SIMDScalar & BinaryFloatingPoint>(
    _ count: Int, _ term: (Int) -> N
  ) -> N {
    var sums = SIMD16<N>.zero
    var i = 0
    while i &+ lanes <= count {
      sums += SIMD16(
        term(i), term(i &+ 1), term(i &+ 2), term(i &+ 3), term(i &+ 4), term(i &+ 5),
        term(i &+ 6), term(i &+ 7), term(i &+ 8), term(i &+ 9), term(i &+ 10), term(i &+ 11),
        term(i &+ 12), term(i &+ 13), term(i &+ 14), term(i &+ 15))
      i &+= lanes
    }
    if i < count {
      var rest = SIMD16<N>.zero
      for lane in 0..<count &- i { rest[lane] = term(i &+ lane) }
      sums += rest
    }
    let eight = sums.lowHalf + sums.highHalf
    let four = eight.lowHalf + eight.highHalf
    let two = four.lowHalf + four.highHalf
    return two.x + two.y
  }
}

extension Kernel {
  /// The sums of a tensor's columns over all rows in ascending order, each partial sum rounded to
  /// the arithmetic; as the rule for reductions has it where there is one.
  func columnSums(_ x: Tensor, shape: [Int], as precision: Precision) -> Tensor {
    let values = x.values(N.self)
    let (rows, columns) = (x.rows, x.columns)
    if rule.reduction != nil {
      return withExtendedLifetime(x) {
        make(shape, as: precision, work: rows) { range, target in
          for column in range { target[column] = sum(rows) { values[$0 &* columns &+ column] } }
        }
      }
    }
    return withExtendedLifetime(x) {
      make(shape, as: precision, work: rows) { range, target in
        for column in range { target[column] = .zero }
        for row in 0..<rows {
          let source = values + row &* columns
          for column in range { target[column] = target[column] + source[column] }
        }
      }
    }
  }
}
