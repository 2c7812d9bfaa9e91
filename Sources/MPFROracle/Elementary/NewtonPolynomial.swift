// SPDX-License-Identifier: Apache-2.0

/// Newton's form of the polynomial through seven points.
struct NewtonPolynomial {
  private let t: (Double, Double, Double, Double, Double, Double)
  private let c: (Double, Double, Double, Double, Double, Double, Double)

  /// Seven Chebyshev-Lobatto points among so many numbers: (1 - cos(πi/6)) / 2 of the way.
  static func nodes(_ count: Int) -> [Int] {
    let fractions = [0, 0.0669872981077807, 0.25, 0.5, 0.75, 0.9330127018922193, 1]
    return fractions.map { Int((Double(count - 1) * $0).rounded()) }
  }

  init(_ t: [Double], _ values: [Double]) {
    var c = values
    for order in 1..<c.count {
      for i in stride(from: c.count - 1, through: order, by: -1) {
        c[i] = (c[i] - c[i - 1]) / (t[i] - t[i - order])
      }
    }
    self.t = (t[0], t[1], t[2], t[3], t[4], t[5])
    self.c = (c[0], c[1], c[2], c[3], c[4], c[5], c[6])
  }

  @inline(__always)
  func callAsFunction(_ x: Double) -> Double {
    var sum = c.6
    sum = sum * (x - t.5) + c.5
    sum = sum * (x - t.4) + c.4
    sum = sum * (x - t.3) + c.3
    sum = sum * (x - t.2) + c.2
    sum = sum * (x - t.1) + c.1
    return sum * (x - t.0) + c.0
  }
}
