// SPDX-License-Identifier: Apache-2.0
import SoftFloat

/// The values under each position of a moving window, one row of a matrix for each plane, row and
/// column of the window, one column for each position: a convolution is then a matrix product
/// ("im2col"; Chellapilla, Puri and Simard, 2006). A value outside the image is +0.
///
/// Each plane is first put into a frame of zeros, in which every window lies whole.
struct WindowColumns: Sendable {
  /// How positions of the result lie on the image.
  enum Direction: Sendable {
    /// Position t and window index k see the value at t · stride + k - padding: the forward pass.
    case forward
    /// They see the value at (t + padding - k) / stride where that is whole: its transpose.
    case transposed
  }

  /// Rows and columns, or how many of them.
  typealias Extent = (height: Int, width: Int)

  let direction: Direction
  /// The rows and columns of a plane that is read.
  let source: Extent
  /// The rows and columns of the positions.
  let target: Extent
  /// The rows and columns of the window.
  let window: Extent
  let stride: Int
  let padding: Int

  /// The positions: columns of the matrix.
  var positions: Int { target.height * target.width }
  /// The rows of the matrix for one plane.
  var windowCount: Int { window.height * window.width }
  /// Whether the matrix is the planes themselves.
  var isIdentity: Bool { windowCount == 1 && stride == 1 && padding == 0 }

  /// From one position's window to the next within the frame.
  private var step: Int { direction == .forward ? stride : 1 }
  /// From one value of the plane to the next within the frame.
  private var spread: Int { direction == .forward ? 1 : stride }

  /// The rows and columns of the frame.
  private var frame: Extent {
    (
      (target.height - 1) * step + window.height, (target.width - 1) * step + window.width
    )
  }

  /// The values along an axis that lie in the frame, and where the first of them does.
  private func placed(_ source: Int, _ window: Int, frame: Int) -> (values: Range<Int>, first: Int)
  {
    let margin = direction == .forward ? padding : window - 1 - padding
    let first = margin >= 0 ? 0 : (-margin + spread - 1) / spread
    let place = first * spread + margin
    let room = frame > place ? (frame - place + spread - 1) / spread : 0
    return (first..<max(first, min(source, first + room)), place)
  }

  /// Writes the rows of some planes, each `stride` elements after the one before.
  func fill<Element: TensorElement>(
    from planes: UnsafePointer<Element>, count: Int, to matrix: UnsafeMutablePointer<Element>,
    stride rowStride: Int
  ) {
    let size = frame
    let rows = placed(source.height, window.height, frame: size.height)
    let columns = placed(source.width, window.width, frame: size.width)
    withUnsafeTemporaryAllocation(of: Element.self, capacity: size.height * size.width) { memory in
      guard let frame = memory.baseAddress else { return }
      memory.initialize(repeating: .zero)
      defer { memory.deinitialize() }
      for plane in 0..<count {
        let values = planes + (plane * source.height + rows.values.lowerBound) * source.width
        BlockCopy(
          rows: rows.values.count, columns: columns.values.count, sourceStride: source.width,
          targetStride: spread * size.width, targetStep: spread
        ).copy(
          values + columns.values.lowerBound, to: frame + rows.first * size.width + columns.first)
        slide(
          over: frame, width: size.width, to: matrix + plane * windowCount * rowStride,
          stride: rowStride)
      }
    }
  }

  /// Writes the rows of the plane in the frame.
  private func slide<Element: TensorElement>(
    over frame: UnsafePointer<Element>, width: Int, to matrix: UnsafeMutablePointer<Element>,
    stride rowStride: Int
  ) {
    let block = BlockCopy(
      rows: target.height, columns: target.width, sourceStride: step * width, sourceStep: step,
      targetStride: target.width)
    let isForward = direction == .forward
    var row = matrix
    for y in 0..<window.height {
      for x in 0..<window.width {
        let first = isForward ? (y, x) : (window.height - 1 - y, window.width - 1 - x)
        block.copy(frame + first.0 * width + first.1, to: row)
        row += rowStride
      }
    }
  }
}
