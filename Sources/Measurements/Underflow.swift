// SPDX-License-Identifier: Apache-2.0
import Formats

/// What a format makes of the reference's gradient without a loss scale, and what the scale S
/// repairs.
///
/// fl rounds to nearest even: fl(x) = 0 for |x| ≤ η/2, η the smallest subnormal number. Counts
/// merge by addition.
package struct UnderflowRecovery: Codable, Sendable, Hashable {
  /// #{x ≠ 0}.
  package var nonzero = 0
  /// #{x ≠ 0, fl(x) = 0}.
  package var vanishing = 0
  /// #{x ≠ 0, fl(x) = 0, fl(S x) ≠ 0}.
  package var recovered = 0

  /// No values.
  package init() {}

  /// Adds values of the reference's gradient.
  package mutating func add(
    _ values: UnsafeBufferPointer<Double>, format: Format, scale: Double
  ) {
    guard let base = values.baseAddress else { return }
    for first in stride(from: 0, to: values.count, by: Self.block) {
      addBlock(base + first, min(Self.block, values.count - first), format, scale)
    }
  }

  /// Values that are looked at together: in most blocks none vanishes.
  fileprivate static let block = 512

  /// η/2.
  fileprivate static func largestLost(_ format: Format) -> Double {
    Double(sign: .plus, exponent: format.minUlpExponent - 1, significand: 1)
  }

  fileprivate mutating func addBlock(
    _ values: UnsafePointer<Double>, _ count: Int, _ format: Format, _ scale: Double
  ) {
    let largestLost = Self.largestLost(format)
    let extremes = values.extremes(count)
    if extremes.least > largestLost, extremes.greatest < .infinity {
      nonzero += count
      return
    }
    let half = largestLost.bitPattern
    let infinity = Double.infinity.bitPattern
    let sign = UInt64(Double.exponentBitCount + Double.significandBitCount)
    var (present, lost, saved) = (UInt64(0), UInt64(0), UInt64(0))
    // Borrows of integers: of comparisons a compiler makes branches, or a selection for each lane.
    for x in UnsafeBufferPointer(start: values, count: count) {
      let magnitude = x.magnitude.bitPattern
      let isPresent = ((0 &- magnitude) & ~(infinity &- magnitude)) &>> sign
      let vanishes = isPresent & ~((half &- magnitude) &>> sign)
      present &+= isPresent
      lost &+= vanishes
      saved &+= vanishes & ((half &- (x.magnitude * scale).bitPattern) &>> sign)
    }
    nonzero += Int(present)
    vanishing += Int(lost)
    recovered += Int(saved)
  }

  /// Adds the counts of disjoint values.
  package mutating func merge(_ other: UnderflowRecovery) {
    nonzero += other.nonzero
    vanishing += other.vanishing
    recovered += other.recovered
  }
}

/// The values of a reference's gradient that a format makes zero, for counts under several scales.
package struct VanishingValues: Sendable {
  private let format: Format
  /// #{x ≠ 0}.
  private var nonzero = 0
  /// |x| of those that vanish.
  private var magnitudes: [Double] = []

  /// No values.
  package init(format: Format) { self.format = format }

  /// Adds values of the reference's gradient.
  package mutating func add(_ values: UnsafeBufferPointer<Double>) {
    guard let base = values.baseAddress else { return }
    for first in stride(from: 0, to: values.count, by: UnderflowRecovery.block) {
      let count = min(UnderflowRecovery.block, values.count - first)
      var part = UnderflowRecovery()
      part.addBlock(base + first, count, format, 1)
      nonzero += part.nonzero
      guard part.vanishing > 0 else { continue }
      let half = UnderflowRecovery.largestLost(format)
      for x in UnsafeBufferPointer(start: base + first, count: count)
      where x != 0 && x.magnitude <= half { magnitudes.append(x.magnitude) }
    }
  }

  /// What a scale repairs.
  package func recovery(scale: Double) -> UnderflowRecovery {
    let half = UnderflowRecovery.largestLost(format)
    var result = UnderflowRecovery()
    result.nonzero = nonzero
    result.vanishing = magnitudes.count
    result.recovered = magnitudes.count { $0 * scale > half }
    return result
  }
}

/// The magnitudes of all gradients of a step of the reference, from which follows which loss scales
/// fit a format.
package struct GradientMagnitudes: Codable, Sendable, Hashable {
  /// The greatest magnitude of any gradient, of activations or weights.
  package var largest: Double
  /// The share of nonzero values up to which a quantile lets go.
  package static let quantile = 0.001
  /// 2^⌊log2 of the q-quantile of |g|, g ≠ 0⌋ over all gradients, q = `quantile`: a share of at
  /// most q lies below it.
  package var small: Double

  /// The magnitudes.
  package init(largest: Double, small: Double) {
    self.largest = largest
    self.small = small
  }

  /// Whether a loss scale means something to a format: one with FP32's range wants none.
  package static func wantScale(in format: Format) -> Bool {
    format.bitWidth <= 16 && format.maxExponent < Format.fp32.maxExponent
  }

  /// (η/2) / small: the least scale under which all but a share of `quantile` of the values stay
  /// nonzero.
  package func leastScale(in format: Format) -> Double {
    Double(sign: .plus, exponent: format.minUlpExponent - 1, significand: 1) / small
  }
  /// Ω / largest: the greatest scale under which nothing overflows.
  package func greatestScale(in format: Format) -> Double { format.largestMagnitude / largest }
}

extension Format {
  /// Ω, the largest finite number.
  package var largestMagnitude: Double {
    let fraction = Double(largestFinite & fractionMask) / Double(fractionMask + 1)
    return Double(sign: .plus, exponent: maxExponent, significand: 1 + fraction)
  }
}
