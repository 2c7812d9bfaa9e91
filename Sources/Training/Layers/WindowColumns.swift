// SPDX-License-Identifier: Apache-2.0

/// The values under each position of a moving window, one row of a matrix for each plane, row and
/// column of the window, one column for each position: a convolution is then a matrix product
/// ("im2col"; Chellapilla, Puri and Simard, 2006). A value outside the image is +0.
struct WindowColumns: Sendable {
  /// How positions of the result lie on the image.
  enum Direction: Sendable {
    /// Position t and window index k see the value at t · stride + k - padding: the forward pass.
    case forward
    /// They see the value at (t + padding - k) / stride where that is whole: its transpose.
    case transposed
  }

  let direction: Direction
  /// The rows and columns of a plane that is read.
  let source: (height: Int, width: Int)
  /// The rows and columns of the positions.
  let target: (height: Int, width: Int)
  /// The rows and columns of the window.
  let window: (height: Int, width: Int)
  let stride: Int
  let padding: Int
  /// Which values are moved and which are zeros, for planes that are moved as a whole; otherwise empty.
  private let masks: [UInt8]

  init(
    _ direction: Direction, source: (height: Int, width: Int), target: (height: Int, width: Int),
    window: (height: Int, width: Int), stride: Int, padding: Int
  ) {
    self.direction = direction
    self.source = source
    self.target = target
    self.window = window
    self.stride = stride
    self.padding = padding
    let isMoved = stride == 1 && source == target
    masks = isMoved ? Self.masks(target, window, padding, direction) : []
  }

  /// The positions: columns of the matrix.
  var positions: Int { target.height * target.width }
  /// The rows of the matrix for one plane.
  var windowCount: Int { window.height * window.width }
  /// Whether the matrix is the planes themselves.
  var isIdentity: Bool { windowCount == 1 && stride == 1 && padding == 0 }

  /// The positions along an axis that see a value, and which.
  private struct Run {
    var target = 0
    var targetStep = 1
    var source = 0
    var sourceStep = 1
    var count = 0
  }

  private func run(_ k: Int, source: Int, target: Int) -> Run {
    var run = Run()
    func quotientUp(_ a: Int) -> Int { a <= 0 ? 0 : (a + stride - 1) / stride }
    switch direction {
    case .forward:
      run.sourceStep = stride
      run.target = quotientUp(padding - k)
      run.source = run.target * stride + k - padding
      run.count = min(target - run.target, quotientUp(source - run.source))
    case .transposed:
      run.targetStep = stride
      run.source = quotientUp(padding - k)
      run.target = run.source * stride + k - padding
      run.count = min(source - run.source, quotientUp(target - run.target))
    }
    run.count = max(run.count, 0)
    return run
  }

  /// Writes the rows of some planes.
  func fill<Element: TensorElement>(
    from planes: UnsafePointer<Element>, count: Int, to matrix: UnsafeMutablePointer<Element>
  ) {
    guard masks.isEmpty else {
      masks.withUnsafeBufferPointer { fillMoved(from: planes, count: count, to: matrix, $0) }
      return
    }
    for y in 0..<window.height {
      let rows = run(y, source: source.height, target: target.height)
      for x in 0..<window.width {
        let columns = run(x, source: source.width, target: target.width)
        var row = matrix + (y * window.width + x) * positions
        var values = planes
        for _ in 0..<count {
          fill(row, values, rows, columns)
          row += windowCount * positions
          values += source.height * source.width
        }
      }
    }
  }

  @inline(__always)
  private func fill<Element: TensorElement>(
    _ row: UnsafeMutablePointer<Element>, _ plane: UnsafePointer<Element>, _ rows: Run,
    _ columns: Run
  ) {
    guard rows.count > 0, columns.count > 0 else {
      row.update(repeating: .zero, count: positions)
      return
    }
    row.update(repeating: .zero, count: positions)
    for index in 0..<rows.count {
      let to = row + (rows.target + index * rows.targetStep) * target.width + columns.target
      let from = plane + (rows.source + index * rows.sourceStep) * source.width + columns.source
      if columns.targetStep == 1, columns.sourceStep == 1 {
        to.update(from: from, count: columns.count)
      } else {
        for i in 0..<columns.count {
          to[i &* columns.targetStep] = from[i &* columns.sourceStep]
        }
      }
    }
  }

  /// Whether a value stands under each index of the window at each position, planes and result being
  /// of one size.
  private static func masks(
    _ size: (height: Int, width: Int), _ window: (height: Int, width: Int), _ padding: Int,
    _ direction: Direction
  ) -> [UInt8] {
    let sign = direction == .forward ? 1 : -1
    var masks: [UInt8] = []
    masks.reserveCapacity(window.height * window.width * size.height * size.width)
    for y in 0..<window.height {
      for x in 0..<window.width {
        for row in 0..<size.height {
          let isRowInside = 0..<size.height ~= row + sign * (y - padding)
          for column in 0..<size.width {
            let isColumnInside = 0..<size.width ~= column + sign * (x - padding)
            masks.append(isRowInside && isColumnInside ? 1 : 0)
          }
        }
      }
    }
    return masks
  }

  /// The rows of planes that are as large as the result: each is a plane moved by some places, where the
  /// mask lets a value through. One loop without calls: planes may be small.
  private func fillMoved<Element: TensorElement>(
    from planes: UnsafePointer<Element>, count: Int, to matrix: UnsafeMutablePointer<Element>,
    _ masks: UnsafeBufferPointer<UInt8>
  ) {
    guard let allMasks = masks.baseAddress else { return }
    let sign = direction == .forward ? 1 : -1
    let positions = positions
    var row = matrix
    for plane in 0..<count {
      let values = planes + plane * positions
      var mask = allMasks
      for y in 0..<window.height {
        for x in 0..<window.width {
          let moved = values + sign * ((y - padding) * source.width + x - padding)
          for i in 0..<positions { row[i] = mask[i] != 0 ? moved[i] : .zero }
          row += positions
          mask += positions
        }
      }
    }
  }
}
