// SPDX-License-Identifier: Apache-2.0
import Models
import Policies
import SoftFloat
import Threads
import Twins

/// The time of a training step without recording, on one thread and on two, and what recording
/// adds.
enum TrainingBench {
  /// One model under one policy.
  struct Row: Codable, Sendable {
    var model: String
    var architecture: String
    var parameters: Int
    var batch: Int
    var policy: String
    /// Milliseconds a step on one thread.
    var milliseconds: Double
    /// The time over that in fp32.
    var timesFP32: Double
    /// The time with full recording over that without.
    var recording: Double
    /// The time on one thread over that on two.
    var twoThreads: Double
    /// Twice the time on one thread over that of two such steps which begin together, each on a
    /// thread, and share nothing: what a step that splits without loss would gain on this machine.
    var twoApart: Double
    /// The time of a word from one processor to the other and back, in nanoseconds, the median of
    /// some beside the steps on two threads; nil where no other answered.
    var roundTripNanoseconds: Double?
    /// The bytes of the tensors that a step cannot do without: weights, the optimizer's state, and
    /// the values that the backward pass reads or a gradient for each weight, whichever are more.
    var neededTensorBytes: Int
    /// The bytes of the tensors that were alive together at most.
    var peakTensorBytes: Int
    /// The bytes that the process had held at most by then, program, data and earlier rows
    /// included; nil where the system does not tell.
    var residentBytes: Int?
  }

  private static let policies: [Policy] = [.fp32, .fp16AMP, .bf16AMP]
  /// The rows of each model: its own size and the wider one.
  static let rowsPerModel = 2 * policies.count

  /// The row of every model and policy, at the model's own size and at about ten times the weights.
  static func rows(
    models: [String], task: (_ model: String, TrainingTask.Sizes) throws -> TrainingTask,
    progress: () -> Void
  ) rethrows -> [Row] {
    try models.flatMap { model in
      try [nil, Self.wide[model]].flatMap { width -> [Row] in
        let task = try task(model, TrainingTask.Sizes(width: width))
        let rows = policies.map { policy in
          defer { progress() }
          return row(task, policy)
        }
        guard let base = rows.first?.milliseconds else { return [] }
        return rows.map { row in
          var row = row
          row.timesFP32 = row.milliseconds / base
          return row
        }
      }
    }
  }

  /// Widths that make about ten times the weights.
  private static let wide = [
    "mlp": 512, "transformer": 208, "lstm": 320, "cnn": 52, "unet": 26, "detector": 52,
  ]
  /// The rounds of all measurements of a row: a machine slows down for a while at a time.
  private static let rounds = 8
  /// The steps of a measurement, and the seconds it takes at least: with all rounds as many as the
  /// scripts that measure other libraries take.
  private static let leastSteps = 2
  private static let leastSeconds = 0.125

  private static func row(_ task: TrainingTask, _ policy: Policy) -> Row {
    let optimizer = Optimizer(TrainingTask.optimizer(forModel: task.modelName))
    func twin(threads: Int) -> SoloTwin { SoloTwin(task, policy, optimizer, threads: threads) }
    let alone = twin(threads: 1)
    for _ in 0..<3 { alone.advance() }
    let resident = ResidentMemory.peak
    let (peak, needed) = (alone.peakTensorBytes, alone.neededTensorBytes)
    let (recorded, both) = (twin(threads: 1), twin(threads: 2))
    let apart = [twin(threads: 1), twin(threads: 1)]
    var fastest = (
      alone: Double.infinity, recorded: Double.infinity, both: Double.infinity,
      apart: Double.infinity
    )
    var roundTrips: [Double] = []
    for _ in 0..<rounds {
      if let trip = CoreRoundTrip.nanoseconds() { roundTrips.append(trip) }
      fastest.alone = min(fastest.alone, fastestStep { alone.advance() })
      fastest.both = min(fastest.both, fastestStep { both.advance() })
      fastest.apart = min(
        fastest.apart, fastestStep { ThreadTeam.run(parts: 2) { apart[$0].advance() } })
      fastest.recorded = min(fastest.recorded, fastestStep { recorded.advance(isRecording: true) })
    }
    return Row(
      model: task.modelName, architecture: task.architecture, parameters: task.parameterCount,
      batch: task.batch, policy: policy.name, milliseconds: fastest.alone * 1e3, timesFP32: 1,
      recording: fastest.recorded / fastest.alone, twoThreads: fastest.alone / fastest.both,
      twoApart: 2 * fastest.alone / fastest.apart,
      roundTripNanoseconds: CoreRoundTrip.median(roundTrips),
      neededTensorBytes: needed, peakTensorBytes: peak, residentBytes: resident)
  }

  /// The seconds of the fastest of some steps.
  private static func fastestStep(_ step: () -> Void) -> Double {
    let clock = ContinuousClock()
    var (fastest, total, count) = (Double.infinity, 0.0, 0)
    while count < leastSteps || total < leastSeconds {
      let seconds = clock.measure(step) / .seconds(1)
      fastest = min(fastest, seconds)
      total += seconds
      count += 1
    }
    return fastest
  }
}
