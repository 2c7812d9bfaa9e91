// SPDX-License-Identifier: Apache-2.0
import Foundation
import Measurements
import Testing

@Suite struct TrainingRunCodingTests {
  private var series: TensorSeries {
    var exponents = ExponentHistogram(format: .fp16)
    [0.1, 2, 0].withUnsafeBufferPointer { exponents.add($0) }
    let points = (1...3).map { step in
      TensorPoint(
        step: step,
        range: RangeCounts(
          elements: 10 + step, nonzero: 9, zeroed: step, subnormal: 2, overflow: 1, nan: 0),
        deviation: deviation([1, 0.1, Double(step)], [1, 0.3, 1 / 3.0]), lost: LostUpdates())
    }
    return TensorSeries(
      tag: TensorTag(layer: "hidden1", operation: "weight", kind: .update), mode: .trajectory,
      format: "fp16", points: points, exponents: exponents)
  }

  @Test("A series comes back from its columns bit for bit")
  func roundTrip() throws {
    let data = try JSONEncoder().encode(series)
    #expect(try JSONDecoder().decode(TensorSeries.self, from: data) == series)
  }

  @Test("Columns of different lengths are refused")
  func raggedColumns() throws {
    let text = String(decoding: try JSONEncoder().encode(series), as: UTF8.self)
    let ragged = text.replacingOccurrences(of: "\"step\":[1,2,3]", with: "\"step\":[1,2]")
    #expect(ragged != text)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(TensorSeries.self, from: Data(ragged.utf8))
    }
  }

  @Test("The last losses' mean is nil as soon as one of them is not finite")
  func finalLoss() {
    let policy = PolicyDescription(
      name: "x", summary: "", operands: "fp16", accumulator: "fp16", weights: "fp16",
      optimizer: "fp16", lossScaling: nil)
    var run = PolicyRun(policy: policy)
    for step in 1...4 {
      run.steps.append(
        StepRecord(
          step: step, loss: Double(step), exactLoss: Double(step), lossScale: nil,
          skipped: step > 2))
    }
    #expect(run.finalLoss(over: 2) == 3.5)
    #expect(run.skippedSteps == 2 && run.firstNonFiniteStep == nil)
    run.steps[3].exactLoss = nil
    #expect(run.finalLoss(over: 2) == nil && run.firstNonFiniteStep == 4)
  }
}
