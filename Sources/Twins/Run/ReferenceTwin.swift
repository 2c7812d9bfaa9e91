// SPDX-License-Identifier: Apache-2.0
import Datasets
import Formats
import Measurements
import Network
import Threads

/// The twin that all others are compared with.
final class ReferenceTwin: @unchecked Sendable {
  /// The twin and its own measurements.
  let measured: MeasuredTwin
  /// The weights before the first step.
  private let initial: [[Double]]
  /// Whether the last step's loss and the weights after it are.
  private(set) var isFinite = true

  init(_ twin: Twin, initial: [[Double]], threads: Int) {
    measured = MeasuredTwin(twin, threads: threads)
    self.initial = initial
  }

  /// The twin.
  var twin: Twin { measured.twin }
  /// Who records it.
  var recorder: PolicyRecorder { measured.recorder }

  /// Takes a step; its tensors where they are wanted.
  ///
  /// - Parameters:
  ///   - checksZeros: whether gradients are told from zeros with rounding errors; where it is
  ///     measuring.
  ///   - sampling: the gradient's variation where it was measured, for the step's record.
  func advance(
    _ batch: Minibatch, _ number: Int, isMeasuring: Bool, checksZeros: Bool,
    sampling: SamplingNoise?,
    threads: Int
  ) -> ReferenceStep {
    var tensors = ReferenceStep()
    if isMeasuring {
      if checksZeros {
        recorder.keepZeroGradients(
          twin.classifyGradients(batch, step: number, threads: threads))
      }
      tensors.zeroGradients = (recorder.zeroGradients ?? []).filter { !$0.ranges.isEmpty }
    }
    if isMeasuring { tensors.add(weights: twin.weights, of: twin.parameters) }
    var unused: Deviation?
    var magnitudes = MagnitudeCounts()
    let observer = StepObserver(
      tensor: { [recorder] in
        tensors.add($0)
        if $0.tag.kind.direction == .backward {
          let counts = MagnitudeCounts(
            $0.tensor, only: tensors.zeros(of: $0.tag)?.others, threads: threads)
          magnitudes.merge(counts)
          tensors.add(counts, of: $0.tag)
        }
        recorder.add(number, $0, .trajectory, reference: nil, gradients: &unused)
      },
      update: { [recorder] in
        tensors.add($0.update)
        tensors.add($0.weights)
        for moment in $0.moments { tensors.add(moment.tensor) }
        recorder.add(number, $0, .trajectory, reference: nil)
      })
    let step = twin.advance(
      batch, step: number, threads: threads, observer: isMeasuring ? observer : nil)
    isFinite =
      step.exactLoss.isFinite && step.loss.isFinite && !twin.weights.contains(where: \.hasNonFinite)
    var record = StepRecord(number, step)
    record.sampling = sampling
    record.magnitudes = magnitudes.result
    recorder.add(record, step)
    return tensors
  }

  /// The variation of the gradient over batches, from the twin's weights.
  func samplingNoise(_ batches: [Minibatch], _ number: Int, threads: Int) -> SamplingNoise? {
    var sums: [[Double]] = []
    var squares = 0.0
    // As many batches at once as threads: a batch's gradients take as much memory as the weights.
    let together = max(1, threads)
    for first in stride(from: 0, to: batches.count, by: together) {
      let count = min(together, batches.count - first)
      let gradients = concurrentMap(count: count, threads: threads) {
        twin.gradients(batches[first + $0], step: number, threads: threads)
      }
      for (i, gradient) in gradients.flatMap({ $0.enumerated() }) {
        let values = gradient.doubles
        if i == sums.count { sums.append([Double](repeating: 0, count: values.count)) }
        for j in values.indices {
          sums[i][j] += values[j]
          squares += values[j] * values[j]
        }
      }
    }
    let count = Double(batches.count)
    let meanSquares = sums.joined().reduce(0) { $0 + $1 * $1 } / (count * count)
    let variance = (squares - count * meanSquares) / (count - 1)
    guard variance.isFinite, meanSquares.isFinite else { return nil }
    return SamplingNoise(
      batches: batches.count, variance: max(0, variance), meanSquares: meanSquares)
  }

  /// The first tensor of a step from a state that has a value which is not finite.
  func stop(_ batch: Minibatch, _ number: Int, from state: TwinState, threads: Int) -> ReferenceStop
  {
    var first: TensorTag?
    func note(_ tensor: ObservedTensor) {
      if first == nil, tensor.tensor.hasNonFinite { first = tensor.tag }
    }
    _ = twin.probe(
      batch, step: number, from: state, threads: threads,
      observer: StepObserver(tensor: note, update: { note($0.update) }))
    return ReferenceStop(
      step: number,
      tensor: first ?? TensorTag(layer: Tape.lossLayer, operation: "loss", kind: .activation))
  }

  /// ‖θ - θ_ref‖ / ‖θ_ref - θ_0‖; nil where it is not finite or the reference has not moved.
  func drift(of weights: [Tensor]) -> Double? { distance(of: weights, from: twin.weights)?.drift }

  /// ‖θ - θ_ref‖ in shares of ‖θ_ref - θ_0‖ and of ‖θ_ref‖, θ_ref being some weights of the
  /// reference's; nil where a number is not finite.
  func distance(
    of weights: [Tensor], from reference: [Tensor]
  ) -> (drift: Double?, relativeL2: Double?)? {
    var error = Deviation()
    var way = Deviation()
    for (own, (expected, start)) in zip(weights, zip(reference, initial)) {
      own.forEachDoubles { range, w in
        expected.withDoubles(range) { r in
          expected.withResiduals(range) { error.add(reference: r, residual: $0, result: w) }
          start[range].withUnsafeBufferPointer { way.add(reference: $0, result: r) }
        }
      }
    }
    guard error.nonFinite == 0, way.nonFinite == 0 else { return nil }
    let drift = (error.differenceSquares / way.differenceSquares).squareRoot()
    return (drift.isFinite ? drift : nil, error.relativeL2)
  }
}
