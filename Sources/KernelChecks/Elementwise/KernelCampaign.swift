// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle
import Work

/// The check of a kernel of elements against MPFR.
package struct KernelCampaign: Sendable {
  /// What determines the counts.
  package struct Configuration: Codable, Hashable, Sendable {
    /// The kernel.
    package var subject: KernelSubject
    /// What it is to compute.
    package var function: ElementFunction
    /// The format of operands and results, such as `fp32`.
    package var format: String
    package var cases: KernelCases
    /// What the errors have to keep to.
    package var criterion: KernelCriterion
    /// The seconds that a call may take.
    package var timeLimit: Double
    /// What it is judged beside; nil of nothing but the exact value.
    package var reference: ReferenceKernel?

    package init(
      subject: KernelSubject, function: ElementFunction, format: Format, cases: KernelCases,
      criterion: KernelCriterion, timeLimit: Double
    ) {
      self.subject = subject
      self.function = function
      self.format = format.elementID
      self.cases = cases
      self.criterion = criterion
      self.timeLimit = timeLimit
    }
  }

  package let configuration: Configuration
  package let format: Format
  /// The number of elements.
  package let elements: UInt64
  let setting: ElementRunner.Setting
  /// How the reference is run; nil without one.
  let referenceSetting: ElementRunner.Setting?
  private let boundary: BoundaryNumbers
  /// The operands of cases that are a list; nil of others.
  private let listed: [[UInt64]]?
  /// The elements of files; nil of other kernels.
  package var given: GivenElements?
  /// How many crashes and hangs there were in this run.
  let losses = SharedCount()
  /// The same of the reference.
  let referenceLosses = SharedCount()
  /// Why the reference gave no result somewhere.
  package let referenceFailure = FirstNote()
  /// A runner that no thread uses.
  let idle = IdleRunner<ElementRunner>()

  /// The elements of an item.
  static let block = ElementaryReference.blockSize
  /// The items of a call.
  static let blocksOfCall = 64
  /// The crashes and hangs after which a run computes nothing more.
  static let mostLosses = 16

  /// The elements that have one digest: whole blocks, and at most 2^14 parts of them.
  var elementsOfPart: UInt64 {
    let block = UInt64(Self.block)
    let parts: UInt64 = 1 << 14
    return (elements + parts * block - 1) / (parts * block) * block
  }

  /// The campaign of a configuration; nil where its format or its cases are none.
  ///
  /// - Parameter tool: This command, which starts itself as a worker.
  package init?(_ configuration: Configuration, tool: String) {
    guard let format = Format(elementID: configuration.format),
      let elements = configuration.cases.count(configuration.function, format: format),
      elements > 0,
      configuration.timeLimit > 0
    else { return nil }
    if case .range(_, let last) = configuration.cases {
      guard configuration.function.arity == 1, last <= format.lastEncoding else {
        return nil
      }
    }
    if case .tuple(let encodings) = configuration.cases {
      guard encodings.allSatisfy({ $0 <= format.lastEncoding }) else { return nil }
    }
    self.configuration = configuration
    self.format = format
    self.elements = elements
    listed =
      configuration.cases == .hardest
      ? HardestNumbers.tuples(configuration.function, format) : nil
    boundary = BoundaryNumbers(format, operands: configuration.function.arity)
    if let reference = configuration.reference {
      guard let wide = Format(elementID: reference.format),
        ReferenceKernel.holds(wide, numbersOf: format)
      else { return nil }
      referenceSetting = ElementRunner.Setting(
        command: reference.subject.workerCommand(
          tool: tool, computing: configuration.function.rawValue, in: wide, result: wide),
        operands: configuration.function.arity, element: KernelElement(wide),
        capacity: Self.block * Self.blocksOfCall, timeLimit: configuration.timeLimit)
    } else {
      referenceSetting = nil
    }
    setting = ElementRunner.Setting(
      command: configuration.subject.workerCommand(
        tool: tool, computing: configuration.function.rawValue, in: format, result: format),
      protectsInputs: configuration.subject.hasOwnWorker,
      operands: configuration.function.arity, element: KernelElement(format),
      capacity: Self.block * Self.blocksOfCall, timeLimit: configuration.timeLimit)
  }

  /// The criterion's tolerance; nil where errors in ulp decide.
  var tolerance: ErrorTolerance? {
    guard
      case .tolerance(let tolerance)? = configuration.criterion.limit(
        configuration.function, format)
    else { return nil }
    return tolerance
  }

  /// Writes the operands of `count` elements from one on.
  func fill(_ inputs: [UnsafeMutableRawPointer], from first: UInt64, count: Int) {
    let element = setting.element
    if let given {
      for (input, source) in zip(inputs, given.inputs) {
        source.copy(Int(first), count, to: input)
      }
      return
    }
    // Every encoding, or those of a range, in order: one loop without a choice for each.
    if inputs.count == 1, let start = configuration.cases.firstEncoding {
      element.fill(inputs[0], count: count) { start &+ first &+ UInt64($0) }
      return
    }
    for (position, input) in inputs.enumerated() {
      if let listed {
        element.fill(input, count: count) { listed[Int(first) + $0][position] }
        continue
      }
      element.fill(input, count: count) {
        configuration.cases.operand(
          position, ofElement: first + UInt64($0), format: format, operands: inputs.count,
          boundary: boundary)
      }
    }
  }

  /// An operand of an element.
  func operand(_ position: Int, ofElement element: UInt64) -> UInt64 {
    if let listed { return listed[Int(element)][position] }
    return given?.inputs[position].encoding(Int(element))
      ?? configuration.cases.operand(
        position, ofElement: element, format: format, operands: configuration.function.arity,
        boundary: boundary)
  }

  /// What the kernel's worker says of itself once it has started; throws a `WorkerFailure`. The
  /// worker waits for the first thread that needs one.
  package func greeting() throws(WorkerFailure) -> WorkerGreeting {
    if given != nil { return WorkerGreeting(name: configuration.subject.name) }
    let runner = try ElementRunner(setting)
    defer { idle.give(runner) }
    return runner.greeting
  }

  /// What the reference's worker says of itself; nil without one. Throws a `WorkerFailure`.
  package func referenceGreeting() throws(WorkerFailure) -> WorkerGreeting? {
    try referenceSetting.map { setting throws(WorkerFailure) in
      try ElementRunner(setting).greeting
    }
  }
}

