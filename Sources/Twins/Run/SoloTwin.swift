// SPDX-License-Identifier: Apache-2.0
import Datasets
import Measurements
import Models
import Network
import Policies

/// One twin that trains by itself, for measurements of speed and memory.
package final class SoloTwin {
  private let twin: Twin
  private let batches: any BatchSource
  private let threads: Int
  private let recorder: PolicyRecorder
  private var step = 0

  /// The twin of a task under a policy before its first step.
  package init(
    _ task: TrainingTask, _ policy: Policy, _ optimizer: Optimizer, seed: UInt64 = 1,
    threads: Int = 1
  ) {
    twin = Twin(policy, task.model, optimizer, weights: task.model.initialWeights(seed: seed))
    batches = task.batches(seed)
    recorder = PolicyRecorder(policy, threads: threads)
    self.threads = threads
  }

  /// Trains for one step: the loss as the twin computed it.
  ///
  /// - Parameter isRecording: whether range counts are taken and every tensor is visited in FP64,
  /// as a run
  ///   that measures does beside its comparisons.
  @discardableResult
  package func advance(isRecording: Bool = false) -> Double {
    step += 1
    let number = step
    let batch = batches.batch(step: number, threads: threads)
    guard isRecording else { return twin.advance(batch, step: number, threads: threads).loss }
    var gradients: Deviation?
    let observer = StepObserver(
      tensor: { [recorder] in
        var reference = ReferenceStep()
        reference.add($0)
        recorder.add(number, $0, .trajectory, reference: reference, gradients: &gradients)
      },
      update: { [recorder] in
        var reference = ReferenceStep()
        reference.add($0.update)
        reference.add($0.weights)
        for moment in $0.moments { reference.add(moment.tensor) }
        recorder.add(number, $0, .trajectory, reference: reference)
      })
    return twin.advance(batch, step: number, threads: threads, observer: observer).loss
  }

  /// The bytes of the tensors that a step cannot do without: weights, the optimizer's state, and
  /// the values that the backward pass reads or a gradient for each weight, whichever are more.
  package var neededTensorBytes: Int {
    twin.neededBytes(batches.batch(step: max(step, 1)), threads: threads)
  }

  /// The bytes of the tensors that were alive together at most.
  package var peakTensorBytes: Int { twin.memory.peak }
}
