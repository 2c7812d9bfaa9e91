// SPDX-License-Identifier: Apache-2.0
import Formats
import KernelChecks
import Words

extension CheckRequest {
  /// The check of a kernel of arrays, its criterion's power tried.
  func preparedArrays(
    _ kernel: KernelSubject, _ operation: ArrayOperation, isUpdated: Bool
  ) throws -> any PreparedCheck {
    guard samples == nil else {
      throw CommandExit.usage("--samples is for kernels of elements; --cases names shapes and data")
    }
    let criterion = try checkedArrayCriterion()
    let scalars = try checkedArguments(kernel)
    if let arrays = try givenArrays(kernel) {
      return try preparedFiles(kernel, operation, arrays, criterion, scalars, isUpdated: isUpdated)
    }
    let (form, input, output) = try checkedForm(kernel, operation)
    let seed = seed ?? 1
    let chosen = try checkedCases(operation, form)
    let possible = ArrayCampaign.possible(
      chosen, operation, input: input, output: output, accumulator: criterion.accumulator,
      seed: seed)
    guard !possible.isEmpty, cases == nil || possible.count == chosen.count else {
      let lost = chosen.first { !possible.contains($0) }
      throw CommandExit.usage(
        "\(input.id) has no numbers for \(lost.map { "'\($0.text)'" } ?? "any case")")
    }
    var configuration = ArrayCampaign.Configuration(
      subject: kernel, operation: operation, format: input, resultFormat: output,
      criterion: criterion, cases: possible, seed: seed, arguments: scalars,
      timeLimit: Double(timeLimit ?? 10))
    configuration.reference = try reference.kernel(beside: [input, output])
    guard let work = ArrayCampaign(configuration, tool: try Self.tool()) else {
      throw CommandExit.usage(
        configuration.reference == nil
          ? "\(operation.rawValue) has no such cases"
          : "--reference-signature is no form of \(operation.rawValue) in "
            + (configuration.reference?.format ?? ""))
    }
    try Self.checkOwn(kernel, operation.rawValue, input, result: output)
    let inside = try identificationRequest(operation)
    let properties = try PropertyRequest(
      isAsked: properties, requires: requires, known: BatchProbe.properties(of: operation),
      of: operation.rawValue, kernel)
    return try prepared(work, mayLackPower: cases != nil, isUpdated: isUpdated) { result in
      result.properties = try properties.results { try BatchProbe(work).results(isCancelled: $0) }
      guard let inside else { return }
      result.accumulates = inside.accumulates
      do {
        result.identification = try work.identification(
          terms: inside.terms, isCancelled: { Interrupt.isRequested })
      } catch is CancellationError {
        throw Interrupt.end("interrupted while the kernel's sums were looked into")
      } catch let failure as WorkerFailure {
        throw CommandExit(
          .couldNotRun, "its sums cannot be looked into: \(Echo.message(failure.description))")
      }
    }
  }

  /// The check of what files have.
  private func preparedFiles(
    _ kernel: KernelSubject, _ operation: ArrayOperation, _ arrays: GivenArrays,
    _ criterion: ArrayCriterion, _ scalars: [String: WorkerScalar], isUpdated: Bool
  ) throws -> any PreparedCheck {
    guard identify == nil, accumulates == nil, resultFormat == nil, !properties, requires.isEmpty,
      reference.isEmpty
    else {
      throw CommandExit.usage(
        "--identify, --accumulates, --result-format, --properties, --requires and references are for "
          + "kernels that are called")
    }
    let given: GivenCall
    do {
      given = try GivenCall(arrays, operation, arguments: scalars)
    } catch {
      throw CommandExit(.badInput, error.description)
    }
    var configuration = ArrayCampaign.Configuration(
      subject: kernel, operation: operation, format: given.input,
      resultFormat: given.call.output, criterion: criterion, cases: [given.known], seed: 0,
      arguments: scalars, timeLimit: 10)
    configuration.inputs = arrays.digest
    guard var work = ArrayCampaign(configuration, tool: try Self.tool()) else {
      throw CommandExit(.badInput, "'\(given.known.text)' is no shape of \(operation.rawValue)")
    }
    work.given = given
    return try prepared(work, mayLackPower: false, isUpdated: isUpdated) { _ in }
  }

