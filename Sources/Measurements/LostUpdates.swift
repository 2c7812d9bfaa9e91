// SPDX-License-Identifier: Apache-2.0

/// How much of an optimizer's step did not arrive in the weights.
///
/// d is the update that the optimizer computed in its own format. It is lost when d ≠ 0 and
/// fl(w + d) = w in the format of the weights. An element whose d is already zero is told apart by
/// cause: its gradient was zero where the reference's is not, or the gradient was there and the
/// optimizer's arithmetic rounded the step away.
package struct LostUpdates: Codable, Sendable, Hashable {
  /// The number of weights.
  package var elements = 0
  /// #{d ≠ 0}, d finite.
  package var nonzero = 0
  /// #{d is NaN or |d| ≥ 2^960}: they are neither lost nor a step.
  package var nonFinite = 0
  /// #{d ≠ 0, d finite, fl(w + d) = w}: swamped by the weight.
  package var lost = 0
  /// Σ |d| in FP64 over the finite d, interleaved by eight.
  package var mass = 0.0
  /// Σ |d| over the lost ones.
  package var lostMass = 0.0
  /// #{d = 0, g = 0, reference gradient ≠ 0}: the gradient had already vanished.
  package var gradientZero = 0
  /// #{d = 0, g ≠ 0}: the learning rate times the gradient, or a moment, underflowed.
  package var underflowed = 0

  /// No weights.
  package init() {}

  /// lost / nonzero; nil where there was no update.
  package var lostRate: Double? { nonzero == 0 ? nil : Double(lost) / Double(nonzero) }
  /// lostMass / mass; nil where there was no update.
  package var lostMassShare: Double? { mass > 0 ? lostMass / mass : nil }

  /// Adds the weights of one optimizer step: w, d, fl(w + d), the gradient that the optimizer
  /// received and the reference's.
  ///
  /// - Precondition: the buffers have the same count.
  package mutating func add(
    before: UnsafeBufferPointer<Double>, update: UnsafeBufferPointer<Double>,
    after: UnsafeBufferPointer<Double>, gradient: UnsafeBufferPointer<Double>,
    referenceGradient: UnsafeBufferPointer<Double>
  ) {
    addWeights(before, update, after, gradient, referenceGradient)
  }

  /// Adds the weights of one optimizer step, likewise.
  package mutating func add(
    before: UnsafeBufferPointer<Float>, update: UnsafeBufferPointer<Float>,
    after: UnsafeBufferPointer<Float>, gradient: UnsafeBufferPointer<Float>,
    referenceGradient: UnsafeBufferPointer<Double>
  ) {
    addWeights(before, update, after, gradient, referenceGradient)
  }

  /// Adds the weights of one optimizer step, likewise.
  package mutating func add(
    before: UnsafeBufferPointer<Float>, update: UnsafeBufferPointer<Float>,
    after: UnsafeBufferPointer<Float>, gradient: UnsafeBufferPointer<Float>,
    referenceGradient: UnsafeBufferPointer<Float>
  ) {
    addWeights(before, update, after, gradient, referenceGradient)
  }

  @inline(__always)
  private mutating func addWeights<Element: MeasuredElement, Reference: MeasuredElement>(
    _ before: UnsafeBufferPointer<Element>, _ update: UnsafeBufferPointer<Element>,
    _ after: UnsafeBufferPointer<Element>, _ gradient: UnsafeBufferPointer<Element>,
    _ referenceGradient: UnsafeBufferPointer<Reference>
  ) {
    let count = before.count
    precondition(
      [update.count, after.count, gradient.count, referenceGradient.count]
        .allSatisfy { $0 == count })
    elements += count
    guard let before = before.baseAddress, let update = update.baseAddress,
      let after = after.baseAddress, let gradient = gradient.baseAddress,
      let referenceGradient = referenceGradient.baseAddress
    else { return }
    var (all, swamped) = (InterleavedSums(), InterleavedSums())
    InterleavedSums.forEachBlock(of: count, buffers: 2) { range, scratch in
      let start = range.lowerBound
      let (magnitudes, lost) = (scratch(0), scratch(1))
      if isPlain(update + start, range.count) {
        select(range.count, update + start, before + start, after + start, magnitudes, lost)
      } else {
        select(
          range.count, update + start, gradient + start, before + start, after + start,
          referenceGradient + start, magnitudes, lost)
      }
      InterleavedSums.forEach(range.count) { first, last in
        all.lanes += InterleavedSums.load(magnitudes, first, last)
        swamped.lanes += InterleavedSums.load(lost, first, last)
      }
    }
    mass += all.total
    lostMass += swamped.total
  }

  /// 2^60 magnitudes below this sum to less than Ω of FP64.
  private static let bound = 0x1p960

  /// Whether all updates are finite and none is zero: then only lost ones are to be counted.
  @inline(__always)
  private func isPlain(_ update: UnsafePointer<some MeasuredElement>, _ count: Int) -> Bool {
    let extremes = update.extremes(count)
    return extremes.least > 0 && extremes.greatest < Self.bound
  }

  /// What `select` writes and counts of updates that are finite and not zero.
  @inline(__always)
  private mutating func select<Element: MeasuredElement>(
    _ count: Int, _ update: UnsafePointer<Element>, _ before: UnsafePointer<Element>,
    _ after: UnsafePointer<Element>, _ magnitudes: UnsafeMutablePointer<Double>,
    _ swamped: UnsafeMutablePointer<Double>
  ) {
    var still = UInt64(0)
    for i in 0..<count {
      let d = update[i].double.magnitude
      let isStill: UInt64 = after[i] == before[i] ? 1 : 0
      still &+= isStill
      magnitudes[i] = d
      swamped[i] = Double(bitPattern: d.bitPattern & (0 &- isStill))
    }
    nonzero += count
    lost += Int(still)
  }

  /// Counts the weights, and writes |d| where it is finite and where it is lost, zeros elsewhere.
  ///
  /// By borrows of integers: of comparisons a compiler makes branches.
  @inline(__always)
  private mutating func select<Element: MeasuredElement, Reference: MeasuredElement>(
    _ count: Int, _ update: UnsafePointer<Element>, _ gradient: UnsafePointer<Element>,
    _ before: UnsafePointer<Element>, _ after: UnsafePointer<Element>,
    _ expected: UnsafePointer<Reference>, _ magnitudes: UnsafeMutablePointer<Double>,
    _ swamped: UnsafeMutablePointer<Double>
  ) {
    let magnitudeMask = ~(UInt64(1) << 63)
    var (finite, moving, still) = (UInt64(0), UInt64(0), UInt64(0))
    var (vanished, rounded) = (UInt64(0), UInt64(0))
    for i in 0..<count {
      let d = update[i].double.bitPattern & magnitudeMask
      let isFinite = (d &- Self.bound.bitPattern) &>> 63
      let isZero = (d &- 1) &>> 63
      let hasGradient = (0 &- (gradient[i].double.bitPattern & magnitudeMask)) &>> 63
      let isExpected = (0 &- (expected[i].double.bitPattern & magnitudeMask)) &>> 63
      let isStill: UInt64 = after[i].double == before[i].double ? 1 : 0
      finite &+= isFinite
      moving &+= isFinite & (1 ^ isZero)
      still &+= isFinite & (1 ^ isZero) & isStill
      vanished &+= isZero & (1 ^ hasGradient) & isExpected
      rounded &+= isZero & hasGradient
      magnitudes[i] = Double(bitPattern: d & (0 &- isFinite))
      swamped[i] = Double(bitPattern: d & (0 &- (isFinite & isStill)))
    }
    nonzero += Int(moving)
    nonFinite += count - Int(finite)
    lost += Int(still)
    gradientZero += Int(vanished)
    underflowed += Int(rounded)
  }

  /// Adds the counts of disjoint weights.
  package mutating func merge(_ other: LostUpdates) {
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