/// An item is a block of elements, a case an element.
extension KernelCampaign: NamedWork {
  package static let name = "check"
  package static let form = "halfway/check-shard/1"

  package init?(_ configuration: Configuration) { self.init(configuration, tool: "halfway") }

  package var itemCounts: [UInt64] {
    [(elements + UInt64(Self.block) - 1) / UInt64(Self.block)]
  }
  package var chunkSize: UInt64 { UInt64(Self.blocksOfCall) }

  package func nothing(ofUnit unit: Int) -> KernelCount {
    let profile =
      if case .range(let first, let last) = configuration.cases {
        ErrorProfile(from: first, through: last)
      } else { ErrorProfile(from: 0, through: format.lastEncoding) }
    var count = KernelCount(
      parts: Int((elements + elementsOfPart - 1) / elementsOfPart), profile: profile,
      hasTolerance: tolerance != nil)
    if referenceSetting != nil { count.reference = ReferenceCount(hasTolerance: tolerance != nil) }
    return count
  }

  package func add(_ count: KernelCount, to sum: inout KernelCount) { sum.merge(count) }

  package func cases(ofUnit unit: Int, items: Range<UInt64>) -> UInt64 {
    let range = elements(ofItems: items)
    return range.upperBound - range.lowerBound
  }

  /// The elements of items.
  func elements(ofItems items: Range<UInt64>) -> Range<UInt64> {
    let block = UInt64(Self.block)
    return min(items.lowerBound * block, elements)..<min(items.upperBound * block, elements)
  }

  package func worker(listsLines: Bool) -> any CountingWorker<KernelCount> {
    KernelCounter(self)
  }

  package func contradiction(_ count: KernelCount, unit: Int, of items: DoneItems) -> String? {
    guard count.tested <= items.cases, count.uncomputed <= items.cases,
      count.tested + count.uncomputed == items.cases
    else {
      return "it has \(count.tested) results and \(count.uncomputed) elements without one where "
        + "there are \(items.cases) elements"
    }
    guard count.histogram.counts.count == ErrorHistogram.ends.count + 1,
      count.histogram.counts.reduce(0, &+) == count.tested, count.misrounded <= count.tested,
      count.wrongSpecials <= count.misrounded, count.wrongSigns <= count.misrounded,
      count.worst.count <= KernelCount.mostKept, count.findings.count <= KernelCount.mostKept,
      count.findings.count == min(KernelCount.mostKept, Int(clamping: count.findingCount)),
      count.findingCount <= 1 << 48,
      count.digests.values.count == nothing(ofUnit: unit).digests.values.count,
      (count.misrounded == 0) == count.worst.isEmpty,
      (count.outside == nil) == (tolerance == nil),
      (count.reference == nil) == (referenceSetting == nil),
      count.reference.map({ $0.tested <= count.tested && $0.uncomputed <= count.tested }) ?? true,
      (count.outside?.results ?? 0) <= count.misrounded,
      (count.outside?.results ?? 0 == 0) == (count.outside?.worst == nil),
      count.profile.map({ nothing(ofUnit: unit).profile?.hasParts(of: $0) ?? false }) ?? true
    else { return "its counts do not fit each other" }
    guard
      count.worst.allSatisfy({ error in
        error.ulps >= 0.5 - 0x1p-20 && (setting.element.size == 8 || error.result <= UInt32.max)
          && count.histogram.counts[ErrorHistogram.bin(error.ulps)] > 0
      })
    else { return "its largest errors do not fit its histogram" }
    let arity = configuration.function.arity
    let tuples =
      (count.worst + [count.outside?.worst].compactMap(\.self)).map(\.operands)
      + count.findings.map(\.operands)
    guard tuples.allSatisfy({ $0.count == arity && $0.allSatisfy { $0 <= format.lastEncoding } })
    else { return "operands that the format does not have" }
    return nil
  }
}