  /// A check whose kernel has started and whose criterion's power is tried.
  private func prepared(
    _ work: ArrayCampaign, mayLackPower: Bool, isUpdated: Bool,
    complete: @escaping (inout ArrayCheckOutput) throws -> Void
  ) throws -> any PreparedCheck {
    let greeting = try Self.greeting(work.greeting, work.referenceGreeting)
    let power = ArrayPower(work)
    let powerless = Self.powerless(
      work.configuration.criterion.text, power.passing.map(\.rawValue))
    // Few cases are there to be looked at, such as the worst of another check.
    guard power.passing.isEmpty || mayLackPower else { throw powerless }
    let gate = KernelGate(
      work: work, path: baseline, isUpdated: isUpdated, isCriterionAsked: criterion != nil,
      kernel: work.configuration.subject.name, greeting: greeting)
    return PreparedWork<ArrayCheckOutput>(
      work: work, unit: "cases", gate: gate, powerless: power.passing.isEmpty ? nil : powerless
    ) { result in
      if work.configuration.reference != nil, result.count.results > 0,
        result.count.cases.allSatisfy({ $0.reference == nil })
      {
        throw Self.idleReference(work.referenceFailure.text)
      }
      if result.count.cases.contains(where: \.isExcused) {
        let passing = ArrayPower(work, excusedAsIn: result.count).passing
        if !passing.isEmpty {
          result.powerless = Self.powerless("the reference", passing.map(\.rawValue))
        }
      }
      try complete(&result)
    }
  }

  /// The terms of sums that are looked into unasked.
  private static let standardTerms: UInt64 = 64

  private func identificationRequest(
    _ operation: ArrayOperation
  ) throws(CommandExit) -> (terms: Int, accumulates: Format?)? {
    guard identify != nil || accumulates != nil else { return nil }
    guard operation.canBeIdentified else {
      throw .usage(
        "--\(identify == nil ? "accumulates" : "identify") is for sum, dot and matmul, not for "
          + operation.rawValue)
    }
    return (
      Int(identify ?? Self.standardTerms),
      try accumulates.map { (id) throws(CommandExit) in try Options.format(id) }
    )
  }

  /// How a C function is called, and the formats of inputs and results.
  private func checkedForm(
    _ kernel: KernelSubject, _ operation: ArrayOperation
  ) throws(CommandExit) -> (ArrayForm?, input: Format, output: Format) {
    guard case .library(_, _, let signature) = kernel else {
      let input = try Self.elementFormat(format ?? "fp32")
      return (nil, input, try resultFormat.map(Self.elementFormat) ?? input)
    }
    guard let form = ArrayForm(operation, signature) else {
      throw .usage(
        "'\(signature.text)' is no form of \(operation.rawValue); known: "
          + ArrayForm.texts(of: operation).joined(separator: "; "))
    }
    let input = try Self.format(format, of: form.input, in: signature)
    let own = form.output.formatID ?? input.id
    let output = try Self.format(resultFormat ?? own, of: form.output, in: signature)
    return (form, input, output)
  }

  private func checkedCases(
    _ operation: ArrayOperation, _ form: ArrayForm?
  ) throws(CommandExit) -> [ArrayCase] {
    let standard = StandardCases(
      operation, isGEMM: form?.isGEMM ?? false, hasMask: form?.hasMask ?? false)
    guard let cases, cases != "standard" else { return standard.list }
    let words = cases.split(separator: " ").map(String.init)
    guard !words.isEmpty else { throw .usage("--cases is empty") }
    return try words.map { word throws(CommandExit) in
      guard let known = ArrayCase(word, of: operation) else {
        let shape = operation.sizeNames.map { "<\($0)>" }.joined(separator: "x")
        throw .usage(
          "'\(Echo.word(word))' in --cases is no case of \(operation.rawValue); it is "
            + "\(shape):<data>, such as \(standard.list[standard.list.count / 2].text), and data "
            + "is one of \(ArrayData.known(for: operation).map(\.rawValue).joined(separator: ", "))"
        )
      }
      guard !known.variant.needsGEMM || form?.isGEMM == true else {
        throw .usage(
          "'\(Echo.word(word))' in --cases is of a GEMM with its factors, leading dimensions and "
            + "transposes, and this kernel has no such parameters")
      }
      guard !known.variant.isMasked || form?.hasMask != false else {
        throw .usage("'\(Echo.word(word))' in --cases has a mask, and this kernel takes none")
      }
      return known
    }
  }

  private func checkedArrayCriterion() throws(CommandExit) -> ArrayCriterion {
    guard let criterion else { return .standard }
    guard let known = ArrayCriterion(criterion) else {
      throw .usage(
        NearestNames.complaint(
          kind: "criterion", name: criterion, known: ArrayCriterion.names, option: "--criterion"))
    }
    return known
  }

  private func checkedArguments(
    _ kernel: KernelSubject
  ) throws(CommandExit) -> [String: WorkerScalar] {
    try Self.scalars(arguments, of: kernel)
  }

  /// The arguments of texts `name=value`.
  static func scalars(
    _ texts: [String], of kernel: KernelSubject
  ) throws(CommandExit) -> [String: WorkerScalar] {
    var scalars: [String: WorkerScalar] = [:]
    for text in texts {
      let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2, !parts[0].isEmpty else {
        throw .usage("--argument '\(Echo.word(text))' is not name=value, such as dim=-1")
      }
      scalars[parts[0]] = WorkerScalar(parts[1])
    }
    if case .library = kernel, !scalars.isEmpty {
      throw .usage("--argument is for functions of Python; a C function's parameters are known")
    }
    return scalars
  }
}
