// SPDX-License-Identifier: Apache-2.0
import Formats

/// A kernel of arrays that does not compute what it should: a criterion that it passes has no
/// power.
package enum ArrayNullModel: String, Hashable, Sendable, CaseIterable {
  case zeros
  /// Every result is the mean of the right ones.
  case mean
  case notANumber = "NaN"
  /// Every result is that of the place before.
  case shuffled = "rows shuffled"
  /// The last sixty-fourth of each sum's terms, one at least, is left out.
  case dropped = "a sixty-fourth of each sum dropped"
  /// Sums are rounded to half the accumulator's precision after each term.
  case narrowSums = "sums in a narrower format"
  /// The right results, rounded to half their precision.
  case narrower = "results in a narrower format"

  /// Whether it errs in what it rounds alone.
  fileprivate var isOfPrecision: Bool { self == .narrowSums || self == .narrower }
}

/// Whether a criterion tells a kernel from null models on the random data of given cases.
package struct ArrayPower: Hashable, Sendable {
  /// The null models that were tried.
  package let tried: [ArrayNullModel]
  /// Those that the criterion lets pass in every case.
  package let passing: [ArrayNullModel]

  /// The cases that are looked at, and the elements of the largest.
  private static let most = 12
  private static let largest = 1 << 18

  /// The power of a campaign's criterion.
  ///
  /// - Parameter count: What is known of the cases where references excuse kernels; nil before.
  package init(_ campaign: ArrayCampaign, excusedAsIn count: ArrayCount? = nil) {
    let maker = campaign.maker
    let criterion = campaign.configuration.criterion
    // Exact cases have all the power there is, but none of the criterion's own.
    let random = campaign.cases.filter { $0.data.isRandom }
    let looked = (random.isEmpty ? campaign.cases : random).filter {
      $0.sizes.reduce(1, *) <= Self.largest
    }.suffix(Self.most)
    var passing = Set(ArrayNullModel.allCases)
    var tried: Set<ArrayNullModel> = []
    for known in looked {
      guard let call = maker.call(known), let judge = try? ArrayJudge(known, call, criterion)
      else { continue }
      let right = judge.nearestResults
      for model in ArrayNullModel.allCases {
        guard let results = model.results(call, right, criterion.accumulator) else { continue }
        // What a narrower format holds exactly tells nothing.
        guard results != right || !model.isOfPrecision else { continue }
        tried.insert(model)
        guard passing.contains(model) else { continue }
        var judged = judge.judge(results, index: 0)
        judged.reference = count?.cases.first { $0.text == known.text }?.reference
        if judged.verdict == .fails, !judged.isExcused { passing.remove(model) }
      }
    }
    self.tried = ArrayNullModel.allCases.filter(tried.contains)
    self.passing = ArrayNullModel.allCases.filter { tried.contains($0) && passing.contains($0) }
  }
}

extension ArrayJudge {
  /// The exact values, each rounded once.
  fileprivate var nearestResults: [UInt32] {
    (0..<call.count).map {
      exact.value(at: $0, beside: 0).value.rounded(to: call.output) ?? 0
    }
  }
}

extension ArrayNullModel {
  /// What it gives in a call whose right results are known; nil where it has no meaning.
  fileprivate func results(
    _ call: ArrayCall, _ right: [UInt32], _ accumulator: Format
  ) -> [UInt32]? {
    let output = call.output
    switch self {
    case .zeros: return Array(repeating: 0, count: right.count)
    case .mean:
      let values = right.map { output.value(of: $0) }.filter(\.isFinite)
      let mean = values.reduce(0) { $0 + $1 / Double(values.count) }
      // Of one result, and of equal ones, it is the right one.
      return Set(right).count > 1
        ? Array(repeating: output.nearest(mean), count: right.count) : nil
    case .notANumber:
      return output.canonicalNaN.map { Array(repeating: $0, count: right.count) }
    case .shuffled:
      return Set(right).count > 1 ? Array(right.dropFirst() + right.prefix(1)) : nil
    case .narrower:
      let bits = (output.precision + 1) / 2
      return right.map { output.nearest(Self.rounded(output.value(of: $0), bits)) }
    case .dropped, .narrowSums:
      return SumModel(call)?.results(
        isDropped: self == .dropped, bits: (accumulator.precision + 1) / 2)
    }
  }

  /// A number rounded to so many significand bits, ties to even.
  fileprivate static func rounded(_ x: Double, _ bits: Int) -> Double {
    guard x.isFinite, x != 0 else { return x }
    let unit = Double(sign: .plus, exponent: Int(x.exponent) - bits + 1, significand: 1)
    return (x / unit).rounded(.toNearestOrEven) * unit
  }
}

/// Sums of products, evaluated wrong on purpose.
private struct SumModel {
  private let call: ArrayCall
  private let a: EncodedMatrix
  private let b: EncodedMatrix

  /// The model of a plain sum of products; nil of another call.
  init?(_ call: ArrayCall) {
    let s = call.sizes
    let matrices: (EncodedMatrix?, EncodedMatrix?)
    switch call.operation {
    case .sum:
      matrices = (
        call.inputs[0].matrix(rows: 1, columns: s[0]), EncodedMatrix.ones(rows: s[0], columns: 1)
      )
    case .dot:
      matrices = (
        call.inputs[0].matrix(rows: 1, columns: s[0]), call.inputs[1].matrix(rows: s[0], columns: 1)
      )
    case .matmul where !call.variant.needsGEMM:
      matrices = (
        call.inputs[0].matrix(rows: s[0], columns: s[2]),
        call.inputs[1].matrix(rows: s[2], columns: s[1])
      )
    default: return nil
    }
    guard let a = matrices.0, let b = matrices.1 else { return nil }
    (self.call, self.a, self.b) = (call, a, b)
  }

  func results(isDropped: Bool, bits: Int) -> [UInt32] {
    let terms = a.columns - (isDropped ? max(1, a.columns / 64) : 0)
    return (0..<a.rows).flatMap { row in
      (0..<b.columns).map { column in
        var sum = 0.0
        for k in 0..<terms {
          sum +=
            a.format.value(of: a[row, k])
            * b.format.value(of: b[k, column])
          if !isDropped { sum = ArrayNullModel.rounded(sum, bits) }
        }
        return call.output.nearest(sum)
      }
    }
  }
}
