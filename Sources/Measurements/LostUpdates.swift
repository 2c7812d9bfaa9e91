// SPDX-License-Identifier: Apache-2.0

/// How much of an optimizer's step did not arrive in the weights.
///
/// d is the update that the optimizer computed in its own format. It is lost when d ≠ 0 and
/// fl(w + d) = w in the format of the weights. An element whose d is already zero is told apart by
/// cause: its gradient was zero where the reference's is not, or the gradient was there and the
/// optimizer's arithmetic rounded the step away.
public struct LostUpdates: Codable, Sendable, Hashable {
  /// The number of weights.
  public var elements = 0
  /// #{d ≠ 0}, d finite.
  public var nonzero = 0
  /// #{d is infinite or NaN}: they are neither lost nor a step.
  public var nonFinite = 0
  /// #{d ≠ 0, d finite, fl(w + d) = w}: swamped by the weight.
  public var lost = 0
  /// Σ |d| in FP64 over the finite d, interleaved by eight.
  public var mass = 0.0
  /// Σ |d| over the lost ones.
  public var lostMass = 0.0
  /// #{d = 0, g = 0, reference gradient ≠ 0}: the gradient had already vanished.
  public var gradientZero = 0
  /// #{d = 0, g ≠ 0}: the learning rate times the gradient, or a moment, underflowed.
  public var underflowed = 0

  /// No weights.
  public init() {}

  /// lost / nonzero; nil where there was no update.
  public var lostRate: Double? { nonzero == 0 ? nil : Double(lost) / Double(nonzero) }
  /// lostMass / mass; nil where there was no update.
  public var lostMassShare: Double? { mass > 0 ? lostMass / mass : nil }
  /// (lost + gradientZero + underflowed) / elements: the share of the weights whose step vanished
  /// for any cause.
  public var vanishedShare: Double? {
    elements == 0 ? nil : Double(lost + gradientZero + underflowed) / Double(elements)
  }

  /// Adds the weights of one optimizer step: w, d, fl(w + d), the gradient that the optimizer
  /// received and the reference's.
  ///
  /// - Precondition: the buffers have the same count.
  public mutating func add(
    before: UnsafeBufferPointer<Double>, update: UnsafeBufferPointer<Double>,
    after: UnsafeBufferPointer<Double>, gradient: UnsafeBufferPointer<Double>,
    referenceGradient: UnsafeBufferPointer<Double>
  ) {
    let count = before.count
    precondition(
      [update.count, after.count, gradient.count, referenceGradient.count]
        .allSatisfy { $0 == count })
    elements += count
    // Selections instead of branches, and the counts first: the loop over them vectorises.
    var (moving, infinite, still) = (0, 0, 0)
    var (vanished, rounded) = (0, 0)
    for i in 0..<count {
      let d = update[i]
      let isMoving = d != 0
      let isFinite = d.isFinite
      moving &+= isMoving && isFinite ? 1 : 0
      infinite &+= isFinite ? 0 : 1
      still &+= isMoving && isFinite && after[i] == before[i] ? 1 : 0
      vanished &+= !isMoving && gradient[i] == 0 && referenceGradient[i] != 0 ? 1 : 0
      rounded &+= !isMoving && gradient[i] != 0 ? 1 : 0
    }
    nonzero += moving
    nonFinite += infinite
    lost += still
    gradientZero += vanished
    underflowed += rounded
    var (all, swamped) = (InterleavedSums(), InterleavedSums())
    for first in stride(from: 0, to: count, by: InterleavedSums.lanes) {
      for lane in 0..<min(InterleavedSums.lanes, count - first) {
        let d = update[first + lane].isFinite ? update[first + lane].magnitude : 0
        all.lanes[lane] += d
        swamped.lanes[lane] += after[first + lane] == before[first + lane] ? d : 0
      }
    }
    mass += all.total
    lostMass += swamped.total
  }

  /// Adds the counts of disjoint weights.
  public mutating func merge(_ other: LostUpdates) {
    elements += other.elements
    nonzero += other.nonzero
    nonFinite += other.nonFinite
    lost += other.lost
    mass += other.mass
    lostMass += other.lostMass
    gradientZero += other.gradientZero
    underflowed += other.underflowed
  }
}
