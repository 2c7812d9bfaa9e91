// SPDX-License-Identifier: Apache-2.0

/// The first time that something happened to a tensor, in the order in which a step produces them.
package struct Incident: Codable, Sendable, Hashable {
  /// The step, from 1.
  package var step: Int
  /// The tensor.
  package var tensor: TensorTag
  /// Of an overflow #{|x| ≥ Ω + ulp(Ω)/2} / elements, of a NaN #{y is a NaN} / elements, of a
  /// divergence the relative L2 error.
  package var amount: Double
  /// ‖y - y*‖ / ‖x‖, the error that the operation added; nil where it was not told apart.
  package var added: Double?
  /// ‖y* - x‖ / ‖x‖, the error that its operands brought along; nil likewise.
  package var inherited: Double?
  /// The step at which the two were told apart: the first with a local comparison from this one on.
  package var originStep: Int?

  /// The relative error from which on it is large: half of a tensor's length.
  package static let divergence = 0.5

  /// The incident.
  package init(step: Int, tensor: TensorTag, amount: Double) {
    self.step = step
    self.tensor = tensor
    self.amount = amount
  }
}

/// The first incidents of a policy, at measured steps.
package struct Incidents: Codable, Sendable, Hashable {
  /// The first finite value that a rounding turned into an infinity, the loss scale included.
  package var overflow: Incident?
  /// The first NaN.
  package var nan: Incident?
  /// The first relative error of at least `Incident.divergence` of a tensor of the passes, from the
  /// twin's own weights.
  package var divergence: Incident?

  /// None yet.
  package init() {}

  /// Notes what a tensor of a step shows for the first time.
  ///
  /// - Parameter isComparable: whether the reference's tensor is more than rounding errors:
  ///   otherwise an error says nothing.
  package mutating func note(_ tag: TensorTag, _ point: TensorPoint, isComparable: Bool = true) {
    if overflow == nil, let rate = point.range.overflowRate, rate > 0 {
      overflow = Incident(step: point.step, tensor: tag, amount: rate)
    }
    if nan == nil, let rate = point.range.nanRate, rate > 0 {
      nan = Incident(step: point.step, tensor: tag, amount: rate)
    }
    let isOfPasses = tag.kind.direction != .optimizer
    if divergence == nil, isOfPasses, isComparable, let error = point.deviation.relativeL2,
      error >= Incident.divergence
    {
      divergence = Incident(step: point.step, tensor: tag, amount: error)
    }
    if divergence?.tensor == tag, divergence?.originStep == nil, let origin = point.origin {
      divergence?.added = origin.added
      divergence?.inherited = origin.inherited
      divergence?.originStep = point.step
    }
  }
}
