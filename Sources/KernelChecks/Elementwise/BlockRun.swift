// SPDX-License-Identifier: Apache-2.0
import Foundation

/// One block of elements through a kernel, whatever the kernel does with it.
struct BlockRun {
  /// The operands, and the results, where there are some: until the runner's next call.
  private(set) var inputs: [UnsafeMutableRawPointer]
  private(set) var results: UnsafeMutableRawPointer
  /// The elements that have results, in ascending order.
  private(set) var computed: [Range<Int>] = []
  private(set) var findings: [KernelFinding] = []

  private let runner: ElementRunner
  private let type: KernelElement
  private let buffers: OwnMemory
  private let fill: ([UnsafeMutableRawPointer]) -> Void
  /// Whether inputs and results are where the worker has them.
  private var isInPlace: Bool

  /// Memory of one's own for a block.
  struct OwnMemory {
    var inputs: [UnsafeMutableRawPointer]
    var results: UnsafeMutableRawPointer
  }

  /// The findings in one block after which the rest of it is not computed.
  private static let mostFindings = 3

  /// Runs a block of `count` elements.
  ///
  /// - Parameters:
  ///   - buffers: Where operands and results are kept unless they can stay where the worker has them.
  ///   - isRepeated: Whether it is run again, and in short blocks, and the results compared.
  ///   - fill: Writes the operands.
  init(
    _ runner: ElementRunner, _ buffers: OwnMemory, count: Int, isRepeated: Bool,
    fill: @escaping ([UnsafeMutableRawPointer]) -> Void
  ) {
    (self.runner, self.buffers, self.fill) = (runner, buffers, fill)
    type = runner.setting.element
    let shared = runner.sharedInputs(count: count)
    isInPlace = shared != nil
    inputs = shared ?? buffers.inputs
    results = buffers.results
    fill(inputs)
    run(0..<count)
    if isRepeated, findings.isEmpty { compareRepeats(count) }
  }

  private mutating func run(_ range: Range<Int>) {
    guard !range.isEmpty, findings.count < Self.mostFindings, !runner.isCancelled() else { return }
    let misdeed = runner.call(
      inputs, first: range.lowerBound, count: range.count, isInPlace: isInPlace)
    guard let misdeed else {
      keep(range)
      unwritten(range)
      return
    }
    if !misdeed.isFatal { keep(range) }
    settle()
    let (least, cause) = least(range, misdeed)
    findings.append(finding(cause, least))
    guard misdeed.isFatal else { return }
    run(range.lowerBound..<least.lowerBound)
    run(least.upperBound..<range.upperBound)
  }

  /// Takes the results of a range from the runner.
  private mutating func keep(_ range: Range<Int>) {
    computed.append(range)
    if isInPlace {
      results = runner.results
      return
    }
    (results + range.lowerBound * type.size).copyMemory(
      from: runner.results, byteCount: range.count * type.size)
  }

  /// Moves operands and results to memory of one's own before another call overwrites them.
  private mutating func settle() {
    guard isInPlace else { return }
    isInPlace = false
    for range in computed {
      (buffers.results + range.lowerBound * type.size).copyMemory(
        from: results + range.lowerBound * type.size, byteCount: range.count * type.size)
    }
    (inputs, results) = (buffers.inputs, buffers.results)
    fill(inputs)
  }

  /// The least part of a range that does the same, halved while one half alone does.
  ///
  /// Halves get a tenth of a loop's time, and what is left of them all of it: where that has an
  /// answer after all, the whole range stays the finding.
  private func least(
    _ range: Range<Int>, _ misdeed: KernelRunner.Misdeed
  ) -> (Range<Int>, KernelRunner.Misdeed) {
    let whole = range
    var (range, cause) = (range, misdeed)
    let timeLimit = misdeed.kind == .hang ? runner.setting.timeLimit / 10 : nil
    while range.count > 1, !runner.isCancelled() {
      let middle = range.lowerBound + range.count / 2
      let halves = [range.lowerBound..<middle, middle..<range.upperBound]
      var found: (Range<Int>, KernelRunner.Misdeed)?
      for half in halves {
        if let same = runner.call(
          inputs, first: half.lowerBound, count: half.count, timeLimit: timeLimit),
          same.kind == cause.kind
        {
          found = (half, same)
          break
        }
      }
      guard let found else { break }
      (range, cause) = found
    }
    if timeLimit != nil, range != whole {
      guard let same = runner.call(inputs, first: range.lowerBound, count: range.count),
        same.kind == cause.kind
      else { return (whole, misdeed) }
      cause = same
    }
    return (range, cause)
  }

  private func operands(_ element: Int) -> [UInt64] {
    inputs.map { type.load($0, element) }
  }

  private func finding(_ misdeed: KernelRunner.Misdeed, _ range: Range<Int>) -> KernelFinding {
    KernelFinding(
      kind: misdeed.kind, operands: operands(range.lowerBound), count: range.count,
      detail: misdeed.detail)
  }

  /// Outputs that hold what they held before: other contents tell them from results.
  private mutating func unwritten(_ range: Range<Int>) {
    let poison = type.poison(second: false)
    guard type.contains(results, range, poison) else { return }
    settle()
    guard
      runner.call(inputs, first: range.lowerBound, count: range.count, secondPoison: true) == nil
    else { return }
    let second = type.poison(second: true)
    let elements = range.filter {
      type.load(results, $0) == poison
        && type.load(runner.results, $0 - range.lowerBound) == second
    }
    guard let first = elements.first else { return }
    findings.append(
      KernelFinding(
        kind: .unwritten, operands: operands(first), count: elements.count,
        detail: "\(elements.count) of \(range.count) outputs of a call were not written"))
  }

  private mutating func compareRepeats(_ count: Int) {
    settle()
    if runner.call(inputs, first: 0, count: count) == nil,
      let element = (0..<count).first(where: { differs($0, at: $0) })
    {
      findings.append(
        KernelFinding(
          kind: .nondeterministic, operands: operands(element), count: 1,
          detail: "\(text(type.load(results, element))) and, called again, "
            + text(type.load(runner.results, element))))
      return
    }
    // Short blocks: what comes after the last whole vector is often other code.
    for length in [1, 2, 3, 5, 7, 13] where length < count {
      let first = (count - length) * length / 13
      guard runner.call(inputs, first: first, count: length) == nil else { continue }
      for element in first..<first + length where differs(element, at: element - first) {
        findings.append(
          KernelFinding(
            kind: .blockDependent, operands: operands(element), count: 1,
            detail: "\(text(type.load(results, element))) in a block of \(count), "
              + "\(text(type.load(runner.results, element - first))) in one of \(length)"))
        return
      }
    }
  }

  private func differs(_ element: Int, at place: Int) -> Bool {
    let (x, y) = (type.load(results, element), type.load(runner.results, place))
    guard x != y else { return false }
    return !type.format.number(x).isNaN || !type.format.number(y).isNaN
  }

  private func text(_ encoding: UInt64) -> String {
    "0x" + String(encoding, radix: 16)
  }
}
