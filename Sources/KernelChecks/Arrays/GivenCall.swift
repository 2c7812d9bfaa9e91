// SPDX-License-Identifier: Apache-2.0
import Formats
import TensorFiles

/// A call whose inputs and results files have.
package struct GivenCall: Sendable {
  package let known: ArrayCase
  package let call: ArrayCall
  package let input: Format
  let results: [UInt32]

  /// The call that arrays make up for an operation; nil, and why, where they do not fit. Leading
  /// dimensions of rows and heads are joined.
  ///
  /// - Parameter arguments: `eps`, `scale`, `is_causal`, `stride` and `padding`.
  package init(
    _ arrays: GivenArrays, _ operation: ArrayOperation, arguments: [String: WorkerScalar]
  ) throws(ReductionFailure) {
    let reader = ArrayReader(arrays: arrays, operation: operation, arguments: arguments)
    let (sizes, shape) = try reader.sizes()
    var variant = ArrayCase.Variant()
    variant.isCausal = try reader.flag("is_causal")
    variant.isMasked = operation == .attention && arrays.inputs.count == 4
    known = ArrayCase(sizes, .given, variant)
    guard ArrayCase(known.text, of: operation) != nil else {
      throw ReductionFailure("'\(known.text)' is no shape of \(operation.rawValue)")
    }
    guard let input = arrays.inputs[0].type.format, let output = arrays.output.type.format else {
      throw ReductionFailure("inputs and outputs are of fp32, fp16, bf16, e4m3 or e5m2")
    }
    guard arrays.output.shape.reduce(1, *) == shape.reduce(1, *) else {
      throw ReductionFailure(
        "the output is \(arrays.output.shapeText), and \(operation.rawValue) of these inputs gives "
          + (shape.isEmpty ? "a number" : shape.map(String.init).joined(separator: "x")))
    }
    self.input = input
    let width = Double(sizes.last ?? 1)
    call = ArrayCall(
      operation: operation, sizes: sizes, variant: variant,
      inputs: try arrays.inputs.map { tensor throws(ReductionFailure) in
        try Self.array(tensor, input)
      }, shape: shape, output: output, initial: nil,
      epsilon: try reader.number("eps") ?? Double(Float(1e-5)),
      scale: try reader.number("scale") ?? Double(Float(1 / width.squareRoot())))
    try reader.refuseOthers()
    results = arrays.output.encodings
  }

  private static func array(
    _ tensor: StoredTensor, _ format: Format
  ) throws(ReductionFailure) -> KernelArray {
    switch tensor.type {
    case .int64:
      return KernelArray(
        tensor.words(as: UInt64.self).map(Int64.init(bitPattern:)), isShort: false,
        shape: tensor.shape)
    case .int32:
      return KernelArray(
        tensor.words(as: UInt32.self).map { Int64(Int32(bitPattern: $0)) }, isShort: true,
        shape: tensor.shape)
    case .bool, .uint8:
      return KernelArray(tensor.words(as: UInt8.self).map { $0 != 0 }, shape: tensor.shape)
    default:
      guard tensor.type.format == format else {
        throw ReductionFailure("an input is of \(tensor.type), and the first one of \(format.id)")
      }
      return KernelArray(tensor.encodings, format, shape: tensor.shape)
    }
  }
}

/// Reads an operation's sizes from the shapes of its arrays.
private struct ArrayReader {
  let arrays: GivenArrays
  let operation: ArrayOperation
  let arguments: [String: WorkerScalar]

