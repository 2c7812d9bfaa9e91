// SPDX-License-Identifier: Apache-2.0

/// Sums that are rounded to FP16 or BF16 after every term, in plain loops over the columns: the
/// compiler makes vectors of their conversions, which it does not of those of `SIMD` types.
enum NarrowKernel<Step: NarrowStep>: ProductKernel {
  typealias Element = Float

  static var sliver: Int { 256 }
  static var panelTerms: Int { 64 }
  static var cost: Int { 8 }

  /// Lanes of the compiler's vectors: a rest of fewer columns would go one by one.
  private static var lanes: Int { 16 }

  @inline(__always)
  static func add(_ x: Float, _ y: Float) -> Float { Step.round(sum: x, y) }

  static func accumulate(
    rows: Int, terms: Int, columns: Int, _ x: StridedElements<Float>,
    _ y: UnsafePointer<Float>, yStride: Int, sums: SumPlaces<Float>, begins: Bool
  ) {
    let columns = (columns + lanes - 1) / lanes * lanes
    if !begins, sums.start != UnsafePointer(sums.end) {
      for row in 0..<rows {
        let sums = sums.at(row: row)
        sums.end.update(from: sums.start, count: columns)
      }
    }
    guard Step.Moderate.self != Step.self,
      Step.isModerate(
        magnitudes(rows, terms) { x.at(row: $0, term: 0).base[$1 &* x.term] },
        magnitudes(terms, columns) { y[$0 &* yStride &+ $1] })
    else {
      add(
        Step.self, rows: rows, terms: terms, columns: columns, x, y, yStride: yStride,
        into: sums.end, stride: sums.endStride, begins: begins)
      return
    }
    add(
      Step.Moderate.self, rows: rows, terms: terms, columns: columns, x, y, yStride: yStride,
      into: sums.end, stride: sums.endStride, begins: begins)
  }

  /// The least and the greatest magnitude of elements that are not zero; infinities and NaNs are
  /// the greatest.
  @inline(__always)
  private static func magnitudes(
    _ rows: Int, _ columns: Int, _ element: (Int, Int) -> Float
  ) -> ClosedRange<Float> {
    var (least, greatest) = (Float.greatestFiniteMagnitude.bitPattern, UInt32(0))
    for row in 0..<rows {
      for column in 0..<columns {
        let bits = element(row, column).bitPattern & 0x7fff_ffff
        greatest = max(greatest, bits)
        // Of a zero the greatest number there is.
        least = min(least, bits &- 1 &+ (bits == 0 ? 0 : 1))
      }
    }
    let end = min(greatest, Float.infinity.bitPattern)
    return Float(bitPattern: min(least, end))...Float(bitPattern: end)
  }

  @inline(__always)
  private static func add<S: NarrowStep>(
    _: S.Type, rows: Int, terms: Int, columns: Int, _ x: StridedElements<Float>,
    _ y: UnsafePointer<Float>, yStride: Int, into sums: UnsafeMutablePointer<Float>,
    stride: Int, begins: Bool
  ) {
    var row = 0
    while row < rows {
      let left = x.at(row: row, term: 0)
      let s = sums + row * stride
      let isPair = rows - row > 1
      if begins {
        s.update(repeating: 0, count: columns)
        if isPair { (s + stride).update(repeating: 0, count: columns) }
      }
      // One term a pass: chains of several terms in one pass were a third slower, because fewer
      // columns are then under way at once.
      for term in 0..<terms {
        let factor = left.base + term &* left.term
        let right = y + term &* yStride
        if isPair {
          twoRows(S.self, columns, factor[0], factor[left.row], right, s, s + stride)
        } else {
          oneRow(S.self, columns, factor[0], right, s)
        }
      }
      row += isPair ? 2 : 1
    }
  }

  @inline(never)
  private static func twoRows<S: NarrowStep>(
    _: S.Type, _ columns: Int, _ x0: Float, _ x1: Float, _ y: UnsafePointer<Float>,
    _ sums0: UnsafeMutablePointer<Float>, _ sums1: UnsafeMutablePointer<Float>
  ) {
    for j in 0..<columns {
      let factor = y[j]
      sums0[j] = S.add(x0, factor, to: sums0[j])
      sums1[j] = S.add(x1, factor, to: sums1[j])
    }
  }

  @inline(never)
  private static func oneRow<S: NarrowStep>(
    _: S.Type, _ columns: Int, _ x: Float, _ y: UnsafePointer<Float>,
    _ sums: UnsafeMutablePointer<Float>
  ) {
    for j in 0..<columns { sums[j] = S.add(x, y[j], to: sums[j]) }
  }
}
