// SPDX-License-Identifier: Apache-2.0

/// What a moment's decay did to its values: x ← fl(β x), before anything is added, in the state's
/// format.
///
/// With few bits and β close to 1, fl(β x) = x: RN(0.999 x) in BF16, whose neighbours are 2^-8 or
/// 2^-7 of a number apart. Such a moment grows where gradients are large and never falls again.
package struct MomentDecay: Codable, Sendable, Hashable {
  /// #{x ≠ 0, x finite} before the step.
  package var nonzero = 0
  /// #{x ≠ 0, x finite, fl(β x) = x}.
  package var stuck = 0

  /// No values.
  package init() {}

  /// stuck / nonzero; nil without a nonzero value.
  package var stuckRate: Double? { nonzero == 0 ? nil : Double(stuck) / Double(nonzero) }

  /// Adds pairs of x and fl(β x).
  package mutating func add(
    before: UnsafeBufferPointer<Double>, decayed: UnsafeBufferPointer<Double>
  ) {
    for (x, y) in zip(before, decayed) where x != 0 && x.isFinite {
      nonzero += 1
      stuck += x == y ? 1 : 0
    }
  }

  /// Adds other values.
  package mutating func merge(_ other: MomentDecay) {
    nonzero += other.nonzero
    stuck += other.stuck
  }
}

/// What a step did to an optimizer's state and to its updates, all parameters together.
package struct StateRecord: Codable, Sendable, Hashable {
  /// The deviation of the updates.
  package var updates: Deviation?
  /// That of first moments, or momentum buffers; nil without any.
  package var firstMoments: Deviation?
  /// That of second moments; nil without any.
  package var secondMoments: Deviation?
  /// The decays of second moments, or of momentum buffers where there are no second moments.
  package var decay: MomentDecay?

  /// Nothing recorded.
  package init() {}

  /// Adds a parameter's tensor.
  package mutating func add(_ kind: TensorKind, _ deviation: Deviation, _ decay: MomentDecay? = nil)
  {
    func merged(_ sum: Deviation?) -> Deviation {
      var sum = sum ?? Deviation()
      sum.merge(deviation)
      return sum
    }
    switch kind {
    case .update: updates = merged(updates)
    case .firstMoment: firstMoments = merged(firstMoments)
    case .secondMoment:
      if secondMoments == nil { self.decay = nil }
      secondMoments = merged(secondMoments)
    case .weight, .activation, .activationGradient, .weightGradient: return
    }
    guard let decay, kind == .secondMoment || secondMoments == nil else { return }
    self.decay = self.decay ?? MomentDecay()
    self.decay?.merge(decay)
  }
}
