// SPDX-License-Identifier: Apache-2.0
import Formats
import Foundation
import TensorFiles

/// The file that a work is resumed from; its state is JSON.
package struct WorkCheckpoint: Sendable {
  private let file: CheckpointFile

  /// The checkpoint at a path of the work and shard with a fingerprint.
  package init(path: String, fingerprint: String) {
    file = CheckpointFile(
      path: path,
      kind: .init(
        schema: "halfway/checkpoint/4", work: "campaign",
        remedy: "delete it or name another with --checkpoint to start over"),
      fingerprint: fingerprint)
  }

  /// The path of the file.
  package var path: String { file.path }

  /// Whether there is a file at the path.
  package var exists: Bool { file.exists }

  /// Replaces the file by one that holds a state. It is on the disk when this returns, and a crash
  /// in between leaves the previous file whole.
  package func save<Count>(_ state: WorkState<Count>) throws {
    let payload = try CanonicalJSON.encode(state)
    do {
      try file.save(payload, done: "\(state.cases.groupedDigits) finished cases")
    } catch {
      throw FileProblem(path: error.path, reason: error.reason)
    }
  }

  /// The state in the file; throws a `FileProblem` when it is unreadable, damaged or another
  /// work's. The file is left alone.
  package func load<Work: CountingWork>(
    for work: Work, shard: Shard
  ) throws -> WorkState<Work.Count> {
    do {
      return try file.load { payload in
        let state = try? JSONDecoder().decode(WorkState<Work.Count>.self, from: payload)
        return state.flatMap { $0.fits(work, shard: shard) ? $0 : nil }
      }.state
    } catch {
      throw FileProblem(path: error.path, reason: error.reason)
    }
  }

  /// Removes the file, if it is there.
  package func remove() { file.remove() }
}
