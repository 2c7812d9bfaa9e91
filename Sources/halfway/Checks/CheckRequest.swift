// SPDX-License-Identifier: Apache-2.0
import Formats
import Foundation
import KernelChecks
import MPFROracle
import OwnKernels
import TensorFiles
import Words
import Work

/// A check as its options or a file's keys ask for it.
struct CheckRequest {
  var function: String?
  var library: String?
  var symbol: String?
  var signature: String?
  var python: String?
  var worker: String?
  var format: String?
  var cases: String?
  var samples: UInt64?
  var seed: UInt64?
  var criterion: String?
  var timeLimit: UInt64?
  var baseline: String?
  /// The format of results, of kernels of arrays.
  var resultFormat: String?
  /// Further arguments of a function of Python's, `name=value`.
  var arguments: [String] = []
  /// The terms of the sums that are looked into.
  var identify: UInt64?
  /// The format that sums are to be added up in.
  var accumulates: String?
  /// Files of tensors: what the kernel had, and what it made of it.
  var inputs: [String] = []
  var outputs: String?
  /// A kernel of Halfway's own.
  var own: String?
  /// What it is judged beside.
  var reference = ReferenceRequest()
  /// Whether properties are looked for, and those that are demanded.
  var properties = false
  var requires: [String] = []

  /// Whether nothing is asked for, the function left aside.
  var describesNothingButFunction: Bool {
    let texts = [
      library, symbol, signature, python, worker, format, cases, criterion, baseline, resultFormat,
      accumulates, outputs, own,
    ]
    return texts.allSatisfy { $0 == nil } && samples == nil && seed == nil && timeLimit == nil
      && arguments.isEmpty && inputs.isEmpty && identify == nil && reference.isEmpty && !properties
      && requires.isEmpty
  }

  /// The check itself, its criterion's power tried; throws the line and the status of what keeps
  /// it from being made.
  func prepared(isUpdated: Bool) throws -> any PreparedCheck {
    let kernel = try KernelOptions(
      library: library, symbol: symbol, signature: signature, python: python, worker: worker,
      own: own, inputs: inputs, outputs: outputs
    ).subject()
    switch try meaning() {
    case .function(let function):
      let others = [
        resultFormat.map { _ in "--result-format" }, arguments.first.map { _ in "--argument" },
        identify.map { _ in "--identify" }, accumulates.map { _ in "--accumulates" },
      ]
      if let other = others.compactMap({ $0 }).first {
        throw CommandExit.usage(
          "\(other) is for kernels of arrays, and \(function.rawValue) is of elements")
      }
      return try preparedElements(kernel, function, isUpdated: isUpdated)
    case .operation(let operation):
      return try preparedArrays(kernel, operation, isUpdated: isUpdated)
    }
  }

  private func preparedElements(
    _ kernel: KernelSubject, _ function: ElementFunction, isUpdated: Bool
  ) throws -> any PreparedCheck {
    let given = try givenElements(kernel, function)
    let format = try given?.elements.format ?? checkedFormat(kernel)
    let criterion = try checkedCriterion()
    let cases =
      try given.map { KernelCases.given(count: UInt64($0.elements.count), digest: $0.digest) }
      ?? KernelCaseOptions(
        cases: cases, samples: samples, seed: seed, format: format, function: function
      ).selection()
    if case .library(_, _, let signature) = kernel {
      guard let form = CallForm(signature) else {
        throw CommandExit.usage(
          "'\(signature.text)' is no function of elements, as \(function.rawValue) is; known forms: "
            + "T(T), T(T, T), void(const T*, T*, size_t), void(const T*, const T*, T*, size_t), T "
            + "one type")
      }
      guard form.operands == function.arity else {
        throw CommandExit.usage(
          "\(function.rawValue) has \(function.arity) operand\(function.arity == 1 ? "" : "s"), and "
            + "'\(signature.text)' takes \(form.operands)")
      }
    }
    var configuration = KernelCampaign.Configuration(
      subject: kernel, function: function, format: format, cases: cases, criterion: criterion,
      timeLimit: Double(timeLimit ?? 10))
    configuration.reference = try reference.kernel(beside: [format])
    guard var work = KernelCampaign(configuration, tool: try Self.tool()) else {
      throw CommandExit.usage("\(function.rawValue) has no such cases in \(format.elementID)")
    }
    work.given = given?.elements
    try checkReference(function)
    try Self.checkOwn(kernel, function.rawValue, format, result: format)
    guard criterion.limit(function, format) != nil else {
      throw CommandExit(
        .nothingSelected,
        "\(criterion.text) says nothing of \(function.rawValue) in \(format.elementID); ulp:N does")
    }
    let inside = try PropertyRequest(
      isAsked: properties, requires: requires, known: PropertyProbe.properties(of: function),
      of: function.rawValue, kernel)
    let greeting = try Self.greeting(work.greeting, work.referenceGreeting)
    let power = CriterionPower(work, criterion)
    let powerless = Self.powerless(criterion.text, power.passing.map(\.rawValue))
    guard power.passing.isEmpty || work.elements <= Self.mostWithoutPower else { throw powerless }
    let gate = KernelGate(
      work: work, path: baseline, isUpdated: isUpdated,
      isCriterionAsked: self.criterion != nil, kernel: kernel.name, greeting: greeting)
    return PreparedWork<CheckOutput>(
      work: work, unit: "elements", gate: gate, powerless: power.passing.isEmpty ? nil : powerless
    ) { result in
      if let reference = result.count.reference, reference.tested == 0, result.count.tested > 0 {
        throw Self.idleReference(work.referenceFailure.text)
      }
      if result.isExcused {
        let passing = CriterionPower(work, criterion, excusedAsIn: result.count).passing
        if !passing.isEmpty {
          result.powerless = Self.powerless("the reference", passing.map(\.rawValue))
        }
      }
      result.properties = try inside.results { try PropertyProbe(work).results(isCancelled: $0) }
    }
  }

