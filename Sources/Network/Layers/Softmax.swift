// SPDX-License-Identifier: Apache-2.0

/// The exponentials of a row relative to its maximum, from which softmax, its logarithm and
/// attention are made.
enum Softmax {
  /// e^(x - max x) of a row, into `terms`; the maximum, and the sum of the terms.
  ///
  /// A NaN anywhere makes the sum a NaN. A row of -∞ alone has the maximum 0: all its terms are 0.
  @inline(__always)
  static func exponentials<N: Number>(
    _ row: UnsafePointer<N>, _ terms: UnsafeMutableBufferPointer<N>, _ kernel: Kernel<N>
  ) -> (largest: N, sum: N) {
    let count = terms.count
    var largest = N(-Double.infinity)
    for i in 0..<count { largest = largest < row[i] ? row[i] : largest }
    if largest == N(-Double.infinity) { largest = .zero }
    for i in 0..<count { terms[i] = row[i] - largest }
    N.apply(.exp, terms)
    return (largest, kernel.sum(count) { terms[$0] })
  }
}
