// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat

/// `halfway_multiply`: the matrix product that a `halfway_product` describes.
@_cdecl("halfway_multiply")
public func halfwayMultiply(_ product: UnsafeRawPointer?, _ threads: Int32) -> Int32 {
  withStatus { () throws(Refusal) in
    guard let product else { throw Refusal("product is null") }
    guard UInt(bitPattern: product).isMultiple(of: 8) else {
      throw Refusal("product is not aligned")
    }
    let threads = try Bands.threads(threads)
    try CheckedProduct(product.load(as: ProductArgument.self)).compute(threads: threads)
  }
}

/// A product whose parts are known to go together.
private struct CheckedProduct {
  let a: FactorArgument
  let b: FactorArgument
  let addend: ArrayArgument?
  let addendFormat: Format?
  let result: ArrayArgument
  let shape: ProductShape
  let batch: Int
  let accumulation: Accumulation

  init(_ p: ProductArgument) throws(Refusal) {
    let rows = try ArrayArgument.count(p.rows, "rows")
    let inner = try ArrayArgument.count(p.inner, "inner")
    let columns = try ArrayArgument.count(p.columns, "columns")
    batch = try ArrayArgument.count(p.batch, "batch")
    shape = ProductShape(rows: rows, inner: inner, columns: columns)
    a = try FactorArgument(
      p.a, p.aType, p.aFormat, stride: p.aStride, batchStride: p.aBatchStride,
      transposed: p.aTransposed, rows: rows, columns: inner, batch: batch, "a")
    b = try FactorArgument(
      p.b, p.bType, p.bFormat, stride: p.bStride, batchStride: p.bBatchStride,
      transposed: p.bTransposed, rows: inner, columns: columns, batch: batch, "b")
    let (elements, isTooLarge) = rows.multipliedReportingOverflow(by: columns)
    guard !isTooLarge else { throw Refusal("the result is larger than any memory") }
    let count = try FactorArgument.extent(
      rows: 1, columns: elements, stride: elements, batch: batch, batchStride: elements,
      "the result")
    result = try ArrayArgument(
      p.result, try .read(p.resultType, "result_type"), count: count, "result")
    addend = try p.c.map { pointer throws(Refusal) in
      try ArrayArgument(pointer, .format(.fp32), count: count, "c")
    }
    addendFormat = try p.cFormat.map { name throws(Refusal) in try Format.read(name, "c_format") }
    let known = Accumulation.SumFormat.allCases.map(\.rawValue)
    let sum = try Texts.choose(
      p.accumulate, "accumulate", of: known, Accumulation.SumFormat.init(rawValue:), else: .fp32)
    let step = try Texts.choose(
      p.step, "step", of: Accumulation.Step.allCases.map(\.rawValue),
      Accumulation.Step.init(rawValue:), else: .fused)
    accumulation = try OrderArgument(
      sum: sum, step: step, order: p.order, size: p.size, sums: p.sums, shape: p.shape
    ).accumulation(terms: inner)
    try result.mayBeWritten(
      beside: [(a.array, "a"), (b.array, "b")], "result", shareable: false)
    try result.mayBeWritten(beside: [(addend, "c")], "result", shareable: true)
    try mustGoTogether(step)
    if result.count > 0, inner > 0 { try mustHoldNumbers() }
  }

  private func mustGoTogether(_ step: Accumulation.Step) throws(Refusal) {
    let sum = accumulation.format
    for (factor, name) in [(a, "a"), (b, "b")] {
      let type = factor.array.type
      let fits =
        type == .format(.fp32) || sum == .fp64 || sum == .fp32 && type != .fp64
        || type.name == sum.rawValue
      guard fits else {
        throw Refusal(
          .unsupported, "\(name) is \(type.name), which is not summed in \(sum.rawValue)")
      }
    }
    let isDouble = result.type == .fp64
    guard isDouble || result.type == .format(.fp32) else {
      throw Refusal(.unsupported, "result_type is \(result.type.name): products are fp32 or fp64")
    }
    guard !isDouble || accumulation.resultFormat == .fp64 else {
      throw Refusal(
        .unsupported,
        "result_type is fp64, and the sums are \(accumulation.resultFormat.rawValue): fp32 holds them"
      )
    }
    guard case .matrixUnit(let unit, let instruction) = accumulation.order else {
      guard addendFormat == nil else {
        throw Refusal(.unsupported, "c_format is for matrix units alone")
      }
      return
    }
    guard step == .fused else {
      throw Refusal(.unsupported, "a matrix unit has no step productThenSum")
    }
    guard
      let row = unit.row(a.format, b.format, accumulator: sum, shape: instruction),
      a.array.type != .fp64, b.array.type != .fp64
    else { throw Self.refused(unit, instruction, a, b, sum) }
    guard addendFormat == nil || addendFormat == .fp16 && row.takesHalfAddend else {
      throw Refusal(.unsupported, "\(unit.rawValue) takes no c of that format")
    }
  }

  private static func refused(
    _ unit: MatrixUnit, _ instruction: MatrixInstructionShape?, _ a: FactorArgument,
    _ b: FactorArgument, _ sum: Accumulation.SumFormat
  ) -> Refusal {
    var taken: [String] = []
    for row in unit.rows(instruction) {
      for format in row.inputs {
        let text = "\(format.id) to \(row.accumulator.rawValue)"
        if !taken.contains(text) { taken.append(text) }
      }
    }
    return Refusal(
      .unsupported,
      "\(unit.rawValue) does not multiply \(a.format.id) by \(b.format.id) and sum in \(sum.rawValue); "
        + "it takes \(taken.joined(separator: ", "))")
  }

  private func mustHoldNumbers() throws(Refusal) {
    let narrow: Format? =
      switch accumulation.format {
      case .fp16: .fp16
      case .bf16: .bf16
      case .fp32, .fp64: nil
      }
    for (factor, name) in [(a, "a"), (b, "b")] {
      // A unit truncates FP32 to TF32 by itself.
      try factor.mustHoldNumbers(of: factor.format, name)
      if let narrow, !accumulation.order.isOfUnit {
        try factor.mustHoldNumbers(of: narrow, name)
      }
    }
    guard let addend else { return }
    let begins: Accumulation.SumFormat =
      switch accumulation.order {
      case .chunked(_, let sums), .splitK(_, let sums): sums
      default: accumulation.format
      }
    let format = addendFormat ?? Format(id: begins.rawValue) ?? .fp32
    let values = addend.base.assumingMemoryBound(to: Float.self)
    if format != .fp32,
      let index = ValueCheck.first(in: values, count: addend.count, notIn: format)
    {
      throw Refusal(
        .unsupported,
        "c has \(values[index]) at \(index), which is no number of \(format.id): round it first")
    }
  }

  func compute(threads: Int) {
    guard result.count > 0 else { return }
    let (rows, columns) = (shape.rows, shape.columns)
    let output: MatrixResult =
      result.type == .fp64
      ? .double(
        result.base.assumingMemoryBound(to: Double.self), stride: columns,
        batchStride: rows * columns)
      : .float(
        result.base.assumingMemoryBound(to: Float.self), stride: columns,
        batchStride: rows * columns)
    TensorKernels.multiply(
      a.operand, b.operand,
      plus: addend.map {
        .float(
          $0.base.assumingMemoryBound(to: Float.self), stride: columns,
          batchStride: rows * columns, values: addendFormat)
      }, into: output, shape: shape, batch: batch, accumulation: accumulation, threads: threads)
  }
}