  /// What the kernel's worker says of itself, and its reference's.
  static func greeting(
    _ kernel: () throws(WorkerFailure) -> WorkerGreeting,
    _ reference: () throws(WorkerFailure) -> WorkerGreeting?
  ) throws(CommandExit) -> WorkerGreeting {
    var greeting: WorkerGreeting
    do {
      greeting = try kernel()
    } catch {
      throw CommandExit(.couldNotRun, Echo.message(error.description))
    }
    do {
      guard let beside = try reference() else { return greeting }
      var versions = greeting.versions ?? [:]
      versions["reference"] = beside.name
      for (name, version) in beside.versions ?? [:] { versions["reference \(name)"] = version }
      greeting.versions = versions
      return greeting
    } catch {
      throw CommandExit(.couldNotRun, "the reference: " + Echo.message(error.description))
    }
  }

  /// Throws where a reference is no function of the same operands.
  private func checkReference(_ function: ElementFunction) throws(CommandExit) {
    guard reference.arguments.isEmpty else {
      throw .usage("--reference-argument is for kernels of arrays")
    }
    guard let text = reference.kernel.signature, let signature = try? CSignature(text) else {
      return
    }
    guard CallForm(signature)?.operands == function.arity else {
      throw .usage(
        "\(function.rawValue) has \(function.arity) operand\(function.arity == 1 ? "" : "s"), and the "
          + "reference's '\(signature.text)' is no function of so many")
    }
  }

  /// Throws where Halfway has no such kernel.
  static func checkOwn(
    _ kernel: KernelSubject, _ what: String, _ format: Format, result: Format
  ) throws(CommandExit) {
    guard case .own(let name) = kernel else { return }
    do {
      _ = try OwnKernel(name, computing: what, in: format, result: result)
    } catch {
      throw .usage("--own: \(error.description)")
    }
  }

  /// The end of a check whose reference gave nothing.
  static func idleReference(_ reason: String?) -> CommandExit {
    CommandExit(
      .couldNotRun,
      "the reference gives no results" + (reason.map { ": " + Echo.message($0) } ?? ""))
  }

  /// The end of a check that a null model passes.
  static func powerless(_ criterion: String, _ passing: [String]) -> CommandExit {
    CommandExit(
      .nothingSelected,
      "\(criterion) has no power on these cases: it passes a kernel that gives "
        + passing.joined(separator: ", ") + "; ask for a smaller error or take more cases")
  }

  /// The elements of files; nil of other kernels.
  private func givenElements(
    _ kernel: KernelSubject, _ function: ElementFunction
  ) throws -> (elements: GivenElements, digest: String)? {
    guard let arrays = try givenArrays(kernel) else { return nil }
    guard arrays.inputs.count == function.arity else {
      throw CommandExit.usage(
        "\(function.rawValue) has \(function.arity) operand\(function.arity == 1 ? "" : "s"), and "
          + "--inputs names \(arrays.inputs.count)")
    }
    do {
      return (try GivenElements(arrays), arrays.digest)
    } catch {
      throw CommandExit(.badInput, error.description)
    }
  }

