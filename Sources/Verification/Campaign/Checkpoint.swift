// SPDX-License-Identifier: Apache-2.0
import Formats
import Foundation
import TensorFiles

/// The file a campaign is resumed from; its state is JSON.
public struct Checkpoint: Sendable {
  private let file: CheckpointFile

  /// The checkpoint at a path of the campaign and shard with a fingerprint.
  public init(path: String, fingerprint: String) {
    file = CheckpointFile(
      path: path,
      kind: .init(
        schema: "halfway/checkpoint/3", work: "campaign",
        remedy: "delete it or name another with --checkpoint to start over"),
      fingerprint: fingerprint)
  }

  /// The path of the file.
  public var path: String { file.path }

  /// Whether there is a file at the path.
  public var exists: Bool { file.exists }

  /// Replaces the file by one that holds a state. It is on the disk when this returns, and a crash
  /// in between leaves the previous file whole.
  public func save(_ state: CampaignState) throws {
    let payload = try CanonicalJSON.encode(state)
    do {
      try file.save(payload, done: "\(state.cases.groupedDigits) finished cases")
    } catch {
      throw FileProblem(path: error.path, reason: error.reason)
    }
  }

  /// The state in the file; throws a `FileProblem` when it is unreadable, damaged or another
  /// campaign's. The file is left alone.
  public func load(for plan: Plan, shard: Shard) throws -> CampaignState {
    do {
      return try file.load { payload in
        let state = try? JSONDecoder().decode(CampaignState.self, from: payload)
        return state.flatMap { $0.fits(plan, shard: shard) ? $0 : nil }
      }.state
    } catch {
      throw FileProblem(path: error.path, reason: error.reason)
    }
  }

  /// Removes the file, if it is there.
  public func remove() { file.remove() }
}
