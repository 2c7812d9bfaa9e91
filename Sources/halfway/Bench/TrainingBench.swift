// SPDX-License-Identifier: Apache-2.0

import Training

/// The time of a training step without recording, on one thread and on two, and what recording adds.
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
    /// The bytes of the tensors that were alive together at most.
    var peakTensorBytes: Int
  }

  private static let policies: [Policy] = [.fp32, .fp16AMP, .bf16AMP, .fp16Strict]
  /// The rows of each model: its own size and the wider one.
  static let rowsPerModel = 2 * policies.count

  /// The row of every model and policy.
  static func rows(text: CharacterText, models: [String], progress: () -> Void) -> [Row] {
    models.flatMap { model in
      // Ten times the weights by about three times the width.
      [nil, Self.wide[model]].flatMap { width -> [Row] in
        var sizes = TrainingTask.Sizes()
        sizes.width = width
        guard let task = TrainingTask.language(model, text, sizes, activation: .gelu) else {
          return []
        }
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

  private static let wide = ["mlp": 512, "transformer": 208, "lstm": 320]

  private static func row(_ task: TrainingTask, _ policy: Policy) -> Row {
    let optimizer = Optimizer(TrainingTask.optimizer(forModel: task.modelName))
    func seconds(threads: Int, isRecording: Bool) -> (Double, Int) {
      let twin = SoloTwin(task, policy, optimizer, threads: threads)
      let time = BenchTimer.seconds { twin.advance(isRecording: isRecording) }
      return (time, twin.peakTensorBytes)
    }
    let (alone, peak) = seconds(threads: 1, isRecording: false)
    return Row(
      model: task.modelName, architecture: task.architecture, parameters: task.parameterCount,
      batch: task.batch, policy: policy.name, milliseconds: alone * 1e3, timesFP32: 1,
      recording: seconds(threads: 1, isRecording: true).0 / alone,
      twoThreads: alone / seconds(threads: 2, isRecording: false).0, peakTensorBytes: peak)
  }
}
