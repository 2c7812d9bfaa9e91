// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization
import Words

/// Files that appear whole or not at all. A symbolic link stays and its target is written; a file
/// that is there keeps its permissions; a device or a pipe is written as it is.
enum AtomicFile {
  private static let permissions: mode_t = 0o666
  private static let permissionBits: mode_t = 0o7777
  /// Longer chains of symbolic links are loops, as Linux has it.
  private static let longestChain = 40

  /// Throws status 2 with the reason when a text could not be written to a path now. Nothing is
  /// changed.
  static func check(_ path: String) throws(CommandExit) {
    let place = try Place(path)
    guard place.isReplaced else { return }
    close(try place.makePartial())
    unlink(place.partial)
    // The partial file has a short name; the target's own may be one that no file can have.
    if place.status == nil, access(place.target, F_OK) != 0, errno != ENOENT {
      throw place.failure(errno)
    }
  }

  /// Writes a text beside its place and renames it; throws status 2 with the system's reason.
  static func write(_ text: String, to path: String) throws(CommandExit) {
    try write(Array(text.utf8), to: path)
  }

  /// Writes bytes beside their place and renames them; throws status 2 with the system's reason.
  static func write(_ bytes: [UInt8], to path: String) throws(CommandExit) {
    let place = try Place(path)
    guard place.isReplaced else { return try writeThrough(bytes, place) }
    let descriptor = try place.makePartial()
    var reason: Int32 = 0
    if let status = place.status {
      // Only a privileged process may give a file away; the permissions are those that count.
      _ = fchown(descriptor, status.st_uid, status.st_gid)
      if fchmod(descriptor, status.st_mode & permissionBits) != 0 { reason = errno }
    }
    if reason == 0 { reason = Descriptor.write(bytes, to: descriptor) }
    if close(descriptor) != 0, reason == 0 { reason = errno }
    if reason == 0, rename(place.partial, place.target) != 0 { reason = errno }
    if reason != 0 {
      unlink(place.partial)
      throw place.failure(reason)
    }
  }

  /// Whether two paths lead to the same file.
  static func areSame(_ a: String, _ b: String) -> Bool {
    var (first, second) = (stat(), stat())
    guard stat(a, &first) == 0, stat(b, &second) == 0 else { return false }
    return first.st_dev == second.st_dev && first.st_ino == second.st_ino
  }

  /// The path that a chain of symbolic links ends at, whether something is there or not.
  static func target(of path: String) throws(CommandExit) -> String {
    var place = path
    for _ in 0..<longestChain {
      guard let link = link(at: place) else { return place }
      let isWhole = link.hasPrefix("/") || !place.contains("/")
      place = isWhole ? link : folder(of: place) + "/" + link
    }
    throw CommandExit(.couldNotRun, "cannot write '\(path)': \(String(cString: strerror(ELOOP)))")
  }

  private static func writeThrough(_ bytes: [UInt8], _ place: Place) throws(CommandExit) {
    // A pipe that nobody reads would block here for ever; once it is open, its reader sets the
    // pace.
    let descriptor = open(place.target, O_WRONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw errno == ENXIO ? place.failure("it is a pipe that nobody reads") : place.failure(errno)
    }
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
    var reason = Descriptor.write(bytes, to: descriptor)
    if close(descriptor) != 0, reason == 0 { reason = errno }
    if reason != 0 { throw place.failure(reason) }
  }

  /// What a symbolic link holds, nil where there is none.
  private static func link(at path: String) -> String? {
    var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(path, &bytes, bytes.count)
    guard count > 0 else { return nil }
    return String(decoding: bytes.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Where a text goes.
  private struct Place {
    /// The path as it was given.
    let path: String
    /// The same without symbolic links.
    let target: String
    /// What is there, nil for nothing.
    let status: stat?
    /// The file that is written before it gets its name, another one for each place: files are
    /// written beside each other. Its name is short: beside the longest name that the file system
    /// allows, a longer one could not be made.
    let partial: String

    private static let count = Atomic<Int>(0)

    /// The place of a path; throws status 2 where it is a folder or may not be written to.
    init(_ path: String) throws(CommandExit) {
      self.path = path
      target = try AtomicFile.target(of: path)
      let number = Self.count.add(1, ordering: .relaxed).newValue
      partial = "\(AtomicFile.folder(of: target))/halfway-\(getpid())-\(number).partial"
      var status = stat()
      self.status = stat(target, &status) == 0 ? status : nil
      guard let found = self.status else { return }
      if found.st_mode & S_IFMT == S_IFDIR { throw failure("it is a folder") }
      if access(target, W_OK) != 0 { throw failure(errno) }
    }

    /// Whether the text takes the place of a file, or of nothing.
    var isReplaced: Bool { status.map { $0.st_mode & S_IFMT == S_IFREG } ?? true }

    /// The descriptor of the empty partial file; throws status 2 with the reason.
    func makePartial() throws(CommandExit) -> Int32 {
      let descriptor = open(
        partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, permissions)
      if descriptor >= 0 { return descriptor }
      let reason = errno
      if reason == ENOENT, !OutputFolder.exists(folder(of: target)) {
        throw failure("the folder '\(folder(of: target))' does not exist")
      }
      throw failure(reason)
    }

    func failure(_ reason: Int32) -> CommandExit {
      if reason == EINTR { return Interrupt.end("interrupted; nobody takes the rest of '\(path)'") }
      return failure(String(cString: strerror(reason)))
    }

    func failure(_ reason: String) -> CommandExit {
      let way = target == path ? "" : " (a link to '\(target)')"
      return CommandExit(.couldNotRun, "cannot write '\(path)'\(way): \(reason)")
    }
  }
}

/// Folders that results go into.
enum OutputFolder {
  private static let permissions: mode_t = 0o777

  /// Makes a folder with those it lies in, where they are missing; throws status 2 with the reason
  /// when that fails or nothing can be written there.
  static func make(_ path: String) throws(CommandExit) {
    var made = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      made += made.isEmpty || made.hasSuffix("/") ? part : "/" + part
      if mkdir(made, permissions) == 0 { continue }
      let reason = errno
      if exists(made) { continue }
      guard reason == EEXIST else { throw failure(path, String(cString: strerror(reason))) }
      throw failure(path, obstacle(at: made, isWhole: made == path))
    }
    if access(path, W_OK | X_OK) != 0 { throw failure(path, String(cString: strerror(errno))) }
  }

  /// What is at a path where a folder should be made.
  private static func obstacle(at path: String, isWhole: Bool) -> String {
    let name = isWhole ? "it" : "'\(Echo.path(path))'"
    guard access(path, F_OK) != 0, let target = try? AtomicFile.target(of: path), target != path
    else { return "\(name) is a file" }
    return "\(name) is a link to '\(Echo.path(target))', which does not exist"
  }

  /// Whether there is a folder at a path.
  static func exists(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  private static func failure(_ path: String, _ reason: String) -> CommandExit {
    CommandExit(.couldNotRun, "cannot write into the folder '\(Echo.path(path))': \(reason)")
  }
}
