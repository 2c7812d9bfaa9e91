// SPDX-License-Identifier: Apache-2.0

/// What a search for the cheapest policy that keeps bounds found.
package struct Tuning: Codable, Sendable {
  /// The experiment whose steps were looked at.
  package var configuration: TrainingConfiguration
  /// What is made small: `bytes`, `time` or `energy`.
  package var objective: String
  /// The machine of time and energy.
  package var machine: String
  /// The bounds as they were written.
  package var bounds: [String]
  /// The formats that were chosen among.
  package var formats: [String]
  /// Formats that were left out.
  package var leftOut: [TuningOmission] = []
  /// Every policy that was measured, in order.
  package var path: [TuningTrial] = []
  /// The formats of the result.
  package var choices: [TuningChoice] = []
  /// The result's figures at every moment.
  package var moments: [TuningMoment] = []
  /// The result's cost; nil where nothing was measured.
  package var cost: CostCount?
  /// What every layer in one format costs and errs, to compare with.
  package var uniform: [UniformPolicy] = []
  /// Whether every bound holds at every moment, the held-out ones included.
  package var keepsBounds = false
  /// How often precision was given back after a look at the held-out moments.
  package var heldOutRounds = 0
  /// The first step at which a reference's loss is not finite; nil for none.
  package var stoppedAt: Int?

  /// A search before its first trial.
  package init(
    configuration: TrainingConfiguration, objective: String, machine: String, bounds: [String],
    formats: [String]
  ) {
    self.configuration = configuration
    self.objective = objective
    self.machine = machine
    self.bounds = bounds
    self.formats = formats
  }
}

/// A format that a search does not choose, and why.
package struct TuningOmission: Codable, Sendable, Hashable {
  package var format: String
  package var reason: String

  /// An omission.
  package init(format: String, reason: String) {
    self.format = format
    self.reason = reason
  }
}

/// The format of an operation of a layer.
package struct TuningChoice: Codable, Sendable, Hashable {
  package var layer: String
  package var operation: String
  package var format: String
  /// The layer's share of the squared error when shares were last taken; nil where they never were.
  package var share: Double?

  /// A choice.
  package init(layer: String, operation: String, format: String, share: Double?) {
    self.layer = layer
    self.operation = operation
    self.format = format
    self.share = share
  }
}

/// What a change of a policy changes.
package struct TuningChange: Codable, Sendable, Hashable {
  package var layer: String
  package var operation: String
  package var from: String
  package var to: String

  /// A change.
  package init(layer: String, operation: String, from: String, to: String) {
    self.layer = layer
    self.operation = operation
    self.from = from
    self.to = to
  }
}

/// A policy that was measured.
package struct TuningTrial: Codable, Sendable {
  /// Why a policy is tried.
  package enum Phase: String, Codable, Sendable, CaseIterable {
    /// The cheapest of all.
    case cheapest
    /// More precision where shares of the error are large for their cost.
    case giveBack
    /// Less precision where that saves.
    case takeAway
    /// Less in one place for more in another.
    case exchange
    /// More precision because a held-out moment breaks a bound.
    case heldOut
  }

  package var phase: Phase
  /// The changes to the policy that was kept before it; empty for the first.
  package var changes: [TuningChange]
  package var cost: CostCount
  /// The figures at the moments of the search, the worst of each.
  package var figures: TuningFigures
  /// Whether every bound holds at each of those moments.
  package var holds: Bool
  /// Whether the search went on from it.
  package var isKept: Bool

  /// A trial.
  package init(
    phase: Phase, changes: [TuningChange], cost: CostCount, figures: TuningFigures, holds: Bool,
    isKept: Bool
  ) {
    self.phase = phase
    self.changes = changes
    self.cost = cost
    self.figures = figures
    self.holds = holds
    self.isKept = isKept
  }
}

/// The figures that bounds are about; nil where a value is not finite.
package struct TuningFigures: Codable, Sendable, Hashable {
  /// ‖g/S - g_ref‖ / ‖g_ref‖ over all weight gradients.
  package var gradientError: Double?
  /// The cosine of the angle between g and g_ref.
  package var gradientCosine: Double?
  /// |L - L_ref| / |L_ref|.
  package var lossError: Double?
  /// ‖d - d_ref‖ / ‖d_ref‖ of how far the weights move; nil also where no bound is on it.
  package var updateError: Double?
  /// The greatest of the layers' gradient errors.
  package var largestLayerError: Double?
  /// The gradient error of each layer.
  package var layers: [LayerError] = []

  /// No figure.
  package init() {}
}

/// The relative L2 error of a layer's weight gradients; nil where a value is not finite.
package struct LayerError: Codable, Sendable, Hashable {
  package var layer: String
  package var gradientError: Double?

  /// An error.
  package init(layer: String, gradientError: Double?) {
    self.layer = layer
    self.gradientError = gradientError
  }
}

/// The figures of the result at one moment.
package struct TuningMoment: Codable, Sendable {
  package var seed: UInt64
  package var step: Int
  /// Whether the search did not see it.
  package var isHeldOut: Bool
  /// The loss scale; nil for none.
  package var lossScale: Double?
  package var figures: TuningFigures
  /// Whether every bound holds.
  package var holds: Bool

  /// A moment.
  package init(
    seed: UInt64, step: Int, isHeldOut: Bool, lossScale: Double?, figures: TuningFigures,
    holds: Bool
  ) {
    self.seed = seed
    self.step = step
    self.isHeldOut = isHeldOut
    self.lossScale = lossScale
    self.figures = figures
    self.holds = holds
  }
}

/// Every layer in one format, or in the nearest more precise one that it can have.
package struct UniformPolicy: Codable, Sendable {
  package var format: String
  package var cost: CostCount
  package var figures: TuningFigures
  package var holds: Bool

  /// A policy.
  package init(format: String, cost: CostCount, figures: TuningFigures, holds: Bool) {
    self.format = format
    self.cost = cost
    self.figures = figures
    self.holds = holds
  }
}
