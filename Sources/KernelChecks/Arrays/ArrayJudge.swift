// SPDX-License-Identifier: Apache-2.0
import Formats

/// Judges the results of a case by its exact values.
struct ArrayJudge {
  let known: ArrayCase
  let call: ArrayCall
  let exact: ArrayReference
  let criterion: ArrayCriterion

  /// - Parameter isCancelled: Whether nobody waits for the exact values any more; they then fail.
  init(
    _ known: ArrayCase, _ call: ArrayCall, _ criterion: ArrayCriterion,
    isCancelled: () -> Bool = { false }
  ) throws(ReductionFailure) {
    (self.known, self.call, self.criterion) = (known, call, criterion)
    exact = try ArrayReference(
      call, accumulator: criterion.accumulator, isCancelled: isCancelled)
  }

  /// What is known of results, encodings of the output's format, row by row.
  func judge(_ results: [UInt32], index: Int) -> ArrayCaseResult {
    var judged = ArrayCaseResult(index: index, text: known.text)
    var errors = ScaledError(
      ScaledError.Arithmetic(
        accumulator: criterion.accumulator, output: call.output, terms: call.terms))
    for (place, result) in results.enumerated() {
      let value = exact.value(at: place, beside: call.output.value(of: result))
      errors.add(result, value.value, allowance: value.allowance, at: place)
      if !isNearest(result, value.value) { judged.misrounded += 1 }
    }
    judged.results = results.count
    judged.wrongSpecials = errors.wrongSpecials
    judged.scaledError = errors.largest
    judged.componentwise = errors.componentwise
    judged.normwise = errors.normwise
    judged.cosine = errors.cosine
    (judged.limit, judged.bound) =
      demandsNearest
      ? (nil, ArrayCaseResult.everyNearest)
      : criterion.limit(known.data, terms: call.terms, count: results.count)
    if let place = errors.worst {
      judged.worst = ArrayCaseResult.Worst(
        place: indices(place), result: results[place],
        exact: "\(exact.value(at: place, beside: 0).value.high)")
    }
    judged.digest = Self.digest(results, call.output)
    judged.verdict = verdict(judged)
    return judged
  }

  /// How many of some results are nearer to their exact values than others, and how many farther.
  func comparison(_ results: [UInt32], _ others: [UInt32]) -> (nearer: Int, farther: Int) {
    var (nearer, farther) = (0, 0)
    for (place, (x, y)) in zip(results, others).enumerated() where x != y {
      let value = exact.value(at: place, beside: call.output.value(of: x)).value
      let (a, b) = (
        value.distance(of: call.output.value(of: x)), value.distance(of: call.output.value(of: y))
      )
      if a < b { nearer += 1 } else if a > b { farther += 1 }
    }
    return (nearer, farther)
  }

  /// Whether every result has to be the nearest number: where that is asked for, and where sums are
  /// exact in any order.
  private var demandsNearest: Bool {
    if criterion.demand == .correctlyRounded { return true }
    guard call.operation.isLinear, let input = call.inputs[0].format else { return false }
    let variant = call.variant
    switch known.data {
    case .integers:
      // Halves up to 2 are what the integers leave bits for.
      return [variant.alpha, variant.beta].allSatisfy {
        $0.magnitude <= 2 && 2 * $0 == (2 * $0).rounded()
      }
    case .oneHot, .permutation:
      // Every sum is one number of the input's format.
      return variant.alpha == 1 && variant.beta == 0
        && input.precision <= criterion.accumulator.precision
    default: return false
    }
  }

  private func verdict(_ judged: ArrayCaseResult) -> ArrayCaseResult.Verdict {
    if judged.wrongSpecials > 0 { return .fails }
    if demandsNearest { return judged.misrounded == 0 ? .holds : .fails }
    guard let limit = judged.limit else { return .unjudged }
    return judged.scaledError <= limit ? .holds : .fails
  }

  /// Whether a result is the nearest number, or any NaN for a NaN.
  private func isNearest(_ result: UInt32, _ value: ExactReduction) -> Bool {
    guard let nearest = value.rounded(to: call.output) else { return true }
    if result == nearest { return true }
    let (y, expected) = (call.output.value(of: result), call.output.value(of: nearest))
    // The sign of a zero depends on the order.
    return y.isNaN && expected.isNaN || y == 0 && expected == 0
  }

  private func indices(_ place: Int) -> [Int] {
    var (rest, indices) = (place, [Int]())
    for length in call.shape.reversed() {
      indices.append(rest % length)
      rest /= length
    }
    return indices.reversed()
  }

  private static func digest(_ results: [UInt32], _ format: Format) -> String {
    var sum: UInt64 = 0
    for (place, result) in results.enumerated() {
      sum = ResultDigest.sum(
        sum, ResultDigest.digest(UInt64(result), ofElement: UInt64(place), format))
    }
    let digits = String(sum, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
