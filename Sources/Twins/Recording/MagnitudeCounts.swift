// SPDX-License-Identifier: Apache-2.0
import Measurements
import Network

/// The magnitudes of gradients of a step, tensor by tensor or together.
package struct MagnitudeCounts: Sendable {
  private var exponents = ExponentHistogram(format: nil)
  private var largest = 0.0

  /// No gradients.
  init() {}

  /// The magnitudes of a tensor, or of ranges of its elements.
  package init(_ tensor: Tensor, only ranges: [Range<Int>]? = nil, threads: Int) {
    if let ranges {
      for range in ranges {
        tensor.withDoubles(range) { values in
          exponents.add(values)
          largest = values.reduce(largest) { $1.isFinite ? max($0, $1.magnitude) : $0 }
        }
      }
      return
    }
    tensor.count(into: &exponents, threads: threads)
    largest = tensor.largestMagnitude(threads: threads)
  }

  /// The gradient of the loss with respect to itself, 1: times the loss scale it has to be a number
  /// of the loss's format, too.
  static let ofLoss: MagnitudeCounts = {
    var counts = MagnitudeCounts()
    let one: [Double] = [1]
    one.withUnsafeBufferPointer { counts.exponents.add($0) }
    counts.largest = 1
    return counts
  }()

  /// Adds the magnitudes of other tensors.
  mutating func merge(_ other: MagnitudeCounts) {
    exponents.merge(other.exponents)
    largest = max(largest, other.largest)
  }

  /// The magnitudes; nil where all gradients are zero.
  package var result: GradientMagnitudes? {
    guard largest > 0 else { return nil }
    let allowed = Int(Double(exponents.total - exponents.zeros) * GradientMagnitudes.quantile)
    var below = exponents.subnormals
    for bin in exponents.bins {
      below += bin.count
      if below > allowed {
        return GradientMagnitudes(
          largest: largest, small: Double(sign: .plus, exponent: bin.exponent, significand: 1))
      }
    }
    return nil
  }
}
