// SPDX-License-Identifier: Apache-2.0
import Formats

extension ArrayOperation {
  /// Whether its sums can be looked into: their terms are the inputs, or products of them.
  package var canBeIdentified: Bool { self == .sum || self == .dot || self == .matmul }
}

extension ArrayCampaign {
  /// What the kernel does inside sums of so many terms.
  ///
  /// A sum and a dot are asked for one call each. The elements of a matrix product that are looked at
  /// are those of one column, in products of one shape, and of the rows that the kernel adds up like
  /// the first: what it does may depend on the place.
  ///
  /// - Throws: a `WorkerFailure`: what the kernel did instead of giving results; a
  ///   `CancellationError`.
  package func identification(
    terms: Int, isCancelled: @escaping () -> Bool
  ) throws -> SumIdentification {
    let runner = try idle.take() ?? KernelRunner(setting)
    runner.isCancelled = isCancelled
    defer {
      runner.isCancelled = { false }
      idle.give(runner)
    }
    let isProduct = configuration.operation == .matmul
    let rows = isProduct ? try likeRows(terms, runner) : []
    let probe = SumProbe(
      terms: terms, input: input, output: output, hasProducts: configuration.operation != .sum,
      sharesFactors: isProduct
    ) { batch in
      if isProduct { return try products(batch, rows, runner) }
      return try (0..<batch.rows).map { row in
        let range = row * terms..<(row + 1) * terms
        var inputs = [KernelArray(Array(batch.x[range]), input, shape: [terms])]
        if configuration.operation == .dot {
          let y = batch.y.count == terms ? batch.y : Array(batch.y[range])
          inputs.append(KernelArray(y, input, shape: [terms]))
        }
        return try results([terms], inputs, shape: [], runner)[0]
      }
    }
    return try SumIdentification(of: probe)
  }

  /// The rows and columns of a product that is asked for.
  private static let probeRows = 64
  private static let probeColumns = 16

  /// Products of random rows that tell orders of addition apart.
  private static let probesOfRows = 16

  /// The rows of a product whose elements are added up as those of the first: equal rows of A give
  /// them equal results, whatever these are.
  private func likeRows(_ k: Int, _ runner: KernelRunner) throws -> [Int] {
    let m = Self.probeRows
    var numbers = ReductionCases(input, seed: 1)
    var rows = Array(0..<m)
    for _ in 0..<Self.probesOfRows {
      let row = numbers.normal(k)
      let c = try column((0..<m).flatMap { _ in row }, numbers.normal(k), k, runner)
      rows.removeAll { c[$0] != c[0] }
    }
    return rows
  }

  /// The elements of the first column of A B, whatever the number of A's rows.
  private func products(
    _ batch: ProbeBatch, _ places: [Int], _ runner: KernelRunner
  ) throws -> [UInt32] {
    let k = batch.terms
    return try stride(from: 0, to: batch.rows, by: places.count).flatMap { first in
      let rows = min(places.count, batch.rows - first)
      var a = [UInt32](repeating: 0, count: Self.probeRows * k)
      for row in 0..<rows {
        let source = (first + row) * k
        a.replaceSubrange(
          places[row] * k..<(places[row] + 1) * k, with: batch.x[source..<source + k])
      }
      let c = try column(a, batch.y, k, runner)
      return (0..<rows).map { c[places[$0]] }
    }
  }

  /// The first column of A B, every column of B the same.
  private func column(
    _ a: [UInt32], _ y: [UInt32], _ k: Int, _ runner: KernelRunner
  ) throws -> [UInt32] {
    let (m, n) = (Self.probeRows, Self.probeColumns)
    let b = KernelArray((0..<k * n).map { y[$0 / n] }, input, shape: [k, n])
    let c = try results(
      [m, n, k], [KernelArray(a, input, shape: [m, k]), b], shape: [m, n], runner)
    return (0..<m).map { c[$0 * n] }
  }

  private func results(
    _ sizes: [Int], _ inputs: [KernelArray], shape: [Int], _ runner: KernelRunner
  ) throws -> [UInt32] {
    let call = ArrayCall(
      operation: configuration.operation, sizes: sizes, variant: ArrayCase.Variant(),
      inputs: inputs, shape: shape, output: output, initial: nil, epsilon: 0, scale: 1)
    let placed = PlacedCall(call, form, arguments: configuration.arguments)
    if let misdeed = runner.call(placed.call(secondPoison: false)), misdeed.isFatal {
      if runner.isCancelled() { throw CancellationError() }
      throw WorkerFailure("\(misdeed.kind.rawValue): \(misdeed.detail)")
    }
    return placed.results(runner)
  }
}
