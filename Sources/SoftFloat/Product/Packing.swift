// SPDX-License-Identifier: Apache-2.0

/// Copies of parts of an operand in a kernel's element type, where the kernel reads them fastest.
enum Packing {
  /// A row length, at least `count`, of an odd number of cache lines of FP32: elements of one
  /// column then spread over all sets of the first cache level.
  static func paddedStride(_ count: Int) -> Int {
    let line = 16
    return ((count + line - 1) / line | 1) * line
  }

  /// Copies rows × columns elements as they are stored, from `offset` on.
  ///
  /// - Parameter staging: room for rows × stride encodings, where the operand holds encodings.
  ///   Between the rows of the target what stands there is converted too.
  static func copy<Element: ProductElement>(
    _ operand: MatrixOperand, offset: Int, rows: Int, columns: Int,
    to target: UnsafeMutablePointer<Element>, stride: Int, staging: UnsafeMutablePointer<UInt16>
  ) {
    switch operand.storage {
    case .float(let elements):
      if Element.self == Float.self {
        copyRows(
          elements + offset, stride: operand.stride, rows: rows, columns: columns,
          to: UnsafeMutableRawPointer(target).assumingMemoryBound(to: Float.self), stride: stride)
      } else {
        for row in 0..<rows {
          let (from, to) = (elements + offset + row * operand.stride, target + row * stride)
          for column in 0..<columns { to[column] = Element(widening: from[column]) }
        }
      }
    case .double(let elements):
      for row in 0..<rows {
        let (from, to) = (elements + offset + row * operand.stride, target + row * stride)
        for column in 0..<columns { to[column] = Element(narrowing: from[column]) }
      }
    case .binary16(let elements):
      copyRows(
        elements + offset, stride: operand.stride, rows: rows, columns: columns, to: staging,
        stride: stride)
      widen(staging, rows * stride, to: target) { Binary16Rounding.value($0) }
    case .bfloat16(let elements):
      copyRows(
        elements + offset, stride: operand.stride, rows: rows, columns: columns, to: staging,
        stride: stride)
      widen(staging, rows * stride, to: target) { Float(bitPattern: UInt32($0) &<< 16) }
    }
  }

  /// One long loop over all rows: those of a narrow matrix are shorter than what a loop of unknown
  /// count takes at a time, and would go element by element.
  @inline(__always)
  private static func widen<Element: ProductElement>(
    _ encodings: UnsafePointer<UInt16>, _ count: Int, to target: UnsafeMutablePointer<Element>,
    _ value: (UInt16) -> Float
  ) {
    for i in 0..<count { target[i] = Element(widening: value(encodings[i])) }
  }

  /// Copies rows × columns elements of one type, without a call for each of many short rows.
  static func copyRows<Element>(
    _ source: UnsafePointer<Element>, stride sourceStride: Int, rows: Int, columns: Int,
    to target: UnsafeMutablePointer<Element>, stride: Int
  ) {
    let line = MemoryLayout<SIMD16<UInt32>>.size / MemoryLayout<Element>.stride
    let whole = columns / line * line
    for row in 0..<rows {
      let (from, to) = (source + row &* sourceStride, target + row &* stride)
      var column = 0
      while column < whole {
        let elements = UnsafeRawPointer(from + column).loadUnaligned(as: SIMD16<UInt32>.self)
        UnsafeMutableRawPointer(to + column).storeBytes(of: elements, as: SIMD16<UInt32>.self)
        column &+= line
      }
      if columns &- column >= line / 2 {
        let elements = UnsafeRawPointer(from + column).loadUnaligned(as: SIMD8<UInt32>.self)
        UnsafeMutableRawPointer(to + column).storeBytes(of: elements, as: SIMD8<UInt32>.self)
        column &+= line / 2
      }
      if column < columns { (to + column).update(from: from + column, count: columns - column) }
    }
  }

  /// Copies rows of `slivers` times `width` elements into one sliver after another, each sliver's
  /// rows side by side.
  ///
  /// Some slivers at a time: whole cache lines of a row are then read in turn, and as many are
  /// written to at once as the first cache level holds at one distance.
  static func copySlivers<Element>(
    _ source: UnsafePointer<Element>, stride: Int, rows: Int, slivers: Int, width: Int,
    to target: UnsafeMutablePointer<Element>
  ) {
    let size = rows &* width
    let piece = MemoryLayout<SIMD8<UInt32>>.size / MemoryLayout<Element>.stride
    for first in Swift.stride(from: 0, to: slivers, by: 4) {
      let end = min(first &+ 4, slivers)
      for row in 0..<rows {
        var from = source + (row &* stride &+ first &* width)
        for sliver in first..<end {
          let to = target + (sliver &* size &+ row &* width)
          var column = 0
          while column < width {
            let elements = UnsafeRawPointer(from + column).loadUnaligned(as: SIMD8<UInt32>.self)
            UnsafeMutableRawPointer(to + column).storeBytes(of: elements, as: SIMD8<UInt32>.self)
            column &+= piece
          }
          from += width
        }
      }
    }
  }

