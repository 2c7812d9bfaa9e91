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
        deviation: deviation([1, 0.1, Double(step)], [1, 0.3, 1 / 3.0]), lost: LostUpdates(),
        origin: step == 2 ? ErrorOrigin() : nil)
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
    func record(_ step: Int, _ loss: Double?) -> StepRecord {
      StepRecord(
        step: step, loss: loss, exactLoss: loss, lossScale: nil, skipped: step > 12)
    }
    for step in 1...14 { run.append(record(step, Double(step))) }
    #expect(run.finalLoss == 9.5 && run.initialLoss == 5.5)
    #expect(run.skippedSteps == 2 && run.firstNonFiniteStep == nil)
    run.append(record(15, nil))
    #expect(run.finalLoss == nil && run.initialLoss == 5.5 && run.firstNonFiniteStep == 15)
  }

  @Test("A run and a series stay small over any number of steps, and lose no count")
  func bounded() {
    let policy = PolicyDescription(
      name: "x", summary: "", operands: "fp16", accumulator: "fp16", weights: "fp16",
      optimizer: "fp16", lossScaling: nil)
    var run = PolicyRun(policy: policy)
    var long = TensorSeries(
      tag: series.tag, mode: .trajectory, format: "fp16", exponents: series.exponents)
    let steps = 40_000
    for step in 1...steps {
      run.append(
        StepRecord(
          step: step, loss: 1, exactLoss: 1, lossScale: nil, skipped: step % 1000 == 7))
      var point = series.points[step % 3]
      point.step = step
      long.append(point)
    }
    #expect(run.steps.count <= PolicyRun.recordLimit + PolicyRun.skipLimit)
    #expect(run.steps.count > 2000 && run.steps.last?.step ?? 0 > steps - 20)
    #expect(run.summary.count == steps && run.skippedSteps == 40)
    #expect(run.steps.count(where: \.skipped) == 40)
    #expect(long.points.count <= TensorSeries.pointLimit && long.points.count > 200)
    let expected = (1...steps).reduce(0) { $0 + series.points[$1 % 3].range.zeroed }
    #expect(long.totalRange.zeroed == expected)
    #expect(zip(long.points, long.points.dropFirst()).allSatisfy { $0.step < $1.step })
  }
}