  /// The arrays of files; nil of other kernels. Throws status 65 where one cannot be read.
  func givenArrays(_ kernel: KernelSubject) throws(CommandExit) -> GivenArrays? {
    guard case .files(let inputs, let output) = kernel else { return nil }
    guard cases == nil, samples == nil, seed == nil, timeLimit == nil else {
      throw .usage("--cases, --samples, --seed and --time-limit are for kernels that are called")
    }
    var type: ElementType?
    if let format {
      guard let known = ElementType(name: format), known.format != nil || known == .fp64 else {
        throw .usage(
          "--format \(Echo.word(format)): files have fp64, fp32, fp16, bf16, e4m3 or e5m2")
      }
      type = known
    }
    do {
      return try GivenArrays(inputs: inputs, output: output, as: type)
    } catch {
      throw CommandExit(.badInput, error.description)
    }
  }

  /// The elements of a check that is run though its criterion has no power on them: few ones are
  /// there to be looked at, such as the worst of another check, and may well show what is wrong.
  private static let mostWithoutPower: UInt64 = 4096

  /// The path of this command, which starts itself as a worker.
  static func tool() throws(CommandExit) -> String {
    guard let path = Bundle.main.executablePath else {
      throw CommandExit(.couldNotRun, "the system does not say where this command is")
    }
    return path
  }

  /// What a kernel is to compute.
  private enum Meaning {
    case function(ElementFunction)
    case operation(ArrayOperation)
  }

  private func meaning() throws(CommandExit) -> Meaning {
    if let function {
      if let known = KernelNames.function(function) { return .function(known) }
      if let known = ArrayOperation(name: function) { return .operation(known) }
      throw .usage(
        NearestNames.complaint(
          kind: "function", name: function,
          known: KernelNames.all.map(\.rawValue) + ArrayOperation.allCases.map(\.rawValue),
          option: "<function>"))
    }
    let called = python?.split(separator: ":").last?.split(separator: ".").last.map(String.init)
    let name = symbol ?? called
    if let name {
      let known =
        symbol == nil
        ? KernelNames.function(ofPython: name) : KernelNames.function(ofSymbol: name)
      if let known { return .function(known) }
      if let known = KernelNames.operation(ofSymbol: name) { return .operation(known) }
    }
    throw .usage(
      "the function that it is to compute is missing, and "
        + (name.map { "'\(Echo.word($0))' does not tell it" } ?? "nothing tells it")
        + "; name it, such as 'halfway check exp'")
  }

  private func checkedFormat(_ kernel: KernelSubject) throws(CommandExit) -> Format {
    guard case .library(_, _, let signature) = kernel, let element = signature.element else {
      return format == "fp64" ? .fp64 : try Self.elementFormat(format ?? "fp32")
    }
    if element == .double {
      guard format == nil || format == "fp64" else {
        throw .usage("--format is \(Echo.word(format ?? "")), and '\(signature.text)' is of fp64")
      }
      return .fp64
    }
    return try Self.format(format, of: element, in: signature)
  }

  /// A format whose encodings can be the elements of a worker's arrays.
  static func elementFormat(_ id: String) throws(CommandExit) -> Format {
    guard id != "fp64" else {
      throw .usage("fp64 is a format of elements; kernels of arrays have at most 32 bits")
    }
    let chosen = try Options.format(id)
    guard chosen.bitWidth <= 16 || chosen == .fp32 else {
      throw .usage(
        "\(chosen.id) has \(chosen.bitWidth) bits; a kernel's elements have at most 16, or are fp32"
      )
    }
    return chosen
  }

  /// The format of elements of a C type, where `--format` names the one asked for.
  static func format(
    _ format: String?, of element: CType, in signature: CSignature
  ) throws(CommandExit) -> Format {
    let own = element.formatID
    if own == "fp64" {
      throw .usage(
        "kernels of arrays are checked in formats of at most 32 bits, and '\(signature.text)' is of fp64"
      )
    }
    guard let format else {
      if let own { return try Options.format(own) }
      throw .usage("'\(signature.text)' has encodings: --format says of which format")
    }
    let chosen = try Options.format(format)
    guard own == nil || own == chosen.id else {
      throw .usage("--format is \(chosen.id), and '\(signature.text)' is of \(own ?? "")")
    }
    guard element.size * 8 >= chosen.bitWidth else {
      throw .usage(
        "\(chosen.id) has \(chosen.bitWidth) bits, and \(element.rawValue) has "
          + "\(element.size * 8)")
    }
    return chosen
  }

  private func checkedCriterion() throws(CommandExit) -> KernelCriterion {
    guard let criterion else { return .faithful }
    guard let known = KernelCriterion(criterion) else {
      throw .usage(
        NearestNames.complaint(
          kind: "criterion", name: criterion, known: KernelCriterion.names, option: "--criterion"))
    }
    return known
  }
}