  /// The sizes of the case and the shape of the result.
  func sizes() throws(ReductionFailure) -> (sizes: [Int], result: [Int]) {
    switch operation {
    case .sum:
      let x = try inputs(1)[0]
      return ([try length(x)], [])
    case .dot:
      let x = try inputs(2)
      guard x[0] == x[1] else { throw misfit() }
      return ([try length(x[0])], [])
    case .matmul:
      let x = try inputs(2)
      guard x[0].count == 2, x[1].count == 2, x[0][1] == x[1][0] else { throw misfit() }
      return ([x[0][0], x[1][1], x[0][1]], [x[0][0], x[1][1]])
    case .convolution:
      let x = try inputs(2)
      guard x[0].count == 4, x[1].count == 4, x[0][1] == x[1][1] else { throw misfit() }
      let (stride, padding) = (try whole("stride") ?? 1, try whole("padding") ?? 0)
      let sizes = x[0] + [x[1][0], x[1][2], x[1][3], stride, padding]
      guard stride > 0, padding >= 0, let shape = ExactConvolution.Shape(sizes) else {
        throw misfit()
      }
      return (sizes, [x[0][0], x[1][0], shape.outputHeight, shape.outputWidth])
    case .softmax, .logSoftmax: return try rows(of: inputs(1)[0], isReduced: false)
    case .logSumExp: return try rows(of: inputs(1)[0], isReduced: true)
    case .crossEntropy:
      let x = try inputs(2)
      let found = try rows(of: x[0], isReduced: true)
      guard x[1].reduce(1, *) == found.sizes[0], [.int64, .int32].contains(arrays.inputs[1].type)
      else { throw misfit() }
      try checkLabels(below: found.sizes[1])
      return found
    case .layerNorm, .rmsNorm:
      let x = try inputs(operation == .layerNorm ? 3 : 2)
      let found = try rows(of: x[0], isReduced: false)
      guard x.dropFirst().allSatisfy({ $0 == [found.sizes[1]] }) else { throw misfit() }
      return found
    case .attention:
      let x = try inputs(arrays.inputs.count == 4 ? 4 : 3)
      guard (2...4).contains(x[0].count), x[1].count == x[0].count, x[1] == x[2] else {
        throw misfit()
      }
      let (q, k) = (x[0], x[1])
      let heads = q.dropLast(2).reduce(1, *)
      guard q.dropLast(2) == k.dropLast(2), q.last == k.last, let width = q.last else {
        throw misfit()
      }
      let (queries, keys) = (q[q.count - 2], k[k.count - 2])
      if x.count == 4 {
        guard x[3] == [queries, keys],
          arrays.inputs[3].type == .bool || arrays.inputs[3].type == .uint8
        else { throw misfit() }
      }
      return ([heads, queries, keys, width], [heads, queries, width])
    }
  }

  private func inputs(_ count: Int) throws(ReductionFailure) -> [[Int]] {
    guard arrays.inputs.count == count else {
      throw ReductionFailure(
        "\(operation.rawValue) has \(count) input\(count == 1 ? "" : "s"), and there are "
          + "\(arrays.inputs.count)")
    }
    return arrays.inputs.map(\.shape)
  }

  private func length(_ shape: [Int]) throws(ReductionFailure) -> Int {
    guard shape.count == 1 else { throw misfit() }
    return shape[0]
  }

  private func rows(
    of shape: [Int], isReduced: Bool
  ) throws(ReductionFailure) -> (sizes: [Int], result: [Int]) {
    guard let columns = shape.last else { throw misfit() }
    let rows = shape.dropLast().reduce(1, *)
    return ([rows, columns], isReduced ? [rows] : [rows, columns])
  }

  private func checkLabels(below classes: Int) throws(ReductionFailure) {
    let tensor = arrays.inputs[1]
    let labels =
      tensor.type == .int64
      ? tensor.words(as: UInt64.self).map { Int64(bitPattern: $0) }
      : tensor.words(as: UInt32.self).map { Int64(Int32(bitPattern: $0)) }
    if let wrong = labels.first(where: { !(0..<Int64(classes)).contains($0) }) {
      throw ReductionFailure("a label is \(wrong), and there are \(classes) columns")
    }
  }

  private func misfit() -> ReductionFailure {
    ReductionFailure(
      "inputs of \(arrays.inputs.map { "\($0.shapeText) \($0.type)" }.joined(separator: ", ")) do "
        + "not fit \(operation.rawValue)")
  }

  private func whole(_ name: String) throws(ReductionFailure) -> Int? {
    guard let number = try number(name) else { return nil }
    guard number == number.rounded() else {
      throw ReductionFailure("the argument \(name) is \(number), and no whole number")
    }
    return Int(number)
  }

  func number(_ name: String) throws(ReductionFailure) -> Double? {
    switch arguments[name] {
    case nil: return nil
    case .number(let number)? where number.magnitude <= 1e9: return number
    default: throw ReductionFailure("the argument \(name) is no number")
    }
  }

  func flag(_ name: String) throws(ReductionFailure) -> Bool {
    guard operation == .attention else { return false }
    switch arguments[name] {
    case nil: return false
    case .flag(let flag)?: return flag
    default: throw ReductionFailure("the argument \(name) is neither true nor false")
    }
  }

  /// Throws where there are arguments that the operation has not.
  func refuseOthers() throws(ReductionFailure) {
    let known: Set<String> =
      switch operation {
      case .layerNorm, .rmsNorm: ["eps"]
      case .attention: ["scale", "is_causal"]
      case .convolution: ["stride", "padding"]
      default: []
      }
    guard let other = arguments.keys.sorted().first(where: { !known.contains($0) }) else { return }
    throw ReductionFailure(
      "\(operation.rawValue) has no argument \(other)"
        + (known.isEmpty ? "" : "; known: \(known.sorted().joined(separator: ", "))"))
  }
}