  /// Writes the transpose of rows × columns elements: target row j is source column j.
  static func transpose<Element: ProductElement>(
    _ source: UnsafePointer<Element>, stride sourceStride: Int, rows: Int, columns: Int,
    to target: UnsafeMutablePointer<Element>, stride: Int
  ) {
    var row = 0
    if Element.self == Float.self {
      let source = UnsafeRawPointer(source).assumingMemoryBound(to: Float.self)
      let target = UnsafeMutableRawPointer(target).assumingMemoryBound(to: Float.self)
      let whole = columns & ~3
      while rows - row >= 16 {
        var column = 0
        while column < whole {
          transpose16x4(
            source + row * sourceStride + column, sourceStride,
            target + column * stride + row, stride)
          column += 4
        }
        row += 16
      }
      transposeEach(source, sourceStride, 0..<row, whole..<columns, target, stride)
      transposeEach(source, sourceStride, row..<rows, 0..<columns, target, stride)
    } else {
      transposeEach(source, sourceStride, 0..<rows, 0..<columns, target, stride)
    }
  }

  @inline(__always)
  private static func transposeEach<Element>(
    _ source: UnsafePointer<Element>, _ sourceStride: Int, _ rows: Range<Int>,
    _ columns: Range<Int>, _ target: UnsafeMutablePointer<Element>, _ stride: Int
  ) {
    for row in rows {
      for column in columns { target[column * stride + row] = source[row * sourceStride + column] }
    }
  }

  /// Sixteen rows of four elements to four rows of sixteen, by shuffles of four vectors that hold
  /// the rows r, r + 4, r + 8 and r + 12.
  @inline(__always)
  private static func transpose16x4(
    _ source: UnsafePointer<Float>, _ sourceStride: Int, _ target: UnsafeMutablePointer<Float>,
    _ stride: Int
  ) {
    let (a, b) = (
      everyFourth(source, sourceStride), everyFourth(source + sourceStride, sourceStride)
    )
    let (c, d) = (
      everyFourth(source + 2 * sourceStride, sourceStride),
      everyFourth(source + 3 * sourceStride, sourceStride)
    )
    let (ab01, ab23) = (lowPairs(a, b), highPairs(a, b))
    let (cd01, cd23) = (lowPairs(c, d), highPairs(c, d))
    lowHalves(ab01, cd01).write(to: target)
    highHalves(ab01, cd01).write(to: target + stride)
    lowHalves(ab23, cd23).write(to: target + 2 * stride)
    highHalves(ab23, cd23).write(to: target + 3 * stride)
  }

  /// Four elements each of the rows 0, 4, 8 and 12.
  @inline(__always)
  private static func everyFourth(
    _ source: UnsafePointer<Float>, _ stride: Int
  ) -> SIMD16<Float> {
    @inline(__always) func row(_ r: Int) -> SIMD4<Float> {
      UnsafeRawPointer(source + r &* stride).loadUnaligned(as: SIMD4<Float>.self)
    }
    return SIMD16(
      lowHalf: SIMD8(lowHalf: row(0), highHalf: row(4)),
      highHalf: SIMD8(lowHalf: row(8), highHalf: row(12)))
  }

  // Each of the four quarters of the vectors on its own: a0 b0 a1 b1, a2 b2 a3 b3, a0 a1 b0 b1 and
  // a2 a3 b2 b3.
  @inline(__always)
  private static func lowPairs(_ a: SIMD16<Float>, _ b: SIMD16<Float>) -> SIMD16<Float> {
    SIMD16(
      a[0], b[0], a[1], b[1], a[4], b[4], a[5], b[5], a[8], b[8], a[9], b[9], a[12], b[12], a[13],
      b[13])
  }

  @inline(__always)
  private static func highPairs(_ a: SIMD16<Float>, _ b: SIMD16<Float>) -> SIMD16<Float> {
    SIMD16(
      a[2], b[2], a[3], b[3], a[6], b[6], a[7], b[7], a[10], b[10], a[11], b[11], a[14], b[14],
      a[15], b[15])
  }

  @inline(__always)
  private static func lowHalves(_ a: SIMD16<Float>, _ b: SIMD16<Float>) -> SIMD16<Float> {
    SIMD16(
      a[0], a[1], b[0], b[1], a[4], a[5], b[4], b[5], a[8], a[9], b[8], b[9], a[12], a[13], b[12],
      b[13])
  }

  @inline(__always)
  private static func highHalves(_ a: SIMD16<Float>, _ b: SIMD16<Float>) -> SIMD16<Float> {
    SIMD16(
      a[2], a[3], b[2], b[3], a[6], a[7], b[6], b[7], a[10], a[11], b[10], b[11], a[14], a[15],
      b[14], b[15])
  }
}
