// SPDX-License-Identifier: Apache-2.0
import Measurements
import Network
import Policies
import Threads
import Twins

/// A moment of a reference's training at which policies are measured.
struct ProbedMoment: Sendable {
  let seed: UInt64
  let isHeldOut: Bool
  let moment: ReferenceRun.Moment
}

/// One policy's step at one moment.
struct ProbedStep: Sendable {
  let step: DividedStep
  let figures: TuningFigures
  /// ‖e‖² of the gradients.
  let squares: Double

  /// The share of the squared error of updates that is gone where a source is off; nil where updates
  /// are not looked at, or are not finite.
  func removed(by source: RoundingSource, threads: Int) -> Double? {
    guard let own = step.own[.updates]?.squares, own.isFinite, own > 0 else { return nil }
    let others = RoundingSource.allCases.filter { $0 != source }
    let switches = RoundingSwitches(others.map { .init($0) })
    let left = step.errors(
      of: step.switched.own.map(\.doubles), switches, threads: threads, only: .updates)
    return left[.updates].map { 1 - $0.squares / own }
  }
}

extension ProbedStep {
  /// The step of a twin from the reference's weights. A scale under which a gradient overflows is
  /// halved, as a scaler would, until none does.
  ///
  /// - Parameter movesWeights: whether its optimizer steps, too.
  init(
    _ twin: Twin, _ moment: ReferenceRun.Moment, scale: Float?, movesWeights: Bool, threads: Int
  ) {
    var scale = scale
    var step = SwitchedStep(twin, moment, scale: scale, threads: threads)
    while let tried = scale, tried > 1, step.own.contains(where: \.hasNonFinite) {
      scale = tried / 2
      step = SwitchedStep(twin, moment, scale: scale, threads: threads)
    }
    self.step = DividedStep(
      step, moment, movesWeights ? [.gradients, .updates] : [.gradients], threads: threads)
    let expected = self.step.games[.gradients]?.expected ?? []
    var layers: [LayerError] = []
    var sums: [(error: Double, reference: Double)] = []
    var (squares, along, own, exactSquares) = (0.0, 0.0, 0.0, 0.0)
    for (parameter, (gradient, expected)) in zip(twin.parameters, zip(step.own, expected)) {
      var (error, reference) = (0.0, 0.0)
      for (value, exact) in zip(gradient.doubles, expected) {
        let value = value * step.inverse
        error += (value - exact) * (value - exact)
        reference += exact * exact
        along += value * exact
        own += value * value
      }
      squares += error
      exactSquares += reference
      if let place = layers.firstIndex(where: { $0.layer == parameter.layer }) {
        sums[place] = (sums[place].error + error, sums[place].reference + reference)
      } else {
        layers.append(LayerError(layer: parameter.layer, gradientError: nil))
        sums.append((error, reference))
      }
    }
    self.squares = squares
    var figures = TuningFigures()
    func finite(_ value: Double) -> Double? { value.isFinite ? value : nil }
    // A layer whose exact gradient is zero errs by nothing or by no finite share.
    func share(_ error: Double, _ reference: Double) -> Double? {
      error == 0 ? 0 : finite((error / reference).squareRoot())
    }
    for (place, sum) in sums.enumerated() {
      layers[place].gradientError = share(sum.error, sum.reference)
    }
    figures.layers = layers
    figures.gradientError = share(squares, exactSquares)
    figures.updateError = movesWeights ? self.step.error(.updates) : nil
    figures.gradientCosine = finite(along / (own * exactSquares).squareRoot())
    let errors = layers.map(\.gradientError)
    figures.largestLayerError = errors.contains(nil) ? nil : errors.compactMap(\.self).max()
    figures.lossError = moment.loss.flatMap { finite(((step.loss - $0) / $0).magnitude) }
    self.figures = figures
  }
}
