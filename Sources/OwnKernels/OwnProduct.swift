// SPDX-License-Identifier: Apache-2.0
import Formats
import KernelChecks
import SoftFloat

/// Halfway's matrix product of one accumulation.
struct OwnProduct {
  private let accumulation: Accumulation
  private let format: Format
  private let result: Format

  init(_ accumulation: Accumulation, format: Format, result: Format) {
    (self.accumulation, self.format, self.result) = (accumulation, format, result)
  }

  /// The accumulation of `product:FORMAT`, and of more words: `product-then-sum`, `pairwise:LEAF`,
  /// `chunked:TERMS`.
  static func accumulation(
    _ words: [String], _ operands: Format
  ) throws(WorkerFailure) -> Accumulation {
    let text = words.joined(separator: ":")
    guard let sums = Accumulation.SumFormat(rawValue: words[1]), sums != .fp64 else {
      throw WorkerFailure("'\(text)': sums are in fp32, fp16 or bf16")
    }
    var step = Accumulation.Step.fused
    var rest = words.dropFirst(2)
    if rest.first == "product-then-sum" {
      step = .productThenSum
      rest = rest.dropFirst()
    }
    let order: Accumulation.Order
    switch (rest.first, rest.dropFirst().first.flatMap { Int($0) }, rest.count) {
    case (nil, _, _): order = .sequential
    case ("pairwise"?, let leaf?, 2) where leaf >= 1: order = .pairwise(leaf: leaf)
    case ("chunked"?, let terms?, 2) where terms >= 1:
      order = .chunked(terms: terms, sums: .fp32)
    default:
      throw WorkerFailure("'\(text)': an order is pairwise:LEAF or chunked:TERMS")
    }
    guard sums == .fp32 || sums.rawValue == operands.elementID else {
      throw WorkerFailure("sums in \(sums.rawValue) are of operands in \(sums.rawValue)")
    }
    return Accumulation(sums, step, order)
  }

  /// The walk of `unit:NAME` and `unit:NAME:SHAPE`, with sums in FP32.
  static func unit(_ words: [String], _ operands: Format) throws(WorkerFailure) -> Accumulation {
    guard let unit = MatrixUnit(rawValue: words[1]) else {
      throw WorkerFailure(
        "'\(words[1])' is no matrix unit; known: "
          + MatrixUnit.allCases.map(\.rawValue).joined(separator: ", "))
    }
    var shape: MatrixInstructionShape?
    if words.count > 2 {
      shape = MatrixInstructionShape(rawValue: words[2])
      guard let shape, unit.shapes.contains(shape) else {
        throw WorkerFailure(
          "\(unit.rawValue) has no shape '\(words[2])'"
            + (unit.shapes.isEmpty
              ? "" : "; it has \(unit.shapes.map(\.rawValue).joined(separator: ", "))"))
      }
    }
    guard unit.row(operands, operands, accumulator: .fp32, shape: shape) != nil else {
      throw WorkerFailure("\(unit.rawValue) does not take operands of \(operands.elementID)")
    }
    return Accumulation(.fp32, .fused, .matrixUnit(unit, shape: shape))
  }

  /// The product of a request's factors of m × k and k × n.
  func call(
    _ request: WorkerRequest, inputs: [UnsafeMutableRawPointer], output: UnsafeMutableRawPointer
  ) throws {
    let (a, b) = (request.inputs[0].shape, request.inputs[1].shape)
    guard a.count == 2, b.count == 2, a[1] == b[0], request.outputs[0].shape == [a[0], b[1]]
    else { throw WorkerFailure("the factors' shapes do not fit") }
    let shape = ProductShape(rows: a[0], inner: a[1], columns: b[1])
    let factors = try zip(inputs, request.inputs).map { input, array in
      OwnElements.widened(input, count: try array.elementCount(), format: format)
    }
    let count = shape.rows * shape.columns
    var sums = [Float](repeating: 0, count: count)
    func operand(_ values: UnsafeBufferPointer<Float>, stride: Int) -> MatrixOperand? {
      values.baseAddress.map { .float($0, stride: stride, values: format) }
    }
    factors[0].withUnsafeBufferPointer { x in
      factors[1].withUnsafeBufferPointer { y in
        sums.withUnsafeMutableBufferPointer { sums in
          guard let base = sums.baseAddress, let x = operand(x, stride: shape.inner),
            let y = operand(y, stride: shape.columns)
          else { return }
          TensorKernels.multiply(
            x, y, into: .float(base, stride: shape.columns), shape: shape,
            accumulation: accumulation, threads: 1)
          OwnElements.narrow(base, count: count, into: output, format: result)
        }
      }
    }
  }
}
