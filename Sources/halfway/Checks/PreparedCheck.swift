// SPDX-License-Identifier: Apache-2.0
import KernelChecks
import Work

/// A check that can be run.
protocol PreparedCheck {
  /// The kernel's name.
  var name: String { get }
  /// What computes, with its versions.
  var provenance: [String: String] { get }

  /// Throws before the work what would keep it from being compared with a baseline or written.
  func checkGate(part: Shard?, output: OutputOptions) throws
  /// Throws where its result has no such value as conditions ask for.
  func checkConditions(_ conditions: DocumentGate, part: Shard?) throws
  /// Runs it, or a part of it, and hands its result to `deliver` before the baseline is written;
  /// the end of a check without findings whose criterion, or reference, has no power.
  func run(
    part: Shard?, options: CampaignOptions, deliver: (any CheckResult) throws -> Void
  ) throws -> CommandExit?
}

/// A check of one kind of kernel.
struct PreparedWork<Result: CheckResult>: PreparedCheck {
  let work: Result.Named
  /// What progress counts.
  let unit: String
  let gate: KernelGate<Result.Named>
  /// The end of a check without findings whose criterion has no power; nil where it has.
  let powerless: CommandExit?
  /// What is found out about the kernel beside its errors.
  var complete: (inout Result) throws -> Void = { _ in }

  var name: String { gate.kernel }
  var provenance: [String: String] { gate.provenance }

  func checkGate(part: Shard?, output: OutputOptions) throws {
    try gate.check(part: part, output: output)
  }

  func checkConditions(_ conditions: DocumentGate, part: Shard?) throws {
    try conditions.check(Result.empty(work, shard: part))
  }

  func run(
    part: Shard?, options: CampaignOptions, deliver: (any CheckResult) throws -> Void
  ) throws -> CommandExit? {
    var end: CommandExit?
    _ = try CampaignRunner(
      work: work, name: Result.Named.name, unit: unit, part: part,
      fingerprint: try work.fingerprint(shard: part ?? .whole), options: options
    ).run { state, run in
      var result = Result(work: work, counts: state.counts, shard: part, run: run)
      try complete(&result)
      try gate.judge(&result)
      try deliver(result)
      try gate.update(result)
      if !result.hasFindings { end = result.powerless ?? powerless }
      return result.hasFindings
    }
    return end
  }
}
