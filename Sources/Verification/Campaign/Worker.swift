// SPDX-License-Identifier: Apache-2.0
import Formats
import Work

/// The buffers and functions of one thread, kept from block to block.
final class Worker: CountingWorker {
  /// The cases of a block: operands and results of all roundings stay in the second-level cache.
  static let blockSize = 4096

  private let plan: Plan
  private let subject: any Subject
  private let reference: any Reference
  private let words: UnsafeMutablePointer<UInt64>
  private let bytes: UnsafeMutablePointer<UInt8>
  private let buffers: OperandBuffers
  private let expected: [UnsafeMutablePointer<UInt64>]
  private let expectedFlags: [UnsafeMutablePointer<UInt8>]
  private let got: UnsafeMutablePointer<UInt64>
  private let gotFlags: UnsafeMutablePointer<UInt8>

  private var unitIndex = -1
  private var evaluator: (any ReferenceEvaluator)?
  private var functions: [BlockFunction] = []
  private var criterion: Criterion
  private let listsMismatches: Bool
  private var lines: MismatchLines?

  init(
    plan: Plan, subject: any Subject, reference: any Reference, listsMismatches: Bool = false
  ) {
    self.listsMismatches = listsMismatches
    self.plan = plan
    self.subject = subject
    self.reference = reference
    let size = Worker.blockSize
    let variants = plan.configuration.roundings.count
    let (wordCount, byteCount) = ((variants + 4) * size, (variants + 1) * size)
    words = .allocate(capacity: wordCount)
    words.initialize(repeating: 0, count: wordCount)
    bytes = .allocate(capacity: byteCount)
    bytes.initialize(repeating: 0, count: byteCount)
    buffers = OperandBuffers(a: words, b: words + size, c: words + 2 * size)
    got = words + 3 * size
    let words = self.words
    let bytes = self.bytes
    expected = (0..<variants).map { words + (4 + $0) * size }
    gotFlags = bytes
    expectedFlags = (0..<variants).map { bytes + (1 + $0) * size }
    criterion = Criterion(kind: nil, subject: subject)
  }

  deinit {
    words.deallocate()
    bytes.deallocate()
  }

  /// The tallies of a run of cases, one per variant of its unit, and the lines of all its
  /// mismatches where they are listed; nil when `isCancelled` said so.
  func count(
    ofUnit index: Int, start: UInt64, count: Int, isCancelled: () -> Bool
  ) -> (count: [Tally], lines: [UInt8])? {
    let unit = plan.units[index]
    prepare(index)
    lines = listsMismatches ? MismatchLines(unit, reportsFlags: subject.reportsFlags) : nil
    var tallies = [Tally](repeating: Tally(), count: unit.variants.count)
    var done = 0
    while done < count {
      if isCancelled() { return nil }
      let size = min(Worker.blockSize, count - done)
      runBlock(unit, start: start + UInt64(done), count: size, into: &tallies)
      done += size
    }
    return (tallies, lines?.bytes ?? [])
  }

  private func prepare(_ index: Int) {
    guard index != unitIndex else { return }
    let unit = plan.units[index]
    unitIndex = index
    evaluator = reference.evaluator(
      operation: unit.operation, format: unit.format, to: unit.to, variants: unit.variants)
    functions = unit.functions
    criterion = Criterion(
      kind: unit.operation.resultKind(unit.format, to: unit.to), subject: subject)
    // Operands that the operation does not take are zero, whatever ran before.
    for operand in [buffers.b, buffers.c].dropFirst(unit.operation.arity - 1) {
      operand.update(repeating: 0, count: Worker.blockSize)
    }
  }

  private func runBlock(
    _ unit: Unit, start: UInt64, count: Int, into tallies: inout [Tally]
  ) {
    unit.cases.fill(from: start, count: count, into: buffers)
    let block = OperandBlock(
      a: buffers.a, b: buffers.b, c: buffers.c, count: count, firstIndex: start)
    // A unit has fewer variants than the campaign has roundings where the subject lacks some.
    let variants = unit.variants.count
    evaluator?.evaluate(
      block, results: Array(expected[..<variants]), flags: Array(expectedFlags[..<variants]))
    for (variant, function) in functions.enumerated() {
      function(block, got, gotFlags)
      tallies[variant].tested += UInt64(count)
      tallies[variant].flags.merge(exceptionCounts(expectedFlags[variant], count: count))
      if criterion.anyDiffers(
        expected[variant], got, expectedFlags[variant], gotFlags, count: count)
      {
        record(block, arity: unit.operation.arity, variant: variant, into: &tallies[variant])
      }
    }
    lines?.endBlock()
  }

  private func record(
    _ block: OperandBlock, arity: Int, variant: Int, into tally: inout Tally
  ) {
    let (results, flags) = (expected[variant], expectedFlags[variant])
    for i in 0..<block.count
    where criterion.differs(results[i], got[i], flags[i], gotFlags[i]) {
      tally.mismatches += 1
      lines?.append(
        block, element: i, variant: variant, expected: results[i], expectedFlags: flags[i],
        got: got[i], gotFlags: gotFlags[i])
      guard tally.first.count < plan.configuration.mismatchLimit else { continue }
      tally.first.append(
        MismatchRecord(
          index: block.firstIndex + UInt64(i),
          operands: Array([block.a[i], block.b[i], block.c[i]].prefix(arity)),
          expected: results[i], got: got[i],
          expectedFlags: Exceptions(rawValue: flags[i]),
          gotFlags: subject.reportsFlags ? Exceptions(rawValue: gotFlags[i]) : nil))
    }
  }
}
