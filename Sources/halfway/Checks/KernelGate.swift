// SPDX-License-Identifier: Apache-2.0
import Foundation
import KernelChecks
import TensorFiles
import Work

/// The baseline of a check: read, compared with, and written where that is asked for.
struct KernelGate<Checks: BaselinedWork> {
  let work: Checks
  /// The baseline's file; nil without one.
  let path: String?
  let isUpdated: Bool
  let isCriterionAsked: Bool
  /// The kernel's name.
  let kernel: String
  /// What the kernel's worker said of itself.
  let greeting: WorkerGreeting

  /// Throws before the work what would keep it from being compared or written after it.
  func check(part: Shard?, output: OutputOptions) throws {
    guard let path else {
      if isUpdated { throw CommandExit.usage("--update-baseline needs --baseline FILE") }
      return
    }
    guard part == nil else {
      throw CommandExit.usage("--baseline is of all cases, and --shard of a part of them")
    }
    if isUpdated {
      try AtomicFile.check(path)
      try output.checkFiles(beside: OwnFiles(written: [path]))
    } else {
      try output.checkFiles(beside: OwnFiles(read: [path]))
      guard FileManager.default.fileExists(atPath: path) else {
        throw CommandExit(
          .badInput, "no baseline '\(path)'; --update-baseline writes it")
      }
    }
    _ = try baseline()
  }

  /// The baseline that there is; nil where it is yet to be written.
  private func baseline() throws -> KernelBaseline<Checks>? {
    guard let path, FileManager.default.fileExists(atPath: path) else { return nil }
    let baseline: KernelBaseline<Checks>
    do {
      baseline = try KernelBaseline(ofFile: path)
    } catch let problem as FileProblem {
      // What is to be replaced need not be readable.
      if isUpdated { return nil }
      throw CommandExit(.badInput, problem.description)
    }
    guard work.hasCases(of: baseline.configuration) else {
      if isUpdated { return nil }
      throw CommandExit(
        .couldNotRun,
        "'\(path)' is of other cases: \(Checks.summary(of: baseline.configuration)); "
          + "run those, or write it anew with --update-baseline")
    }
    return baseline
  }

  /// Compares a result with the baseline.
  func judge<Result: CheckResult>(_ result: inout Result) throws where Result.Named == Checks {
    result.isCriterionAsked = isCriterionAsked
    result.baseline = path
    guard let baseline = try baseline() else { return }
    result.comparison = work.comparison(of: result.counts[0], to: baseline.count)
  }

  /// Writes the baseline where that is asked for.
  func update<Result: CheckResult>(_ result: Result) throws where Result.Named == Checks {
    guard isUpdated, let path else { return }
    let baseline = KernelBaseline<Checks>(
      configuration: work.configuration, provenance: provenance, count: result.counts[0])
    try AtomicFile.write(Array(try baseline.encoded()), to: path)
  }

  /// What computed, with its versions.
  var provenance: [String: String] {
    let environment = RunEnvironment.current
    var facts = greeting.versions ?? [:]
    facts["kernel"] = greeting.name
    facts["halfway"] = Version.current
    facts["mpfr"] = environment.mpfr
    facts["libc"] = environment.libc
    facts["cpu"] = environment.cpu
    facts["cpuFlags"] = environment.cpuFlags.joined(separator: " ")
    if let library = greeting.versions?["library"],
      let contents = try? FileContents(ofFile: library)
    {
      facts["libraryDigest"] = contents.digest
    }
    return facts
  }
}
