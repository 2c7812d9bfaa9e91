// SPDX-License-Identifier: Apache-2.0
import Formats
import Foundation
import TensorFiles

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
    /// What is lost with a damaged file.
    var cases: UInt64
    var bytes: Int
    var checksum: String
  }

  private static let schema = "halfway/checkpoint/2"

  /// Whether there is a file at the path.
  public var exists: Bool { FileManager.default.fileExists(atPath: path) }

  /// Replaces the file by one that holds a state. It is on the disk when this returns, and a crash
  /// in between leaves the previous file whole.
  public func save(_ state: CampaignState) throws {
    let payload = try Fingerprint.json(state)
    let header = Header(
      schema: Checkpoint.schema, campaign: fingerprint, cases: state.cases, bytes: payload.count,
      checksum: FNV1a.digest(payload))
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
    let folder = open(path.folder, O_RDONLY | O_CLOEXEC)
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
      contents = Data(try FileContents(ofFile: path).bytes)
    } catch {
      throw problem("unreadable: \(error.reason); what it holds cannot be used")
    }
    guard !contents.isEmpty else { throw problem("empty: it holds no finished case") }
    guard let end = contents.firstIndex(of: 0x0a) else {
      throw problem(
        "no checkpoint: the line that names its campaign has no end up to byte \(contents.count)")
    }
    guard let header = try? JSONDecoder().decode(Header.self, from: contents[..<end]),
      header.schema == Checkpoint.schema, (0..<FileContents.sizeLimit).contains(header.bytes)
    else {
      throw problem("no checkpoint of this version: its first line, bytes 0 to \(end), is none")
    }
    guard header.campaign == fingerprint else {
      throw problem(
        "checkpoint of another campaign (\(header.campaign), this is \(fingerprint)); "
          + "its \(header.cases.groupedDigits) finished cases are of no use here and not lost")
    }
    let lost = "its \(header.cases.groupedDigits) finished cases are lost"
    let payload = contents[(end + 1)...]
    guard payload.count >= header.bytes else {
      throw problem(
        "truncated: it ends at byte \(contents.count) of \(end + 1 + header.bytes); \(lost)")
    }
    guard payload.count == header.bytes else {
      throw problem(
        "damaged: its end is at byte \(end + 1 + header.bytes), and \(contents.count) are there; "
          + lost)
    }
    guard FNV1a.digest(payload) == header.checksum,
      let state = try? JSONDecoder().decode(CampaignState.self, from: payload),
      state.fits(plan, shard: shard)
    else {
      throw problem(
        "damaged: bytes \(end + 1) to \(contents.count) are not those that were written; \(lost)")
    }
    return state
  }

  /// Removes the file, if it is there.
  public func remove() { unlink(path) }

  /// What is wrong, and what a person can do: this tool neither repairs nor removes the file.
  private func problem(_ what: String) -> FileProblem {
    FileProblem(
      path: path,
      reason: what + ". Left alone: delete it or name another with --checkpoint to start over")
  }

  private func systemProblem() -> FileProblem {
    FileProblem(
      path: path, reason: "cannot write the checkpoint: \(String(cString: strerror(errno)))")
  }
}

extension CampaignState {
  /// Whether the state has the shape of a shard of a plan.
  func fits(_ plan: Plan, shard: Shard) -> Bool {
    let total = plan.portions(of: shard).chunkCount
    return tallies.map(\.count) == plan.units.map(\.variants.count) && position <= total
      && ahead.allSatisfy { $0 > position && $0 < total }
      && zip(ahead, ahead.dropFirst()).allSatisfy { $0 < $1 }
  }
}

extension String {
  /// The folder that a path leads into. Foundation's own answer, of Swift 6.3.1, traps on a path of
  /// one character.
  fileprivate var folder: String {
    guard let slash = lastIndex(of: "/") else { return "." }
    return slash == startIndex ? "/" : String(self[..<slash])
  }
}
