// SPDX-License-Identifier: Apache-2.0
import Measurements
import Network

extension MagnitudeCounts {
  /// The magnitudes of a tensor, or of ranges of its elements.
  package init(_ tensor: Tensor, only ranges: [Range<Int>]? = nil, threads: Int) {
    if let ranges {
      self.init()
      for range in ranges { tensor.withDoubles(range) { add($0) } }
      return
    }
    var exponents = ExponentHistogram(format: nil)
    tensor.count(into: &exponents, threads: threads)
    self.init(exponents: exponents, largest: tensor.largestMagnitude(threads: threads))
  }
}
