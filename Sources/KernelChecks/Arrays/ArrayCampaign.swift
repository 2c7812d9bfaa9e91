// SPDX-License-Identifier: Apache-2.0
import Formats
import Work

/// The check of a kernel of arrays against exact values.
package struct ArrayCampaign: Sendable {
  /// What determines the results.
  package struct Configuration: Codable, Hashable, Sendable {
    /// The kernel.
    package var subject: KernelSubject
    /// What it is to compute.
    package var operation: ArrayOperation
    /// The format of its inputs, such as `fp16`.
    package var format: String
    /// The format of its results.
    package var resultFormat: String
    /// What the errors have to keep to.
    package var criterion: ArrayCriterion
    /// The cases as they are written.
    package var cases: [String]
    package var seed: UInt64
    /// Further arguments of a function of Python's.
    package var arguments: [String: WorkerScalar]
    /// Which bytes the inputs of files have; nil of other kernels.
    package var inputs: String?
    /// The seconds that a call may take.
    package var timeLimit: Double
    /// What it is judged beside; nil of nothing but the exact value.
    package var reference: ReferenceKernel?

    package init(
      subject: KernelSubject, operation: ArrayOperation, format: Format, resultFormat: Format,
      criterion: ArrayCriterion, cases: [ArrayCase], seed: UInt64,
      arguments: [String: WorkerScalar], timeLimit: Double
    ) {
      self.subject = subject
      self.operation = operation
      self.format = format.id
      self.resultFormat = resultFormat.id
      self.criterion = criterion
      self.cases = cases.map(\.text)
      self.seed = seed
      self.arguments = arguments
      self.timeLimit = timeLimit
    }
  }

  package let configuration: Configuration
  package let input: Format
  package let output: Format
  package let cases: [ArrayCase]
  /// How a C function is called; nil of other kernels.
  let form: ArrayForm?
  let setting: KernelRunner.Setting
  /// What it is judged beside.
  let reference: Reference?
  let referenceLosses = SharedCount()
  /// Why the reference gave no results somewhere.
  package let referenceFailure = FirstNote()
  let idle = IdleRunner<KernelRunner>()
  let losses = SharedCount()
  /// What files have; nil of other kernels.
  package var given: GivenCall?

  /// How a reference is run.
  struct Reference: Sendable {
    let format: Format
    let form: ArrayForm?
    let arguments: [String: WorkerScalar]
    let setting: KernelRunner.Setting
  }

  /// The elements between rows that stand apart.
  static let gap = 3
  /// The crashes and hangs after which a run computes nothing more.
  static let mostLosses = 16

  /// The campaign of a configuration; nil where it describes none.
  ///
  /// - Parameter tool: This command, which starts itself as a worker.
  package init?(_ configuration: Configuration, tool: String) {
    guard let input = Format(id: configuration.format),
      let output = Format(id: configuration.resultFormat), configuration.timeLimit > 0,
      !configuration.cases.isEmpty
    else { return nil }
    let operation = configuration.operation
    var form: ArrayForm?
    if case .library(_, _, let signature) = configuration.subject {
      form = ArrayForm(operation, signature)
      guard form != nil else { return nil }
    }
    var cases: [ArrayCase] = []
    for text in configuration.cases {
      guard let known = ArrayCase(text, of: operation),
        !known.variant.needsGEMM || form?.isGEMM == true,
        !known.variant.isMasked || form?.hasMask != false
      else { return nil }
      cases.append(known)
    }
    if let kernel = configuration.reference {
      guard let wide = Format(elementID: kernel.format),
        ReferenceKernel.holds(wide, numbersOf: input),
        ReferenceKernel.holds(wide, numbersOf: output)
      else { return nil }
      var form: ArrayForm?
      if case .library(_, _, let signature) = kernel.subject {
        form = ArrayForm(operation, signature)
        guard let form, form.input.formatID == wide.elementID,
          form.output.formatID == wide.elementID
        else { return nil }
      }
      reference = Reference(
        format: wide, form: form, arguments: kernel.arguments,
        setting: KernelRunner.Setting(
          command: kernel.subject.workerCommand(
            tool: tool, computing: operation.rawValue, in: wide, result: wide),
          timeLimit: configuration.timeLimit))
    } else {
      reference = nil
    }
    (self.configuration, self.input, self.output) = (configuration, input, output)
    (self.form, self.cases) = (form, cases)
    setting = KernelRunner.Setting(
      command: configuration.subject.workerCommand(
        tool: tool, computing: operation.rawValue, in: input, result: output),
      protectsInputs: configuration.subject.hasOwnWorker,
      timeLimit: configuration.timeLimit)
  }

  /// Makes the calls of cases.
  var maker: ArrayCallMaker {
    var maker = ArrayCallMaker(
      configuration.operation, input: input, output: output,
      accumulator: configuration.criterion.accumulator, seed: configuration.seed)
    maker.hasShortLabels = form?.hasShortLabels ?? false
    maker.given = given
    return maker
  }

  /// Whether its cases are those that are taken unasked.
  package var hasStandardCases: Bool {
    guard given == nil else { return true }
    let standard = StandardCases(
      configuration.operation, isGEMM: form?.isGEMM ?? false, hasMask: form?.hasMask ?? false)
    return cases
      == Self.possible(
        standard.list, configuration.operation, input: input, output: output,
        accumulator: configuration.criterion.accumulator, seed: configuration.seed)
  }

  /// Those of some cases for which the formats have numbers.
  package static func possible(
    _ cases: [ArrayCase], _ operation: ArrayOperation, input: Format, output: Format,
    accumulator: Format, seed: UInt64
  ) -> [ArrayCase] {
    let maker = ArrayCallMaker(
      operation, input: input, output: output, accumulator: accumulator, seed: seed)
    return cases.filter { maker.call($0) != nil }
  }

  /// What the kernel's worker says of itself once it has started; throws a `WorkerFailure`. The
  /// worker waits for the first thread that needs one.
  package func greeting() throws(WorkerFailure) -> WorkerGreeting {
    if given != nil { return WorkerGreeting(name: configuration.subject.name) }
    let runner = try KernelRunner(setting)
    defer { idle.give(runner) }
    return runner.greeting
  }

  /// What the reference's worker says of itself; nil without one. Throws a `WorkerFailure`.
  package func referenceGreeting() throws(WorkerFailure) -> WorkerGreeting? {
    try reference.map { reference throws(WorkerFailure) in
      try KernelRunner(reference.setting).greeting
    }
  }
}

