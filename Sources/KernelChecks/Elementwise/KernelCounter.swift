// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle
import Randomness
import Work

/// One thread's part of a check: runs blocks of elements and judges what comes back.
struct KernelCounter: CountingWorker {
  let campaign: KernelCampaign
  let reference: ElementReference
  let tolerance: ErrorTolerance?
  let memory: CounterMemory

  init(_ campaign: KernelCampaign) {
    self.campaign = campaign
    reference = ElementReference(campaign.configuration.function, campaign.format)
    tolerance = campaign.tolerance
    memory = CounterMemory(campaign)
  }

  func count(
    ofUnit unit: Int, start: UInt64, count: Int, isCancelled: () -> Bool
  ) -> (count: KernelCount, lines: [UInt8])? {
    var sum = campaign.nothing(ofUnit: unit)
    let range = campaign.elements(ofItems: start..<start + UInt64(count))
    let elements = Int(range.upperBound - range.lowerBound)
    guard campaign.losses.value < KernelCampaign.mostLosses else {
      sum.uncomputed += UInt64(elements)
      return (sum, [])
    }
    let fill = { [campaign] (inputs: [UnsafeMutableRawPointer]) in
      campaign.fill(inputs, from: range.lowerBound, count: elements)
    }
    memory.settle()
    if let given = campaign.given {
      fill(memory.inputs)
      given.results.copy(Int(range.lowerBound), elements, to: memory.results)
      runReference(elements, isCancelled)
      if isCancelled() { return nil }
      return judge([0..<elements], of: range, isCancelled, into: sum).map { ($0, []) }
    }
    let runner: ElementRunner
    do {
      runner = try memory.runner(campaign)
    } catch {
      sum.uncomputed += UInt64(elements)
      fill(memory.inputs)
      sum.add(
        KernelFinding(
          kind: .failed, operands: memory.inputs.map { campaign.setting.element.load($0, 0) },
          count: elements, detail: "its worker does not start: \(error)"))
      return (sum, [])
    }
    // The first call and one in sixteen after it, wherever shards begin.
    let call = start / UInt64(KernelCampaign.blocksOfCall)
    let run = withoutActuallyEscaping(isCancelled) { isCancelled in
      runner.isCancelled = isCancelled
      defer { runner.isCancelled = { false } }
      return BlockRun(
        runner, memory.buffers, count: elements, isRepeated: call % 16 == 0, fill: fill)
    }
    (memory.inputs, memory.results) = (run.inputs, run.results)
    if isCancelled() { return nil }
    runReference(elements, isCancelled)
    if isCancelled() { return nil }
    campaign.losses.add(run.findings.count { $0.kind == .crash || $0.kind == .hang })
    for finding in run.findings { sum.add(finding) }
    let computed = run.computed.reduce(0) { $0 + $1.count }
    sum.uncomputed += UInt64(elements - computed)
    return judge(run.computed, of: range, isCancelled, into: sum).map { ($0, []) }
  }

  /// Runs the reference on the operands in memory; what has no result stays without one.
  private func runReference(_ elements: Int, _ isCancelled: () -> Bool) {
    guard let reference = memory.reference else { return }
    reference.hasResult.update(repeating: false, count: elements)
    guard campaign.referenceLosses.value < KernelCampaign.mostLosses,
      let runner = reference.runner()
    else { return }
    let (type, wide) = (campaign.setting.element, reference.setting.element)
    let fill = { (inputs: [UnsafeMutableRawPointer]) in
      for (source, target) in zip(memory.inputs, inputs) {
        wide.fill(target, count: elements) {
          wide.format.encoding(nearest: type.format.number(type.load(source, $0)))
        }
      }
    }
    let run = withoutActuallyEscaping(isCancelled) { isCancelled in
      runner.isCancelled = isCancelled
      defer { runner.isCancelled = { false } }
      return BlockRun(
        runner,
        BlockRun.OwnMemory(inputs: reference.inputs, results: reference.wideResults),
        count: elements, isRepeated: false, fill: fill)
    }
    if let finding = run.findings.first { campaign.referenceFailure.note(finding.detail) }
    campaign.referenceLosses.add(run.findings.count { $0.kind == .crash || $0.kind == .hang })
    for part in run.computed {
      for i in part { reference.hasResult[i] = true }
    }
    type.fill(reference.results, count: elements) {
      guard reference.hasResult[$0] else { return 0 }
      return type.format.encoding(nearest: wide.format.number(wide.load(run.results, $0)))
    }
  }

  /// A count with the results of parts of a range of elements added; nil when cancelled.
  private func judge(
    _ computed: [Range<Int>], of range: Range<UInt64>, _ isCancelled: () -> Bool,
    into count: KernelCount
  ) -> KernelCount? {
    var sum = count
    var candidates = ErrorCandidates()
    for part in computed {
      for piece in Self.pieces(part, before: range.lowerBound) {
        digest(piece, range.lowerBound + UInt64(piece.lowerBound), into: &sum)
      }
      // Where encodings follow each other, the reference has blocks of its own.
      let offset = campaign.configuration.cases.firstEncoding.map { $0 + range.lowerBound }
      for piece in Self.pieces(part, before: offset ?? range.lowerBound) {
        if isCancelled() { return nil }
        judge(piece, from: offset, &candidates, into: &sum)
      }
    }
    let (possible, others) = candidates.ended()
    for candidate in possible { _ = judge(candidate.place, into: &sum) }
    for other in others { sum.addMisrounded(other.distance, isOutside: other.isOutside) }
    return sum
  }

