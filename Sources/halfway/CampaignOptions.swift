// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Formats
import Foundation
import Verification

/// The attributes of an evaluation other than its rounding.
struct SemanticsOptions: ParsableArguments {
  @Option(
    name: .long,
    help: """
      Detect tininess before or after rounding; after by default, before for FPgen's vectors.
      """, completion: Completions.tininess)
  var tininess: String?

  @Option(
    name: .long, help: "Subnormal numbers: gradual, ftz, daz, ftz-daz.",
    completion: Completions.subnormals)
  var subnormals = SubnormalMode.gradual.rawValue

  @Option(name: .long, help: "NaN results: canonical, propagate.", completion: Completions.nans)
  var nan = NaNPolicy.canonical.rawValue

  @Option(name: .long, help: "Overflow: ieee, saturate.", completion: Completions.overflows)
  var overflow = OverflowPolicy.ieee.rawValue

  /// The attributes with the default rounding; a usage error on an unknown name.
  func semantics() throws(CommandExit) -> Semantics {
    Semantics(
      tininess: try read(
        "tininess", tininess ?? Tininess.afterRounding.rawValue, "--tininess"),
      subnormals: try read("subnormal mode", subnormals, "--subnormals"),
      nan: try read("NaN policy", nan, "--nan"),
      overflow: try read("overflow policy", overflow, "--overflow"))
  }

  private func read<Value: RawRepresentable & CaseIterable>(
    _ kind: String, _ word: String, _ option: String
  ) throws(CommandExit) -> Value where Value.RawValue == String {
    if let value = Value(rawValue: word.lowercased()) { return value }
    throw .usage(
      NearestNames.complaint(
        kind: kind, name: word, known: Value.allCases.map(\.rawValue), option: option))
  }
}

/// How a campaign runs; nothing here changes its result.
struct CampaignOptions: ParsableArguments {
  @OptionGroup var threading: ThreadOptions

  @Flag(name: .long, help: "Take up a run that was interrupted.")
  var resume = false

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The checkpoint; halfway-<fingerprint>.checkpoint in the current folder by default.",
      valueName: "file"), completion: .file())
  var checkpoint: String?
}

/// What may differ between two runs of one campaign.
struct RunRecord: Codable, Sendable {
  /// The tool's version.
  var toolVersion = Version.current
  /// The machine.
  var environment = RunEnvironment.current
  /// The start in ISO 8601, UTC.
  var started: String
  /// The duration of this run in seconds; after a resumption, of its last part.
  var seconds: Double
  /// The number of threads.
  var threads: Int
}

/// The time since it was made.
struct Stopwatch: Sendable {
  private let date = Date()
  private let origin = ContinuousClock.now

  /// The seconds so far.
  var seconds: Double { (ContinuousClock.now - origin) / .seconds(1) }

  /// The record of a run that ends now.
  func record(threads: Int) -> RunRecord {
    RunRecord(started: date.formatted(.iso8601), seconds: seconds, threads: threads)
  }
}
