// SPDX-License-Identifier: Apache-2.0
import Formats
import ProductOracle
import SoftFloat

/// Compares products of a unit with its definition, and the steps of that with exact numbers.
struct UnitJudge: Sendable {
  let part: UnitCampaign.Part
  let row: MatrixUnitRow
  let oracle: UnitOracle?
  let seed: UInt64

  private var formats: (Format, Format) { (part.formats[0], part.formats[1]) }

  /// What comes out of the product at an index.
  func compare(_ index: UInt64) -> UnitCampaign.Row {
    let operands = UnitOperands(row, formats, seed: seed, index: index)
    let results = product(operands)
    var found = UnitCampaign.Row(part: part)
    for r in 0..<operands.shape.rows {
      for j in 0..<operands.shape.columns {
        let got = results[r * operands.shape.columns + j]
        found.results += 1
        found.nonFinite += got.isFinite ? 0 : 1
        found.zero += got == 0 ? 1 : 0
        let (a, b, c) = operands.vectors(r, j)
        let addend: Format? = operands.hasHalfAddend && operands.c != nil ? .fp16 : nil
        let walk = walk(a, b, c, addend: addend, steps: &found.steps)
        let difference: UnitCampaign.Difference?
        if let step = walk.wrongStep {
          difference = .init(
            kind: .definition, index: index, row: r, column: j, a: step.a.map(\.bitPattern),
            b: step.b.map(\.bitPattern), c: step.c.bitPattern, expected: step.expected.bitPattern,
            got: step.got.bitPattern)
        } else if walk.result.bitPattern != got.bitPattern {
          difference = .init(
            kind: .product, index: index, row: r, column: j, a: a.map(\.bitPattern),
            b: b.map(\.bitPattern), c: c.bitPattern, expected: walk.result.bitPattern,
            got: got.bitPattern)
        } else {
          difference = nil
        }
        if let difference {
          found.differing += 1
          found.first = found.first ?? difference
        }
      }
    }
    return found
  }

  /// A step of the definition that exact numbers contradict.
  private struct WrongStep {
    var a: [Float], b: [Float], c: Float, expected: Float, got: Float
  }

  /// The walk of the definition along vectors of any length, the last step filled up with zeros.
  private func walk(
    _ a: [Float], _ b: [Float], _ c: Float, addend: Format?, steps: inout UInt64
  ) -> (result: Float, wrongStep: WrongStep?) {
    var (sum, start) = (c, addend)
    var wrong: WrongStep?
    for first in stride(from: 0, to: a.count, by: row.terms) {
      func block(_ values: [Float]) -> [Float] {
        let some = Array(values[first..<min(first + row.terms, values.count)])
        return some + [Float](repeating: 0, count: row.terms - some.count)
      }
      let (x, y, before) = (block(a), block(b), sum)
      sum = x.withUnsafeBufferPointer { x in
        y.withUnsafeBufferPointer { y in
          row.dotAdd(x, y, before, formats: formats, addend: start)
        }
      }
      if var oracle {
        if let start { oracle.addend = start }
        if let agrees = oracle.agrees(sum, x, y, before) {
          steps += 1
          if !agrees, wrong == nil {
            wrong = WrongStep(
              a: x, b: y, c: before, expected: oracle.dotAdd(x, y, before), got: sum)
          }
        }
      }
      start = nil
    }
    return (sum, wrong)
  }

  private func product(_ operands: UnitOperands) -> [Float] {
    let (m, k, n) = (operands.shape.rows, operands.shape.inner, operands.shape.columns)
    func stored(_ values: [Float], _ rows: Int, _ columns: Int, _ isTransposed: Bool) -> [Float] {
      guard isTransposed else { return values }
      return (0..<columns).flatMap { j in (0..<rows).map { values[$0 * columns + j] } }
    }
    let a = stored(operands.a, m, k, operands.isTransposed.0)
    let b = stored(operands.b, k, n, operands.isTransposed.1)
    var results = operands.c ?? [Float](repeating: .nan, count: m * n)
    results.withUnsafeMutableBufferPointer { c in
      a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
          guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else { return }
          TensorKernels.multiply(
            .float(
              a, stride: operands.isTransposed.0 ? m : k, transposed: operands.isTransposed.0,
              values: formats.0),
            .float(
              b, stride: operands.isTransposed.1 ? k : n, transposed: operands.isTransposed.1,
              values: formats.1),
            plus: operands.c == nil
              ? nil : .float(c, stride: n, values: operands.hasHalfAddend ? .fp16 : nil),
            into: .float(c, stride: n), shape: operands.shape,
            accumulation: Accumulation(
              row.accumulator, .fused, .matrixUnit(part.unit, shape: part.shape)), threads: 1)
        }
      }
    }
    return results
  }
}
