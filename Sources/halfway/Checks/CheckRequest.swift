// SPDX-License-Identifier: Apache-2.0
import Formats
import Foundation
import KernelChecks
import MPFROracle
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

  /// Whether nothing is asked for, the function left aside.
  var describesNothingButFunction: Bool {
    let texts = [
      library, symbol, signature, python, worker, format, cases, criterion, baseline,
    ]
    return texts.allSatisfy { $0 == nil } && samples == nil && seed == nil && timeLimit == nil
  }

  /// The check itself, its criterion's power tried; throws the line and the status of what keeps
  /// it from being made.
  func prepared(isUpdated: Bool) throws -> PreparedCheck {
    let kernel = try KernelOptions(
      library: library, symbol: symbol, signature: signature, python: python, worker: worker
    ).subject()
    let function = try checkedFunction()
    let format = try checkedFormat(kernel)
    let criterion = try checkedCriterion()
    let cases = try KernelCaseOptions(
      cases: cases, samples: samples, seed: seed, format: format, operands: function.arity
    ).selection()
    if case .library(_, _, let signature) = kernel, let form = CallForm(signature),
      form.operands != function.arity
    {
      throw CommandExit.usage(
        "\(function.rawValue) has \(function.arity) operand\(function.arity == 1 ? "" : "s"), and "
          + "'\(signature.text)' takes \(form.operands)")
    }
    guard
      let work = KernelCampaign(
        KernelCampaign.Configuration(
          subject: kernel, function: function, format: format, cases: cases,
          criterion: criterion, timeLimit: Double(timeLimit ?? 10)),
        tool: try Self.tool())
    else { throw CommandExit.usage("\(function.rawValue) has no such cases in \(format.id)") }
    guard criterion.limit(function, format) != nil else {
      throw CommandExit(
        .nothingSelected,
        "\(criterion.text) says nothing of \(function.rawValue) in \(format.id); ulp:N does")
    }
    let greeting: WorkerGreeting
    do {
      greeting = try work.greeting()
    } catch {
      throw CommandExit(.couldNotRun, Echo.message(error.description))
    }
    let power = CriterionPower(work, criterion)
    let powerless = CommandExit(
      .nothingSelected,
      "\(criterion.text) has no power on these cases: it passes a kernel that gives "
        + power.passing.map(\.rawValue).joined(separator: ", ")
        + "; ask for a smaller error or take more cases")
    guard power.passing.isEmpty || work.elements <= Self.mostWithoutPower else { throw powerless }
    let gate = KernelGate(
      work: work, path: baseline, isUpdated: isUpdated,
      isCriterionAsked: self.criterion != nil, greeting: greeting)
    return PreparedCheck(
      work: work, gate: gate, powerless: power.passing.isEmpty ? nil : powerless)
  }

  /// The elements of a check that is run though its criterion has no power on them: few ones are
  /// there to be looked at, such as the worst of another check, and may well show what is wrong.
  private static let mostWithoutPower: UInt64 = 4096

  /// The path of this command, which starts itself as a worker.
  private static func tool() throws(CommandExit) -> String {
    guard let path = Bundle.main.executablePath else {
      throw CommandExit(.couldNotRun, "the system does not say where this command is")
    }
    return path
  }

  private func checkedFunction() throws(CommandExit) -> RealFunction {
    if let function {
      guard let known = KernelNames.function(function) else {
        throw .usage(
          NearestNames.complaint(
            kind: "function", name: function, known: KernelNames.all.map(\.rawValue),
            option: "<function>"))
      }
      return known
    }
    let name =
      symbol ?? python?.split(separator: ":").last?.split(separator: ".").last.map(String.init)
    guard let name, let known = KernelNames.function(ofSymbol: name) else {
      throw .usage(
        "the function that it is to compute is missing, and "
          + (name.map { "'\(Echo.word($0))' does not tell it" } ?? "nothing tells it")
          + "; name it, such as 'halfway check exp'")
    }
    return known
  }

  private func checkedFormat(_ kernel: KernelSubject) throws(CommandExit) -> Format {
    guard case .library(_, _, let signature) = kernel, let element = signature.element else {
      let chosen = try Options.format(format ?? "fp32")
      guard chosen.bitWidth <= 16 || chosen == .fp32 else {
        throw .usage(
          "\(chosen.id) has \(chosen.bitWidth) bits; a kernel's elements have at most 16, or are fp32"
        )
      }
      return chosen
    }
    let own = element.formatID
    if own == "fp64" {
      throw .usage("results of fp64 are not checked yet; formats have at most 32 bits")
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

/// A check that can be run.
struct PreparedCheck {
  let work: KernelCampaign
  let gate: KernelGate
  /// The end of a check without findings whose criterion has no power; nil where it has.
  let powerless: CommandExit?

  /// Runs it, or a part of it, and hands its result to `deliver` before the baseline is written;
  /// whether it has findings.
  func run(
    part: Shard?, options: CampaignOptions, deliver: (CheckOutput) throws -> Void
  ) throws -> Bool {
    try CampaignRunner(
      work: work, name: KernelCampaign.name, unit: "elements", part: part,
      fingerprint: try work.fingerprint(shard: part ?? .whole), options: options
    ).run { state, run in
      var result = CheckOutput(work: work, counts: state.counts, shard: part, run: run)
      try gate.judge(&result)
      try deliver(result)
      try gate.update(result)
      return result.hasFindings
    }
  }
}
