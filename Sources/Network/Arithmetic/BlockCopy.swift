// SPDX-License-Identifier: Apache-2.0

/// A copy of some rows and columns, which are a few elements each: calls would take longer than the
/// copies.
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
      switch columns * MemoryLayout<Element>.stride {
      case 64...: return copy(source, target, SIMD16<UInt32>.self)
      case 32...: return copy(source, target, SIMD8<UInt32>.self)
      case 16...: return copy(source, target, SIMD4<UInt32>.self)
      default: break
      }
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

  /// Copies rows vector by vector, the last one so that it ends with the row: it may repeat some
  /// elements of the one before.
  @inline(__always)
  private func copy<Element: TensorElement, Vector: SIMD>(
    _ source: UnsafePointer<Element>, _ target: UnsafeMutablePointer<Element>, _: Vector.Type
  ) {
    let (size, element) = (MemoryLayout<Vector>.size, MemoryLayout<Element>.stride)
    let last = columns &* element &- size
    var (from, to) = (UnsafeRawPointer(source), UnsafeMutableRawPointer(target))
    @inline(__always) func copy(_ offset: Int) {
      to.storeBytes(
        of: from.loadUnaligned(fromByteOffset: offset, as: Vector.self), toByteOffset: offset,
        as: Vector.self)
    }
    for _ in 0..<rows {
      var offset = 0
      while offset < last {
        copy(offset)
        offset &+= size
      }
      copy(last)
      from += sourceStride &* element
      to += targetStride &* element
    }
  }
}
