// SPDX-License-Identifier: Apache-2.0
import Datasets
import Measurements
import Network

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
  func advance(_ batch: Minibatch, isMeasuring: Bool, isLocal: Bool) {
    let local = isLocal ? probe(batch) : nil
    let start = twin.weights
    let scaler = twin.scaler
    var gradients: Deviation?
    let observer = StepObserver(
      tensor: {
        recorder.add(number, $0, .trajectory, reference: tensors, gradients: &gradients)
      },
      update: { recorder.add(number, $0, .trajectory, reference: tensors) },
      replayed: isLocal ? reference.twin.policy : nil)
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
    if let scaler, step.skipped {
      var skip = twin.skip(batch, step: number, scaler, threads: threads)
      skip.referenceLargest =
        skip.tensor.flatMap { tensors.tensor($0)?.largestMagnitude(threads: threads) }
      record.skip = skip
    }
    recorder.add(record, step)
    if twin.scaler?.hasFailed == true, scaler?.hasFailed == false {
      recorder.noteScalerStop(number)
    }
  }

  /// The step from the reference's state: the deviation of its gradients, and the weights it ends
  /// with. What its damage asks for is tried on it.
  private func probe(_ batch: Minibatch) -> (gradients: Deviation?, weights: [Tensor]) {
    var gradients: Deviation?
    var counts = DamageCounts()
    let observer = StepObserver(
      tensor: {
        let point = recorder.add(number, $0, .local, reference: tensors, gradients: &gradients)
        counts.add($0, point, tensors)
      },
      update: {
        counts.add($0, recorder.add(number, $0, .local, reference: tensors), tensors)
      }, replayed: reference.twin.policy)
    let (step, weights) = twin.probe(
      batch, step: number, from: before, threads: threads, observer: observer)
    counts.add(lossIn: step.lossFormat)
    for (change, need) in counts.changes(scale: step.lossScale ?? 1)
    where need > recorder.needForTrial(of: change) {
      guard let other = twin.changed(by: change) else { continue }
      recorder.add(
        ChangeTrial(
          change: change, step: number, need: need, before: counts.result,
          after: damage(of: other, batch)))
    }
    return (gradients, weights)
  }

  /// What a twin of a changed policy does in a step from the reference's state.
  private func damage(of other: Twin, _ batch: Minibatch) -> StepDamage {
    let recorder = PolicyRecorder(other.policy, threads: threads)
    var counts = DamageCounts()
    var unused: Deviation?
    let observer = StepObserver(
      tensor: {
        let point = recorder.add(number, $0, .trajectory, reference: tensors, gradients: &unused)
        counts.add($0, point, tensors)
      },
      update: {
        counts.add($0, recorder.add(number, $0, .trajectory, reference: tensors), tensors)
      })
    _ = other.probe(batch, step: number, from: before, threads: threads, observer: observer)
    return counts.result
  }
}

extension StepRecord {
  /// What a twin's step says of itself.
  init(_ number: Int, _ step: TwinStep) {
    func finite(_ x: Double) -> Double? { x.isFinite ? x : nil }
    self.init(
      step: number, loss: finite(step.loss), exactLoss: finite(step.exactLoss),
      lossScale: step.lossScale, skipped: step.skipped)
    clip = step.clip
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
