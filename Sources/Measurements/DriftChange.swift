// SPDX-License-Identifier: Apache-2.0

/// What a step did to the distance of a twin's weights from the reference's, in two parts.
///
/// D(t) = θ(t) - θ_ref(t) are the weights before step t + 1, Φ a step of the twin and Φ_ref one of
/// the reference. D(t+1) - D(t) = L(t) + B(t): the **direct** term L(t) = Φ(θ_ref(t)) -
/// Φ_ref(θ_ref(t)) is what the twin's arithmetic does to a step from the reference's own state,
/// optimizer state included; the **feedback** B(t) is what its having arrived elsewhere does. Sums
/// are taken in FP64, interleaved by eight.
package struct DriftChange: Codable, Sendable, Hashable {
  /// ‖D(t+1) - D(t)‖².
  package var totalSquares = 0.0
  /// ‖L(t)‖².
  package var directSquares = 0.0
  /// ‖B(t)‖².
  package var feedbackSquares = 0.0
  /// L(t)·B(t).
  package var products = 0.0
  /// ‖θ_ref(t+1) - θ_ref(t)‖².
  package var stepSquares = 0.0
  /// The number of weights with a member that is not finite.
  package var nonFinite = 0

  /// No weights.
  package init() {}

  /// ‖L‖ / ‖Δθ_ref‖: the error that one step's arithmetic puts into the weights, in steps of the
  /// reference.
  package var direct: Double? { share(directSquares) }
  /// ‖B‖ / ‖Δθ_ref‖: what comes of starting from other weights, likewise.
  package var feedback: Double? { share(feedbackSquares) }
  /// ‖D(t+1) - D(t)‖ / ‖Δθ_ref‖.
  package var total: Double? { share(totalSquares) }
  /// L·B / (‖L‖ ‖B‖) in -1...1: whether feedback adds to the direct term or works against it.
  package var cosine: Double? {
    let norms = directSquares.squareRoot() * feedbackSquares.squareRoot()
    guard nonFinite == 0, norms > 0 else { return nil }
    return asCosine(products / norms)
  }

  private func share(_ squares: Double) -> Double? {
    guard nonFinite == 0, stepSquares > 0 else { return nil }
    return (squares / stepSquares).squareRoot()
  }

  /// The weights of one parameter at either end of a step.
  package struct Ends {
    /// The twin's, before and after.
    package var own: (UnsafeBufferPointer<Double>, UnsafeBufferPointer<Double>)
    /// The reference's, before and after.
    package var reference: (UnsafeBufferPointer<Double>, UnsafeBufferPointer<Double>)
    /// What FP64 could not hold of the reference's; nil where it held all.
    package var residual: (UnsafeBufferPointer<Double>?, UnsafeBufferPointer<Double>?)
    /// The twin's after a step from the reference's state.
    package var local: UnsafeBufferPointer<Double>

    /// The ends.
    package init(
      own: (UnsafeBufferPointer<Double>, UnsafeBufferPointer<Double>),
      reference: (UnsafeBufferPointer<Double>, UnsafeBufferPointer<Double>),
      residual: (UnsafeBufferPointer<Double>?, UnsafeBufferPointer<Double>?),
      local: UnsafeBufferPointer<Double>
    ) {
      self.own = own
      self.reference = reference
      self.residual = residual
      self.local = local
    }
  }

  /// Adds weights.
  ///
  /// - Precondition: the buffers have the same count.
  package mutating func add(_ ends: Ends) {
    let count = ends.local.count
    precondition(
      [ends.own.0, ends.own.1, ends.reference.0, ends.reference.1]
        .allSatisfy { $0.count == count })
    var (total, direct, feedback) = (InterleavedSums(), InterleavedSums(), InterleavedSums())
    var (mixed, way) = (InterleavedSums(), InterleavedSums())
    for i in 0..<count {
      let lane = i % InterleavedSums.lanes
      let (before, after) = (ends.reference.0[i], ends.reference.1[i])
      let (restBefore, rest) = (ends.residual.0?[i] ?? 0, ends.residual.1?[i] ?? 0)
      let d0 = (ends.own.0[i] - before) - restBefore
      let d1 = (ends.own.1[i] - after) - rest
      let l = (ends.local[i] - after) - rest
      let step = (after - before) + (rest - restBefore)
      let b = (d1 - d0) - l
      guard (d1 - d0).magnitude < 0x1p480, b.magnitude < 0x1p480, step.magnitude < 0x1p480 else {
        nonFinite += 1
        continue
      }
      total.lanes[lane] += (d1 - d0) * (d1 - d0)
      direct.lanes[lane] += l * l
      feedback.lanes[lane] += b * b
      mixed.lanes[lane] += l * b
      way.lanes[lane] += step * step
    }
    totalSquares += total.total
    directSquares += direct.total
    feedbackSquares += feedback.total
    products += mixed.total
    stepSquares += way.total
  }
}
