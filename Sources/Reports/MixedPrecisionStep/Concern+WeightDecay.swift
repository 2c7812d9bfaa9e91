// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements

extension Concern {
  /// The share of a parameter that all steps up to an end kept against its decay; nil below its
  /// threshold.
  ///
  /// Of a decay of δ a step, of which a share is lost, n steps keep 1 - (1 - lost)ⁿ: what would be
  /// gone of a weight that gets no gradient.
  init?(keptDecayOf series: TensorSeries, in run: PolicyRun, until end: Int) {
    guard let kept = series.weightDecay(until: end).keptShare, kept > 0, kept < 1,
      let first = series.points.first(where: { $0.weightDecay?.keptShare ?? 0 > 0 })
    else { return nil }
    let steps = min(run.summary.count, end) - run.summary.skipped
    let share = 1 - Powers.power(1 - kept, max(0, steps))
    guard share >= DamageThreshold.keptDecay else { return nil }
    self.init(cause: .keptDecay, tensor: series.tag, share: share, firstStep: first.step)
  }
}

extension TensorSeries {
  /// What arrived of a weight decay in all steps up to an end; of no weight without one.
  fileprivate func weightDecay(until end: Int) -> WeightDecay {
    points.filter { $0.step <= end }.compactMap(\.weightDecay)
      .reduce(into: WeightDecay()) { $0.merge($1) }
  }
}

extension Advisor {
  /// Weights that a decay can reach.
  var decay: Remedy? {
    guard let concern = outcome.concerns.first(where: { $0.cause == .keptDecay }),
      let series = policy.tensors.first(where: {
        $0.tag == concern.tensor && $0.mode == .trajectory
      }),
      let stuck = series.weightDecay(until: outcome.divergedStep ?? .max).stuckRate
    else { return nil }
    let share = ReadableNumber.percent(stuck, digits: 2)
    let isOfWeights = run.configuration.decaysWeights == true
    let equation =
      isOfWeights ? "RN((1 \u{2212} \u{03b7}\u{03bb}) w) = w" : "RN(g + \u{03bb}w) = g"
    let reason =
      isOfWeights
      ? "; what compensates updates or rounds them by chance adds them after the decay"
      : ", the gradients being in the weights\u{2019} format"
    return remedy(
      "\(wideWeights), which the weight decay can reach",
      "\(equation) for \(share) of \(concern.tensor.place) in \(series.format)\(reason); "
        + "it \(concern.sentence)")
  }
}