/// An item is a case.
extension ArrayCampaign: NamedWork {
  package static let name = "check"
  package static let form = "halfway/array-check-shard/1"

  package init?(_ configuration: Configuration) { self.init(configuration, tool: "halfway") }

  package var itemCounts: [UInt64] { [UInt64(cases.count)] }
  package var chunkSize: UInt64 { 1 }

  package func nothing(ofUnit unit: Int) -> ArrayCount { ArrayCount() }
  package func add(_ count: ArrayCount, to sum: inout ArrayCount) { sum.merge(count) }

  package func worker(listsLines: Bool) -> any CountingWorker<ArrayCount> { ArrayCounter(self) }

  package func contradiction(_ count: ArrayCount, unit: Int, of items: DoneItems) -> String? {
    guard count.cases.count == Int(items.cases) else {
      return "it has \(count.cases.count) cases where there are \(items.cases)"
    }
    var last = -1
    for result in count.cases {
      guard result.index > last, cases.indices.contains(result.index),
        items.contains(UInt64(result.index)), result.text == cases[result.index].text
      else { return "'\(result.text)' is no case of it" }
      guard result.results >= 0, (0...result.results).contains(result.misrounded),
        (0...result.misrounded).contains(result.wrongSpecials), result.scaledError >= 0,
        (result.verdict == .uncomputed) == (result.results == 0)
      else { return "the counts of '\(result.text)' do not fit each other" }
      last = result.index
    }
    guard count.findings.allSatisfy({ cases.indices.contains($0.index) }) else {
      return "a finding of a case that there is not"
    }
    return nil
  }
}
