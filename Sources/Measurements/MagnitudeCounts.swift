// SPDX-License-Identifier: Apache-2.0

/// The magnitudes of gradients of a step, tensor by tensor or together.
package struct MagnitudeCounts: Sendable {
  /// Their exponents, in FP64.
  package private(set) var exponents = ExponentHistogram(format: nil)
  /// The greatest that is finite.
  package private(set) var largest = 0.0

  /// No gradients.
  package init() {}

  /// The magnitudes of values whose exponents were counted in FP64.
  package init(exponents: ExponentHistogram, largest: Double) {
    self.exponents.merge(exponents)
    self.largest = largest
  }

  /// Adds values.
  package mutating func add(_ values: UnsafeBufferPointer<Double>) {
    exponents.add(values)
    largest = values.reduce(largest) { $1.isFinite ? max($0, $1.magnitude) : $0 }
  }

  /// The gradient of the loss with respect to itself, 1: times the loss scale it has to be a number
  /// of the loss's format, too.
  package static let ofLoss: MagnitudeCounts = {
    var counts = MagnitudeCounts()
    let one: [Double] = [1]
    one.withUnsafeBufferPointer { counts.add($0) }
    return counts
  }()

  /// Adds the magnitudes of other tensors.
  package mutating func merge(_ other: MagnitudeCounts) {
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
