// SPDX-License-Identifier: Apache-2.0

/// Looks for rows whose results depend on what else is computed with them: rows of a product's first
/// factor, of a softmax or a norm, images of a convolution, heads of an attention.
package struct BatchProbe {
  private let campaign: ArrayCampaign

  /// The cases that are looked at, those with the most terms last, and the rows of each.
  private static let mostCases = 8
  private static let mostRows = 8

  package init(_ campaign: ArrayCampaign) { self.campaign = campaign }

  /// The properties of an operation.
  package static func properties(of operation: ArrayOperation) -> [KernelProperty] {
    [.sum, .dot].contains(operation) ? [] : [.batchInvariant, .positionInvariant]
  }

  /// What is found of each property; throws a `WorkerFailure` where the kernel gives no results.
  package func results(isCancelled: @escaping () -> Bool) throws -> [PropertyResult] {
    let runner = try KernelRunner(campaign.setting)
    runner.isCancelled = isCancelled
    var batch = PropertyResult(.batchInvariant)
    var position = PropertyResult(.positionInvariant)
    let looked = campaign.cases.filter {
      $0.data == .normal && $0.sizes[0] > 1 && !$0.variant.needsGEMM
    }.suffix(Self.mostCases)
    for known in looked {
      guard let call = campaign.maker.call(known) else { continue }
      let rows = known.sizes[0]
      let width = call.count / rows
      let together = try results(of: call, runner)
      func row(_ results: [UInt32], _ index: Int) -> ArraySlice<UInt32> {
        results[index * width..<(index + 1) * width]
      }
      let step = max(1, rows / Self.mostRows)
      for index in stride(from: 0, to: rows, by: step) {
        let alone = try results(of: call.taking(rows: [index]), runner)
        batch.add(
          row(together, index) == row(alone, 0),
          "row \(index) of \(known.text), \(Self.difference(row(together, index), row(alone, 0), "among \(rows)", "alone"))"
        )
      }
      let reversed = try results(of: call.taking(rows: (0..<rows).reversed()), runner)
      for index in stride(from: 0, to: rows, by: step) {
        let other = row(reversed, rows - 1 - index)
        position.add(
          row(together, index) == other,
          "row \(index) of \(known.text), \(Self.difference(row(together, index), other, "there", "in place \(rows - 1 - index)"))"
        )
      }
    }
    return [batch, position]
  }

  private static func difference(
    _ a: ArraySlice<UInt32>, _ b: ArraySlice<UInt32>, _ first: String, _ second: String
  ) -> String {
    guard
      let (place, (x, y)) = zip(a, b).enumerated().first(where: { $0.element.0 != $0.element.1 })
    else { return "" }
    return
      "result \(place): 0x\(String(x, radix: 16)) \(first), 0x\(String(y, radix: 16)) \(second)"
  }

  private func results(of call: ArrayCall, _ runner: KernelRunner) throws -> [UInt32] {
    let placed = PlacedCall(call, campaign.form, arguments: campaign.configuration.arguments)
    if let misdeed = runner.call(placed.call(secondPoison: false)), misdeed.isFatal {
      if runner.isCancelled() { throw CancellationError() }
      throw WorkerFailure("\(misdeed.kind.rawValue): \(misdeed.detail)")
    }
    return placed.results(runner)
  }
}

extension ArrayCall {
  /// The same of some rows alone, in another order: of an attention's heads, a convolution's images.
  func taking(rows: [Int]) -> ArrayCall {
    // The arrays that every row has its own part of.
    let batched =
      switch operation {
      case .sum, .dot: 0
      case .matmul, .convolution, .softmax, .logSoftmax, .logSumExp, .layerNorm, .rmsNorm: 1
      case .crossEntropy: 2
      case .attention: 3
      }
    return ArrayCall(
      operation: operation, sizes: [rows.count] + sizes.dropFirst(), variant: variant,
      inputs: inputs.enumerated().map { $0 < batched ? $1.taking(rows: rows) : $1 },
      shape: [rows.count] + shape.dropFirst(), output: output, initial: nil, epsilon: epsilon,
      scale: scale)
  }
}
