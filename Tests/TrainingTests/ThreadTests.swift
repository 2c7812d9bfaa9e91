// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements
import Testing

@testable import Datasets
@testable import Models
@testable import Network
@testable import Policies
@testable import Twins

/// What is measured of large tensors is the same on any number of threads.
@Suite struct ThreadTests {
  private let pool = TensorPool()

  private func tensor(_ count: Int, _ value: (Int) -> Float) -> Tensor {
    let buffer = TensorBuffer<Float>(count: count, pool: pool)
    for i in 0..<count { buffer.elements[i] = value(i) }
    return Tensor(shape: [count], buffer, precision: .fp32, range: nil)
  }

  @Test("Deviations and histograms of several chunks are the same bytes on one thread and on more")
  func measurements() {
    let count = 5 * Tensor.chunk + 77
    let x = tensor(count) {
      Float(bitPattern: UInt32(truncatingIfNeeded: $0 &* 0x9E37_79B1)) * 0x1p-40
    }
    let y = tensor(count) { Float($0 % 1001) * 0.001 - 0.5 }
    let alone = y.deviation(from: x, scale: 0.25, threads: 1)
    var histogram = ExponentHistogram(format: .fp32)
    x.count(into: &histogram, threads: 1)
    for threads in [2, 3, 5, 9] {
      #expect(y.deviation(from: x, scale: 0.25, threads: threads) == alone)
      var other = ExponentHistogram(format: .fp32)
      x.count(into: &other, threads: threads)
      #expect(other == histogram)
    }
    #expect(histogram.total == count)
  }
}
