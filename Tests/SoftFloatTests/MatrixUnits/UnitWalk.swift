// SPDX-License-Identifier: Apache-2.0
import Formats

@testable import SoftFloat

extension MatrixUnitRow {
  /// The shape that finds the row again: none of a unit's own instruction.
  var ownShape: MatrixInstructionShape? {
    let isOwn = inputs.contains { input in
      units[0].row(input, input, accumulator: accumulator) == self
    }
    return isOwn ? nil : shapes.first
  }

  /// Whether it, and no row before it, is the unit's for two formats.
  func isOwn(_ a: Format, _ b: Format) -> Bool {
    units[0].row(a, b, accumulator: accumulator, shape: ownShape) == self
  }

  /// The walk along vectors of any length, the last step filled up with zeros.
  func walk(
    _ a: [Float], _ b: [Float], _ c: Float, _ formats: (Format, Format),
    step: ([Float], [Float], Float) -> Float
  ) -> Float {
    stride(from: 0, to: a.count, by: terms).reduce(c) { sum, first in
      func block(_ values: [Float]) -> [Float] {
        let some = Array(values[first..<min(first + terms, values.count)])
        return some + [Float](repeating: 0, count: terms - some.count)
      }
      return step(block(a), block(b), sum)
    }
  }

  /// The walk by the definition; c, or the addend, begins it.
  func walk(
    _ a: [Float], _ b: [Float], _ c: Float = 0, _ formats: (Format, Format), addend: Format? = nil
  ) -> Float {
    var start = addend
    return walk(a, b, c, formats) { x, y, sum in
      defer { start = nil }
      return x.withUnsafeBufferPointer { x in
        y.withUnsafeBufferPointer { y in dotAdd(x, y, sum, formats: formats, addend: start) }
      }
    }
  }
}
