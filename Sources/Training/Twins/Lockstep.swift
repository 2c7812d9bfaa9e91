// SPDX-License-Identifier: Apache-2.0
import Measurements

/// One twin's part of one step, with its measurements.
struct Lockstep {
  let twin: Twin
  let recorder: PolicyRecorder
  let reference: ReferenceTwin
  /// The reference's state before the step.
  let before: TwinState
  /// The reference's tensors of the step.
  let tensors: ReferenceStep
  let number: Int
  let threads: Int

  /// The twin's step from its own weights, and from the reference's where a local comparison is
  /// due.
  func advance(_ batch: Batch, isMeasuring: Bool, isLocal: Bool) {
    let local = isLocal ? probe(batch) : nil
    let start = twin.weights
    var gradients: Deviation?
    let observer = observer(.trajectory, isReplaying: isLocal) { gradients = $0 }
    let step = twin.advance(
      batch, step: number, threads: threads, observer: isMeasuring ? observer : nil)
    var record = StepRecord(number, step)
    record.gradients = gradients
    record.localGradients = local?.gradients
    record.drift = reference.drift(of: twin.weights)
    if let local {
      record.driftChange = DriftChange(
        own: (start, twin.weights), reference: (before.weights, reference.twin.weights),
        local: local.weights)
    }
    recorder.add(record, step)
  }

  /// The step from the reference's state: the deviation of its gradients, and the weights it ends
  /// with.
  private func probe(_ batch: Batch) -> (gradients: Deviation?, weights: [Tensor]) {
    var gradients: Deviation?
    let observer = observer(.local, isReplaying: true) { gradients = $0 }
    let weights = twin.probe(
      batch, step: number, from: before, threads: threads, observer: observer
    ).weights
    return (gradients, weights)
  }

  /// Who records a pass, and is told the deviation of the weight gradients so far.
  private func observer(
    _ mode: ComparisonMode, isReplaying: Bool, _ report: @escaping (Deviation?) -> Void
  ) -> StepObserver {
    var gradients: Deviation?
    return StepObserver(
      tensor: {
        recorder.add(number, $0, mode, reference: tensors, gradients: &gradients)
        report(gradients)
      },
      update: { recorder.add(number, $0, mode, reference: tensors) },
      replayed: isReplaying ? reference.twin.policy : nil)
  }
}

extension StepRecord {
  /// What a twin's step says of itself.
  init(_ number: Int, _ step: TwinStep) {
    func finite(_ x: Double) -> Double? { x.isFinite ? x : nil }
    self.init(
      step: number, loss: finite(step.loss), exactLoss: finite(step.exactLoss),
      lossScale: step.lossScale, skipped: step.skipped)
  }
}

extension DriftChange {
  /// The change over a step of all weights together, each given before and after.
  fileprivate init(
    own: ([Tensor], [Tensor]), reference: ([Tensor], [Tensor]), local: [Tensor]
  ) {
    self.init()
    for (i, local) in local.enumerated() {
      let (own0, own1) = (own.0[i], own.1[i])
      let (reference0, reference1) = (reference.0[i], reference.1[i])
      local.forEachDoubles { range, local in
        own0.withDoubles(range) { own0 in
          own1.withDoubles(range) { own1 in
            reference0.withDoubles(range) { expected0 in
              reference1.withDoubles(range) { expected1 in
                reference0.withResiduals(range) { rest0 in
                  reference1.withResiduals(range) { rest1 in
                    add(
                      Ends(
                        own: (own0, own1), reference: (expected0, expected1),
                        residual: (rest0, rest1), local: local))
                  }
                }
              }
            }
          }
        }
      }
    }
  }
}