  /// A range of places cut where blocks end, `offset` standing before the first place.
  private static func pieces(_ range: Range<Int>, before offset: UInt64) -> [Range<Int>] {
    let block = KernelCampaign.block
    let phase = Int(offset % UInt64(block))
    var pieces: [Range<Int>] = []
    var first = range.lowerBound
    while first < range.upperBound {
      let end = min(((first + phase) / block + 1) * block - phase, range.upperBound)
      pieces.append(first..<end)
      first = end
    }
    return pieces
  }

  /// Judges the results of places within one block, but for candidates of the largest errors.
  ///
  /// - Parameter offset: The encoding at the first place, where encodings follow each other.
  private func judge(
    _ part: Range<Int>, from offset: UInt64?, _ candidates: inout ErrorCandidates,
    into sum: inout KernelCount
  ) {
    let first = (offset ?? 0) + UInt64(part.lowerBound)
    let phase = Int(first % UInt64(KernelCampaign.block))
    guard offset != nil, campaign.setting.operands == 1,
      reference.fill(memory.values, from: UInt32(truncatingIfNeeded: first - UInt64(phase)))
    else {
      for i in part {
        let ulps = judge(i, into: &sum)
        compareReference(i, ulps, into: &sum)
        sum.profile?.add(ulps, at: campaign.setting.element.load(memory.inputs[0], i))
      }
      return
    }
    let results = (memory.results + 4 * part.lowerBound).assumingMemoryBound(to: Float.self)
    ElementaryReference.distances(
      of: results, from: memory.values + phase, into: memory.distances, count: part.count)
    if let reference = memory.reference {
      ElementaryReference.distances(
        of: (reference.results + 4 * part.lowerBound).assumingMemoryBound(to: Float.self),
        from: memory.values + phase, into: reference.distances, count: part.count)
      for i in 0..<part.count { compareReferenceQuickly(part.lowerBound + i, i, into: &sum) }
    }
    let width = sum.profile?.width ?? UInt64(KernelCampaign.block)
    var start = 0
    while start < part.count {
      let encoding = first + UInt64(start)
      let end = Int(min(UInt64(part.count), UInt64(start) + width - encoding % width))
      let largest = judge(
        start..<end, of: part, UnsafePointer(memory.values + phase), &candidates, into: &sum)
      sum.profile?.add(largest, at: encoding)
      start = end
    }
  }

  /// Judges the reference's result at a place by itself and beside the kernel's, whose error is known.
  private func compareReference(_ i: Int, _ ulps: Double, into sum: inout KernelCount) {
    guard let reference = memory.reference else { return }
    guard reference.hasResult[i] else {
      sum.reference?.uncomputed += 1
      return
    }
    let type = campaign.setting.element
    let operands = memory.inputs.map { type.load($0, i) }
    let result = type.load(reference.results, i)
    let judgement = self.reference.judge(result, at: operands)
    sum.reference?.add(judgement, operands: operands, result: result)
    if let tolerance {
      sum.reference?.outside?.add(judgement, operands, result, tolerance, self.reference)
    }
    if result != type.load(memory.results, i) { sum.reference?.compare(ulps, judgement.ulps) }
  }

  /// The same of results whose distances from the exact values are known.
  private func compareReferenceQuickly(_ i: Int, _ place: Int, into sum: inout KernelCount) {
    guard let reference = memory.reference, reference.hasResult[i], tolerance == nil else {
      return compareReference(i, exactError(i), into: &sum)
    }
    let tolerance = ElementaryReference.tolerance
    let (distance, kernel) = (reference.distances[place], memory.distances[place])
    let type = campaign.setting.element
    let isSame = type.load(reference.results, i) == type.load(memory.results, i)
    guard isSame || (distance - kernel).magnitude > 2 * tolerance else {
      return compareReference(i, exactError(i), into: &sum)
    }
    if distance < 0.5 - tolerance {
      sum.reference?.addNearest()
    } else if distance > 0.5 + tolerance, distance < (sum.reference?.largest ?? 0) - tolerance {
      sum.reference?.addMisrounded()
    } else {
      return compareReference(i, exactError(i), into: &sum)
    }
    if !isSame { sum.reference?.compare(kernel, distance) }
  }

  /// The error of the kernel's result at a place.
  private func exactError(_ i: Int) -> Double {
    let type = campaign.setting.element
    return reference.judge(
      type.load(memory.results, i), at: memory.inputs.map { type.load($0, i) }
    ).ulps
  }

  /// Judges the result of a place; its error.
  func judge(_ i: Int, into sum: inout KernelCount) -> Double {
    let type = campaign.setting.element
    let operands = memory.inputs.map { type.load($0, i) }
    let result = type.load(memory.results, i)
    let judgement = reference.judge(result, at: operands)
    sum.add(judgement, operands: operands, result: result)
    if let tolerance { sum.outside?.add(judgement, operands, result, tolerance, reference) }
    return judgement.ulps
  }

  /// Adds a digest of each result's bits: of every NaN as of one.
  private func digest(_ part: Range<Int>, _ start: UInt64, into sum: inout KernelCount) {
    let digest = campaign.setting.element.digest(
      memory.results, part, firstElement: start, campaign.format)
    sum.add(digest: digest, ofPart: Int(start / campaign.elementsOfPart))
  }
}
