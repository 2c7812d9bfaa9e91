// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle
import Randomness
import Work

/// One thread's part of a check: runs blocks of elements and judges what comes back.
struct KernelCounter: CountingWorker {
  private let campaign: KernelCampaign
  private let reference: ElementReference
  /// Nil where no worker can be started.
  private let runner: KernelRunner?
  private let memory: CounterMemory

  init(_ campaign: KernelCampaign) {
    self.campaign = campaign
    reference = ElementReference(campaign.configuration.function, campaign.format)
    runner = try? KernelRunner(campaign.setting)
    memory = CounterMemory(campaign.setting)
  }

  func count(
    ofUnit unit: Int, start: UInt64, count: Int, isCancelled: () -> Bool
  ) -> (count: KernelCount, lines: [UInt8])? {
    var sum = campaign.nothing(ofUnit: unit)
    let range = campaign.elements(ofItems: start..<start + UInt64(count))
    let elements = Int(range.upperBound - range.lowerBound)
    guard let runner, campaign.losses.value < KernelCampaign.mostLosses else {
      sum.uncomputed += UInt64(elements)
      return (sum, [])
    }
    campaign.fill(memory.inputs, from: range.lowerBound, count: elements)
    // The first call and one in sixteen after it, wherever shards begin.
    let call = start / UInt64(KernelCampaign.blocksOfCall)
    let run = BlockRun(
      runner, inputs: memory.inputs, count: elements, results: memory.results,
      isRepeated: call % 16 == 0)
    campaign.losses.add(run.findings.count { $0.kind == .crash || $0.kind == .hang })
    for finding in run.findings { sum.add(finding) }
    let computed = run.computed.reduce(0) { $0 + $1.count }
    sum.uncomputed += UInt64(elements - computed)
    for part in run.computed {
      var first = part.lowerBound
      while first < part.upperBound {
        if isCancelled() { return nil }
        let block = KernelCampaign.block
        let end = min((first / block + 1) * block, part.upperBound)
        judge(first..<end, firstElement: range.lowerBound, into: &sum)
        first = end
      }
    }
    return (sum, [])
  }

  /// Judges results of elements within one block.
  private func judge(_ part: Range<Int>, firstElement: UInt64, into sum: inout KernelCount) {
    let block = KernelCampaign.block
    let start = firstElement + UInt64(part.lowerBound)
    digest(part, start, into: &sum)
    let isWhole = part.count == block && campaign.configuration.cases.isExhaustive
    guard isWhole, reference.fill(memory.values, from: UInt32(truncatingIfNeeded: start)) else {
      for i in part { judge(i, into: &sum) }
      return
    }
    let results = (memory.results + 4 * part.lowerBound).assumingMemoryBound(to: Float.self)
    ElementaryReference.distances(
      of: results, from: memory.values, into: memory.distances, count: block)
    let tolerance = ElementaryReference.tolerance
    let (surelyNearest, surelyNot) = (0.5 - tolerance, 0.5 + tolerance)
    var nearest = 0
    for i in 0..<block {
      let distance = memory.distances[i]
      if distance < surelyNearest {
        nearest += 1
      } else if distance > surelyNot, distance < sum.leastKept - tolerance,
        Self.isInsideBin(distance)
      {
        sum.addMisrounded(distance)
      } else {
        judge(part.lowerBound + i, into: &sum)
      }
    }
    sum.addNearest(nearest)
  }

  /// Whether an error that is known as nearly as the reference's blocks are has a bin for certain.
  private static func isInsideBin(_ distance: Double) -> Bool {
    let tolerance = ElementaryReference.tolerance
    return ErrorHistogram.ends.allSatisfy { (distance - $0).magnitude > tolerance }
  }

  private func judge(_ i: Int, into sum: inout KernelCount) {
    let type = campaign.setting.element
    let operands = memory.inputs.map { type.load($0, i) }
    let result = type.load(memory.results, i)
    let judgement = reference.judge(result, at: operands)
    sum.add(
      judgement.ulps, operands: operands, result: result, isNearest: judgement.isNearest,
      isWrongSpecial: judgement.isWrongSpecial, isWrongSign: judgement.isWrongSign)
  }

  /// Adds a digest of each result's bits: of every NaN as of one.
  private func digest(_ part: Range<Int>, _ start: UInt64, into sum: inout KernelCount) {
    let digest = campaign.setting.element.digest(
      memory.results, part, firstElement: start, campaign.format)
    sum.add(digest: digest, ofPart: Int(start / campaign.elementsOfPart))
  }
}

/// One thread's buffers.
private final class CounterMemory {
  let inputs: [UnsafeMutableRawPointer]
  let results: UnsafeMutableRawPointer
  let values: UnsafeMutablePointer<Double>
  let distances: UnsafeMutablePointer<Double>

  init(_ setting: KernelRunner.Setting) {
    let bytes = setting.capacity * setting.element.size
    inputs = (0..<setting.operands).map { _ in .allocate(byteCount: bytes, alignment: 64) }
    results = .allocate(byteCount: bytes, alignment: 64)
    values = .allocate(capacity: KernelCampaign.block)
    distances = .allocate(capacity: KernelCampaign.block)
  }

  deinit {
    for input in inputs { input.deallocate() }
    results.deallocate()
    values.deallocate()
    distances.deallocate()
  }
}
