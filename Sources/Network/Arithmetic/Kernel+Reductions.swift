// SPDX-License-Identifier: Apache-2.0
import Policies
import SoftFloat

extension Kernel {
  /// The sum of `count` terms: interleaved in the arithmetic, or as the rule for reductions has it.
  @inline(__always)
  func sum(_ count: Int, _ term: (Int) -> N) -> N {
    guard let reduction = rule.reduction else { return InterleavedSum.of(count, N.self, term) }
    return reduced(count, reduction, term)
  }

  /// The sum of two partial sums.
  @inline(__always)
  func plus(_ a: N, _ b: N) -> N {
    guard let reduction = rule.reduction else { return a + b }
    return reduced(2, ReductionRule(reduction.format, order: .sequential)) { $0 == 0 ? a : b }
  }

  /// The sum with partial sums in a format of their own.
  @inline(never)
  private func reduced(_ count: Int, _ reduction: ReductionRule, _ term: (Int) -> N) -> N {
    // Numbers of FP32 and narrower formats: other arithmetics have no rule for reductions.
    let single = { Float(term($0).double) }
    let sum =
      switch reduction.format {
      case .fp16: Self.ordered(count, reduction.order, single) { Binary16Rounding.round($0 + $1) }
      case .bf16: Self.ordered(count, reduction.order, single) { BFloat16Rounding.round($0 + $1) }
      case .fp32: Self.ordered(count, reduction.order, single) { $0 + $1 }
      }
    return N(Double(sum))
  }

  @inline(__always)
  private static func ordered(
    _ count: Int, _ order: ReductionRule.Order, _ term: (Int) -> Float,
    _ add: (Float, Float) -> Float
  ) -> Float {
    switch order {
    case .sequential: return (0..<count).reduce(Float(0)) { add($0, term($1)) }
    case .interleaved:
      var sums = [Float](repeating: 0, count: InterleavedSum.lanes)
      for i in 0..<count { sums[i % sums.count] = add(sums[i % sums.count], term(i)) }
      var half = sums.count / 2
      while half > 0 {
        for lane in 0..<half { sums[lane] = add(sums[lane], sums[lane + half]) }
        half /= 2
      }
      return sums[0]
    case .pairwise:
      // From the leaves up, in place: a level's last sum without a partner goes up as it is. Leaves
      // are rounded too: a term is a partial sum.
      var sums = (0..<count).map { add(0, term($0)) }
      while sums.count > 1 {
        sums = stride(from: 0, to: sums.count, by: 2).map {
          $0 + 1 < sums.count ? add(sums[$0], sums[$0 + 1]) : sums[$0]
        }
      }
      return sums.first ?? 0
    }
  }
}
