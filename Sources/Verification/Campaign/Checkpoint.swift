// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A file that cannot be used: which, why, and what that costs.
public struct FileProblem: Error, Hashable, Sendable, CustomStringConvertible {
  /// The path as it was given.
  public var path: String
  /// What is wrong with it and what is lost.
  public var reason: String

  /// The problem with a file.
  public init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  /// One line that names the file first.
  public var description: String { "'\(path)': \(reason)" }
}

/// The file a campaign is resumed from: a line with the campaign's fingerprint and the payload's
/// length and hash, then the state as JSON.
public struct Checkpoint: Sendable {
  /// The path of the file.
  public let path: String
  /// The fingerprint of the campaign and shard it belongs to.
  public let fingerprint: String

  /// The checkpoint of a campaign at a path.
  public init(path: String, fingerprint: String) {
    self.path = path
    self.fingerprint = fingerprint
  }

  private struct Header: Codable {
    var schema: String
    var campaign: String
    var bytes: Int
    var checksum: String
  }

  private static let schema = "halfway/checkpoint/1"

  /// Whether there is a file at the path.
  public var exists: Bool { FileManager.default.fileExists(atPath: path) }

  /// Replaces the file by one that holds a state. It is on the disk when this returns, and a crash
  /// in between leaves the previous file whole.
  public func save(_ state: CampaignState) throws {
    let payload = try Fingerprint.json(state)
    let header = Header(
      schema: Checkpoint.schema, campaign: fingerprint, bytes: payload.count,
      checksum: Fingerprint.of(payload))
    let contents = try Fingerprint.json(header) + Data([0x0a]) + payload
    let partial = path + ".partial"
    let descriptor = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw systemProblem() }
    let isWritten = contents.withUnsafeBytes { buffer in
      var offset = 0
      while offset < buffer.count {
        let count = write(descriptor, buffer.baseAddress! + offset, buffer.count - offset)
        if count < 0 && errno != EINTR { return false }
        offset += max(count, 0)
      }
      return fsync(descriptor) == 0
    }
    let problem = systemProblem()
    close(descriptor)
    guard isWritten else {
      unlink(partial)
      throw problem
    }
    guard rename(partial, path) == 0 else { throw systemProblem() }
    let folder = open((path as NSString).deletingLastPathComponent.ifEmpty("."), O_RDONLY)
    if folder >= 0 {
      // The new name reaches the disk with its folder; a file system that cannot sync one has
      // already done what it can.
      _ = fsync(folder)
      close(folder)
    }
  }

  /// The state in the file; throws a `FileProblem` when it is unreadable, damaged or another
  /// campaign's. The file is left alone.
  public func load(for plan: Plan, shard: Shard) throws -> CampaignState {
    let contents: Data
    do {
      contents = try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw FileProblem(path: path, reason: "unreadable checkpoint; nothing can be resumed from it")
    }
    guard let end = contents.firstIndex(of: 0x0a),
      let header = try? JSONDecoder().decode(Header.self, from: contents[..<end]),
      header.schema == Checkpoint.schema
    else { throw FileProblem(path: path, reason: "not a checkpoint of this tool; left alone") }
    let payload = contents[(end + 1)...]
    guard payload.count == header.bytes else {
      throw damaged("\(payload.count) of \(header.bytes) bytes are there")
    }
    guard Fingerprint.of(payload) == header.checksum else {
      throw damaged("its checksum differs")
    }
    guard header.campaign == fingerprint else {
      throw FileProblem(
        path: path,
        reason: "checkpoint of another campaign (\(header.campaign), this is \(fingerprint)); "
          + "left alone, nothing is lost: name another file with --checkpoint")
    }
    guard let state = try? JSONDecoder().decode(CampaignState.self, from: payload),
      state.fits(plan, shard: shard)
    else { throw damaged("its counts do not fit the campaign") }
    return state
  }

  /// Removes the file, if it is there.
  public func remove() { unlink(path) }

  private func damaged(_ how: String) -> FileProblem {
    FileProblem(
      path: path,
      reason: "damaged checkpoint, \(how); the progress it held is lost, the file is left alone: "
        + "delete it or name another with --checkpoint")
  }

  private func systemProblem() -> FileProblem {
    FileProblem(
      path: path, reason: "cannot write the checkpoint: \(String(cString: strerror(errno)))")
  }
}

extension CampaignState {
  /// Whether the state has the shape of a shard of a plan.
  func fits(_ plan: Plan, shard: Shard) -> Bool {
    let total = plan.chunkCount(of: shard)
    return tallies.map(\.count) == plan.units.map(\.variants.count) && position <= total
      && ahead.allSatisfy { $0 > position && $0 < total }
      && zip(ahead, ahead.dropFirst()).allSatisfy { $0 < $1 }
  }
}

extension String {
  fileprivate func ifEmpty(_ other: String) -> String { isEmpty ? other : self }
}
