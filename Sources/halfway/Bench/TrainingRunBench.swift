// SPDX-License-Identifier: Apache-2.0
import ExperimentFiles
import Models
import Policies
import SoftFloat
import Threads

/// The time of a whole run, every step measured, on one thread and on two.
enum TrainingRunBench {
  /// One model under all policies together.
  struct Row: Codable, Sendable {
    var model: String
    var policies: [String]
    var steps: Int
    /// Seconds on one thread, from the first step to the evaluation of the trained models.
    var seconds: Double
    /// The time on one thread over that on two.
    var twoThreads: Double
    /// Twice the time on one thread over that of two such runs which begin together, each on a
    /// thread, and share nothing.
    var twoApart: Double
    /// The time of a word from one processor to the other and back, in nanoseconds, the median of
    /// some beside the runs; nil where no other answered.
    var roundTripNanoseconds: Double?
  }

  private static let policies: [Policy] = [.fp32, .fp16AMP, .bf16AMP, .fp16Pure]
  /// Steps that take some seconds.
  private static let steps = [
    "mlp": 150, "transformer": 30, "lstm": 50, "cnn": 12, "unet": 12, "detector": 20,
  ]
  private static let rounds = 3

  /// The fastest run of some, in turn on one thread and on two.
  ///
  /// - Parameter onStep: called after each step.
  static func row(model: String, _ task: TrainingTask, onStep: () -> Void) -> Row {
    var description = ExperimentDescription()
    description.model = model
    description.policies = policies
    description.optimizer = Optimizer(TrainingTask.optimizer(forModel: model))
    description.steps = steps[model] ?? 1
    let clock = ContinuousClock()
    func seconds(threads: Int) -> Double {
      let experiment = description.experiment(task, threads: threads)
      return clock.measure {
        _ = experiment.run { _, _ in
          onStep()
          return true
        }
      } / .seconds(1)
    }
    var (alone, both, apart) = (Double.infinity, Double.infinity, Double.infinity)
    var roundTrips: [Double] = []
    for _ in 0..<rounds {
      if let trip = CoreRoundTrip.nanoseconds() { roundTrips.append(trip) }
      alone = min(alone, seconds(threads: 1))
      both = min(both, seconds(threads: 2))
      let together = clock.measure { ThreadTeam.run(parts: 2) { _ in _ = seconds(threads: 1) } }
      apart = min(apart, together / .seconds(1))
    }
    return Row(
      model: model, policies: policies.map(\.name), steps: description.steps, seconds: alone,
      twoThreads: alone / both, twoApart: 2 * alone / apart,
      roundTripNanoseconds: CoreRoundTrip.median(roundTrips))
  }
}
