// SPDX-License-Identifier: Apache-2.0

/// The order of a sum along a row: sixteen partial sums of the terms whose indices agree modulo
/// sixteen, then added as a tree, each half to the other. It is a vector's order, and its error grows
/// with n/16 + 4 roundings instead of n.
enum InterleavedSum {
  static let lanes = 16

  /// The sum of `count` terms.
  @inline(__always)
  static func of<N: Number>(_ count: Int, _: N.Type, _ term: (Int) -> N) -> N {
    withUnsafeTemporaryAllocation(of: N.self, capacity: lanes) { sums in
      guard let sums = sums.baseAddress else { return .zero }
      sums.initialize(repeating: .zero, count: lanes)
      defer { sums.deinitialize(count: lanes) }
      var first = 0
      while first + lanes <= count {
        for lane in 0..<lanes { sums[lane] = sums[lane] + term(first + lane) }
        first += lanes
      }
      for lane in 0..<count - first { sums[lane] = sums[lane] + term(first + lane) }
      var half = lanes / 2
      while half > 0 {
        for lane in 0..<half { sums[lane] = sums[lane] + sums[lane + half] }
        half /= 2
      }
      return sums[0]
    }
  }
}

extension Kernel {
  /// The sums of a tensor's columns over all rows in ascending order, each partial sum rounded to the
  /// arithmetic.
  func columnSums(_ x: Tensor, shape: [Int], as precision: Precision) -> Tensor {
    let values = x.values(N.self)
    return withExtendedLifetime(x) {
      columnSums(rows: x.rows, columns: x.columns, shape: shape, as: precision) { values[$0] }
    }
  }

  /// The sums over all rows of the terms of each column, likewise.
  ///
  /// - Parameter term: the term at a position in row-major order.
  @inline(__always)
  func columnSums(
    rows: Int, columns: Int, shape: [Int], as precision: Precision, _ term: (Int) -> N
  ) -> Tensor {
    make(shape, as: precision, work: rows) { range, target in
      for column in range { target[column] = .zero }
      for row in 0..<rows {
        for column in range { target[column] = target[column] + term(row * columns + column) }
      }
    }
  }
}
