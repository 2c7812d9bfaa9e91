// SPDX-License-Identifier: Apache-2.0
import Foundation

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
