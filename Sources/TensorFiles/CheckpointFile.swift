// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The file that long work is resumed from: a line that says whose it is and how far it is, with
/// the state's length and hash, then the state.
package struct CheckpointFile: Sendable {
  /// What a person calls the work.
  package struct Kind: Sendable {
    /// The name and version of the state's structure.
    package var schema: String
    /// The work, such as `campaign`.
    package var work: String
    /// How to start over instead.
    package var remedy: String

    /// The words.
    package init(schema: String, work: String, remedy: String) {
      self.schema = schema
      self.work = work
      self.remedy = remedy
    }
  }

  /// The path of the file.
  package let path: String
  /// What kind of work it belongs to.
  package let kind: Kind
  /// Which work of that kind, told by everything that determines its result.
  package let fingerprint: String

  /// The checkpoint of a work at a path.
  package init(path: String, kind: Kind, fingerprint: String) {
    self.path = path
    self.kind = kind
    self.fingerprint = fingerprint
  }

  private struct Header: Codable {
    var schema: String
    var fingerprint: String
    /// What is lost with a damaged file.
    var done: String
    var bytes: Int
    var checksum: String
  }

  /// The largest state that a first line may tell.
  private static let sizeLimit = 1 << 40
  /// First lines are far shorter, and so is what they say is done.
  private static let longestHeader = 1 << 12
  private static let longestWords = 80

  /// Whether there is a file at the path.
  package var exists: Bool { FileManager.default.fileExists(atPath: path) }

  /// Replaces the file by one that holds a state. It is on the disk when this returns, and a crash
  /// in between leaves the previous file whole.
  ///
  /// - Parameter done: what is done of the work, such as `12 steps`.
  package func save(_ state: Data, done: String) throws(TensorFileProblem) {
    let header = Header(
      schema: kind.schema, fingerprint: fingerprint, done: done, bytes: state.count,
      checksum: FNV1a.digest(state))
    guard let line = try? CanonicalJSON.encode(header) else { throw problem("it cannot be named") }
    let partial = path + ".partial"
    let descriptor = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw systemProblem() }
    let isWritten =
      Self.write(line + Data([0x0a]), to: descriptor) && Self.write(state, to: descriptor)
      && fsync(descriptor) == 0
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

  private static func write(_ bytes: Data, to descriptor: Int32) -> Bool {
    bytes.withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress else { return true }
      var offset = 0
      while offset < buffer.count {
        let count = Foundation.write(descriptor, base + offset, buffer.count - offset)
        if count < 0 && errno != EINTR { return false }
        offset += max(count, 0)
      }
      return true
    }
  }

  /// What `read` makes of the state in the file, and what is done of the work. The file is left
  /// alone. Its first line is judged before the rest is read.
  ///
  /// - Parameter sizeLimit: the most bytes that are read.
  /// - Throws: the problem of a file that is unreadable, damaged or another work's, also where
  /// `read` is nil.
  package func load<State>(
    sizeLimit: Int = FileContents.sizeLimit, _ read: (Data) -> State?
  ) throws(TensorFileProblem) -> (state: State, done: String) {
    let (head, size): ([UInt8], Int)
    do {
      (head, size) = try FileContents.head(ofFile: path, most: Self.longestHeader)
    } catch {
      throw problem("unreadable: \(error.reason); what it holds cannot be used")
    }
    guard size > 0 else { throw problem("empty: it holds nothing") }
    guard let end = head.firstIndex(of: 0x0a) else {
      throw problem(
        "no checkpoint: the line that names its \(kind.work) has no end up to byte "
          + "\(head.count)")
    }
    guard let header = try? JSONDecoder().decode(Header.self, from: Data(head[..<end])),
      header.schema == kind.schema, (0..<Self.sizeLimit).contains(header.bytes),
      header.done.utf8.count <= Self.longestWords
    else {
      throw problem("no checkpoint of this version: its first line, bytes 0 to \(end), is none")
    }
    let done = "its \(header.done)"
    guard header.fingerprint == fingerprint else {
      let other = header.fingerprint.prefix(Self.longestWords)
      throw problem(
        "checkpoint of another \(kind.work) (\(other), this is \(fingerprint)); "
          + "\(done) are of no use here and not lost")
    }
    guard size >= end + 1 + header.bytes else {
      throw problem(
        "truncated: it ends at byte \(size) of \(end + 1 + header.bytes); \(done) are lost")
    }
    guard size == end + 1 + header.bytes else {
      throw problem(
        "damaged: its end is at byte \(end + 1 + header.bytes), and \(size) are there; "
          + "\(done) are lost")
    }
    let contents: Data
    do {
      contents = Data(try FileContents(ofFile: path, sizeLimit: sizeLimit).bytes)
    } catch {
      throw problem("unreadable: \(error.reason); what it holds cannot be used")
    }
    let state = contents.dropFirst(end + 1)
    guard state.count == header.bytes else { throw problem("it changed while it was read") }
    guard FNV1a.digest(state) == header.checksum, let read = read(state) else {
      throw problem(
        "damaged: bytes \(end + 1) to \(size) are not those that its first line tells; "
          + "\(done) are lost")
    }
    return (read, header.done)
  }

  /// Removes the file, if it is there.
  package func remove() { unlink(path) }

  /// What is wrong, and what a person can do: this tool neither repairs nor removes the file.
  private func problem(_ what: String) -> TensorFileProblem {
    TensorFileProblem(path: path, reason: what + ". Left alone: \(kind.remedy)")
  }

  private func systemProblem() -> TensorFileProblem {
    TensorFileProblem(
      path: path, reason: "cannot write the checkpoint: \(String(cString: strerror(errno)))")
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
