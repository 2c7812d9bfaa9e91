// SPDX-License-Identifier: Apache-2.0
import Formats

/// The exact results of a call.
struct ArrayReference {
  private let values: [ExactOutput]
  /// The rows of results that see no key: zeros, and NaNs, are both right.
  private let emptyRows: Set<Int>
  private let rowLength: Int

  /// - Parameters:
  ///   - accumulator: The format in which sums are added up.
  ///   - isCancelled: Whether nobody waits for the values any more; they then fail.
  init(
    _ call: ArrayCall, accumulator: Format, isCancelled: () -> Bool = { false }
  ) throws(ReductionFailure) {
    rowLength = max(1, call.shape.last ?? 1)
    let inputs = ReferenceInputs(call)
    let s = call.sizes
    func rows(
      _ count: Int, portion: Int = 8,
      _ values: (Range<Int>) throws(ReductionFailure) -> [ExactOutput]
    ) throws(ReductionFailure) -> [ExactOutput] {
      var all: [ExactOutput] = []
      for first in stride(from: 0, to: count, by: portion) {
        if isCancelled() { throw ReductionFailure("the check was ended") }
        all += try values(first..<min(first + portion, count))
      }
      return all
    }
    var emptyRows: [Int] = []
    switch call.operation {
    case .sum:
      let x = try inputs.matrix(0, rows: 1, columns: s[0])
      values = try Self.product(x, .ones(rows: s[0], columns: 1))
    case .dot:
      values = try Self.product(
        inputs.matrix(0, rows: 1, columns: s[0]), inputs.matrix(1, rows: s[0], columns: 1))
    case .matmul:
      let variant = call.variant
      let product = try ExactProduct(
        inputs.matrix(0, rows: s[0], columns: s[2], isTransposed: variant.transposesA),
        inputs.matrix(1, rows: s[2], columns: s[1], isTransposed: variant.transposesB),
        alpha: variant.alpha, beta: variant.beta,
        added: call.initial?.matrix(rows: s[0], columns: s[1]))
      values = try rows(s[0]) { product.values(ofRows: $0).map { ExactOutput(value: $0) } }
    case .convolution:
      guard let shape = ExactConvolution.Shape(s) else {
        throw ReductionFailure("no window fits")
      }
      let convolution = try ExactConvolution(
        inputs.matrix(0, rows: s[0] * s[1], columns: s[2] * s[3]),
        inputs.matrix(1, rows: s[4], columns: shape.terms), shape)
      values = try rows(s[0], portion: 1) { images throws(ReductionFailure) in
        try convolution.values(ofImages: images)
      }
    case .softmax, .logSoftmax, .logSumExp, .crossEntropy:
      let softmax = try inputs.softmax(call.operation)
      values = try rows(s[0]) { softmax.values(ofRows: $0) }
    case .layerNorm:
      let norm = try ExactLayerNorm(
        inputs.matrix(0, rows: s[0], columns: s[1]),
        weight: inputs.matrix(1, rows: 1, columns: s[1]),
        bias: inputs.matrix(2, rows: 1, columns: s[1]), epsilon: call.epsilon)
      values = try rows(s[0]) { norm.values(ofRows: $0) }
    case .rmsNorm:
      let norm = try ExactRMSNorm(
        inputs.matrix(0, rows: s[0], columns: s[1]),
        weight: inputs.matrix(1, rows: 1, columns: s[1]), epsilon: call.epsilon)
      values = try rows(s[0]) { norm.values(ofRows: $0) }
    case .attention:
      var outputs: [ExactOutput] = []
      for head in 0..<s[0] {
        let attention = try inputs.attention(head, accumulator)
        outputs += try rows(s[1]) { attention.values(ofRows: $0) }
        emptyRows += attention.maskedRows.map { head * s[1] + $0 }
      }
      values = outputs
    }
    self.emptyRows = Set(emptyRows)
  }

  /// The exact value at a place, as a result is judged by it.
  func value(at place: Int, beside result: Double) -> ExactOutput {
    // The mean of nothing: PyTorch and FlashAttention have made it zero, and NaN, in turn.
    if result.isNaN, emptyRows.contains(place / rowLength) {
      return ExactOutput(untouched: .nan)
    }
    return values[place]
  }

  private static func product(
    _ a: EncodedMatrix, _ b: EncodedMatrix
  ) throws(ReductionFailure) -> [ExactOutput] {
    try ExactProduct(a, b).values(ofRows: 0..<a.rows).map { ExactOutput(value: $0) }
  }
}

/// The inputs of a call as references take them.
private struct ReferenceInputs {
  private let call: ArrayCall

  init(_ call: ArrayCall) { self.call = call }

  func matrix(
    _ index: Int, rows: Int, columns: Int, from first: Int = 0, isTransposed: Bool = false
  ) throws(ReductionFailure) -> EncodedMatrix {
    guard call.inputs.indices.contains(index),
      let matrix = call.inputs[index].matrix(
        rows: rows, columns: columns, from: first, isTransposed: isTransposed)
    else { throw ReductionFailure("input \(index + 1) is not \(rows) x \(columns)") }
    return matrix
  }

  func softmax(_ operation: ArrayOperation) throws(ReductionFailure) -> ExactSoftmax {
    let result: ExactSoftmax.Result =
      switch operation {
      case .logSoftmax: .logSoftmax
      case .logSumExp: .logSumExp
      case .crossEntropy: .crossEntropy(labels: call.inputs.last?.indices ?? [])
      default: .softmax
      }
    return try ExactSoftmax(matrix(0, rows: call.sizes[0], columns: call.sizes[1]), result)
  }

  func attention(
    _ head: Int, _ accumulator: Format
  ) throws(ReductionFailure) -> ExactAttention {
    let (queries, keys, width) = (call.sizes[1], call.sizes[2], call.sizes[3])
    // Kernels of narrow formats round probabilities to them for their matrix units.
    let stored =
      call.inputs[0].format.flatMap { format in
        format.precision < accumulator.precision
          ? StoredProbabilities(format, accumulator: accumulator) : nil
      } ?? .unrounded
    return try ExactAttention(
      queries: matrix(0, rows: queries, columns: width, from: head * queries * width),
      keys: matrix(1, rows: keys, columns: width, from: head * keys * width),
      values: matrix(2, rows: keys, columns: width, from: head * keys * width),
      scale: call.scale, isCausal: call.variant.isCausal,
      mask: call.variant.isMasked ? call.inputs[3].flags : nil, stored: stored)
  }
}
