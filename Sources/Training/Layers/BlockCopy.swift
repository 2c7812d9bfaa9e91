// SPDX-License-Identifier: Apache-2.0

/// A copy of some rows and columns, which are a few elements each: calls would take longer than the copies.
struct BlockCopy {
  let rows: Int
  let columns: Int
  /// From row to row of the source.
  let sourceStride: Int
  /// From column to column of the source.
  var sourceStep = 1
  /// From row to row of the target.
  let targetStride: Int
  /// From column to column of the target.
  var targetStep = 1

  /// Copies the block that begins at `source` to where `target` begins; they are disjoint.
  func copy<Element: TensorElement>(
    _ source: UnsafePointer<Element>, to target: UnsafeMutablePointer<Element>
  ) {
    if sourceStep == 1, targetStep == 1, !Element.isReference {
      let bytes = columns * MemoryLayout<Element>.stride
      switch bytes {
      case MemoryLayout<SIMD4<UInt32>>.size: return copy(source, target, SIMD4<UInt32>.self, 1)
      case MemoryLayout<SIMD8<UInt32>>.size: return copy(source, target, SIMD8<UInt32>.self, 1)
      case MemoryLayout<SIMD16<UInt32>>.size: return copy(source, target, SIMD16<UInt32>.self, 1)
      default: break
      }
      let lines = bytes.quotientAndRemainder(dividingBy: MemoryLayout<SIMD16<UInt32>>.size)
      if lines.remainder == 0 {
        return copy(source, target, SIMD16<UInt32>.self, lines.quotient)
      }
      let parts = bytes.quotientAndRemainder(dividingBy: MemoryLayout<SIMD4<UInt32>>.size)
      if parts.remainder == 0 { return copy(source, target, SIMD4<UInt32>.self, parts.quotient) }
    }
    for row in 0..<rows {
      let (from, to) = (source + row &* sourceStride, target + row &* targetStride)
      switch (sourceStep, targetStep) {
      case (1, 1): for i in 0..<columns { to[i] = from[i] }
      case (2, 1): for i in 0..<columns { to[i] = from[2 &* i] }
      case (1, 2): for i in 0..<columns { to[2 &* i] = from[i] }
      default: for i in 0..<columns { to[i &* targetStep] = from[i &* sourceStep] }
      }
    }
  }

  /// Copies rows of so many vectors.
  @inline(__always)
  private func copy<Element: TensorElement, Vector: SIMD>(
    _ source: UnsafePointer<Element>, _ target: UnsafeMutablePointer<Element>, _: Vector.Type,
    _ vectors: Int
  ) {
    let size = MemoryLayout<Vector>.size
    let (sourceBytes, targetBytes) = (
      sourceStride &* MemoryLayout<Element>.stride, targetStride &* MemoryLayout<Element>.stride
    )
    var (from, to) = (UnsafeRawPointer(source), UnsafeMutableRawPointer(target))
    for _ in 0..<rows {
      for i in 0..<vectors {
        to.storeBytes(
          of: from.loadUnaligned(fromByteOffset: i &* size, as: Vector.self),
          toByteOffset: i &* size, as: Vector.self)
      }
      from += sourceBytes
      to += targetBytes
    }
  }
}
