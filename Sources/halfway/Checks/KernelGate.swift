// SPDX-License-Identifier: Apache-2.0
import Foundation
import KernelChecks
import TensorFiles
import Work

/// The baseline of a check: read, compared with, and written where that is asked for.
struct KernelGate {
  let work: KernelCampaign
  /// The baseline's file; nil without one.
  let path: String?
  let isUpdated: Bool
  let isCriterionAsked: Bool
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
  private func baseline() throws -> KernelBaseline? {
    guard let path, FileManager.default.fileExists(atPath: path) else { return nil }
    let baseline: KernelBaseline
    do {
      baseline = try KernelBaseline(ofFile: path)
    } catch let problem as FileProblem {
      // What is to be replaced need not be readable.
      if isUpdated { return nil }
      throw CommandExit(.badInput, problem.description)
    }
    let (old, new) = (baseline.configuration, work.configuration)
    guard old.function == new.function, old.format == new.format, old.cases == new.cases else {
      if isUpdated { return nil }
      throw CommandExit(
        .couldNotRun,
        "'\(path)' is of other cases: \(old.function.rawValue) in \(old.format); "
          + "run those, or write it anew with --update-baseline")
    }
    return baseline
  }

  /// Compares a result with the baseline.
  func judge(_ result: inout CheckOutput) throws {
    result.isCriterionAsked = isCriterionAsked
    guard let baseline = try baseline() else { return }
    let locator = ChangeLocator(work)
    result.comparison = BaselineComparison(result.count, to: baseline.count) {
      locator.change(inPart: $0, difference: $1)
    }
  }

  /// Writes the baseline where that is asked for.
  func update(_ result: CheckOutput) throws {
    guard isUpdated, let path else { return }
    let baseline = KernelBaseline(
      configuration: work.configuration, provenance: provenance, count: result.count)
    try AtomicFile.write(Array(try baseline.encoded()), to: path)
  }

  /// What computed, with its versions.
  private var provenance: [String: String] {
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
