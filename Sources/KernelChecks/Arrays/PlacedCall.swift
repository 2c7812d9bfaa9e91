// SPDX-License-Identifier: Apache-2.0
import Formats

/// A call's arrays as they stand in memory: rows apart where the case says so.
struct PlacedCall {
  private let source: ArrayCall
  private let form: ArrayForm?
  private let arguments: [String: WorkerScalar]
  private let gap: Int
  private let inputs: [KernelArray]
  private let element: KernelElement
  private let rows: Int
  private let columns: Int

  /// - Parameters:
  ///   - form: How a C function is called; nil of other kernels.
  ///   - arguments: Further arguments of a function of Python's.
  init(_ source: ArrayCall, _ form: ArrayForm?, arguments: [String: WorkerScalar]) {
    (self.source, self.form, self.arguments) = (source, form, arguments)
    let gap = source.variant.isPadded ? ArrayCampaign.gap : 0
    self.gap = gap
    inputs = gap == 0 ? source.inputs : source.inputs.map { Self.padded($0, gap) }
    element = KernelElement(source.output)
    columns = source.shape.last ?? 1
    rows = source.count / max(1, columns)
  }

  /// The matrix with rows apart, NaNs between them where the format has one.
  private static func padded(_ array: KernelArray, _ gap: Int) -> KernelArray {
    guard let format = array.format, array.shape.count == 2 else { return array }
    let columns = array.shape[1]
    let filling = format.canonicalNaN ?? format.largestFinite
    let encodings = (0..<array.shape[0]).flatMap { row in
      (0..<columns).map { array.encoding(row * columns + $0) }
        + Array(repeating: filling, count: gap)
    }
    return KernelArray(encodings, format, shape: [array.shape[0], columns + gap])
  }

  func call(secondPoison: Bool) -> KernelRunner.Call {
    let count = rows * (columns + gap)
    let output = KernelRunner.CallArray(
      name: "its output", type: element.name,
      shape: gap == 0 ? source.shape : [rows, columns + gap], byteCount: count * element.size,
      contents: .written { write($0, element.poison(second: secondPoison)) })
    var scalars = source.scalars
    scalars.merge(arguments) { $1 }
    return KernelRunner.Call(
      inputs: inputs.enumerated().map { index, array in
        KernelRunner.CallArray(
          name: inputs.count == 1 ? "its input" : "its input \(index + 1)", type: array.type,
          shape: array.shape, byteCount: array.byteCount,
          contents: .bytes(array.bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1)!))
      },
      outputs: [output], scalars: scalars.isEmpty ? nil : scalars,
      arguments: form?.arguments(source, gap: gap))
  }

  /// What the output holds before: C', or a NaN that no kernel makes.
  private func write(_ base: UnsafeMutableRawPointer, _ poison: UInt64) {
    element.fill(base, count: rows * (columns + gap)) { place in
      let (row, column) = (place / (columns + gap), place % (columns + gap))
      guard let initial = source.initial, column < columns else { return poison }
      return UInt64(initial.encoding(row * columns + column))
    }
  }

  func results(_ runner: KernelRunner) -> [UInt32] {
    guard let base = runner.result(0).baseAddress else { return [] }
    return (0..<rows).flatMap { row in
      (0..<columns).map { UInt32(element.load(base, row * (columns + gap) + $0)) }
    }
  }

  /// The results as numbers, which may be of FP64.
  func numbers(_ runner: KernelRunner) -> [Double] {
    guard let base = runner.result(0).baseAddress else { return [] }
    return (0..<rows).flatMap { row in
      (0..<columns).map {
        source.output.number(element.load(base, row * (columns + gap) + $0))
      }
    }
  }

  /// What was written between rows in a call with the first poison.
  func strayed(_ runner: KernelRunner) -> KernelRunner.Misdeed? {
    guard gap > 0, let base = runner.result(0).baseAddress else { return nil }
    let poison = element.poison(second: false)
    for row in 0..<rows {
      for column in columns..<columns + gap
      where element.load(base, row * (columns + gap) + column) != poison {
        return KernelRunner.Misdeed(
          kind: .outside,
          detail: "it wrote \(column - columns + 1) elements behind row \(row) of its output",
          isFatal: false)
      }
    }
    return nil
  }

  /// How the results of another call differ.
  func difference(from first: [UInt32], _ runner: KernelRunner) -> KernelRunner.Misdeed? {
    let second = results(runner)
    let (poison, other) = (
      UInt32(element.poison(second: false)), UInt32(element.poison(second: true))
    )
    func text(_ x: UInt32) -> String { "0x" + String(x, radix: 16) }
    if source.initial == nil {
      let unwritten = zip(first, second).count { $0 == poison && $1 == other }
      guard unwritten == 0 else {
        return KernelRunner.Misdeed(
          kind: .unwritten, detail: "\(unwritten) of \(first.count) results were not written",
          isFatal: false)
      }
    }
    for (place, (x, y)) in zip(first, second).enumerated() where x != y {
      let format = source.output
      if format.value(of: x).isNaN, format.value(of: y).isNaN { continue }
      return KernelRunner.Misdeed(
        kind: .nondeterministic,
        detail: "result \(place) is \(text(x)) and, called again, \(text(y))", isFatal: false)
    }
    return nil
  }
}
