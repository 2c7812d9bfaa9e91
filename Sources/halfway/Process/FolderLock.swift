// SPDX-License-Identifier: Apache-2.0
import Foundation
import Words

/// The right to write into a folder, which one run at a time has.
///
/// A file in the folder names the process and its host. The system's lock on that file, which ends
/// with the process, tells whether the owner lives; the file itself tells runs of other hosts,
/// where a shared file system may not.
final class FolderLock {
  /// The name of the file.
  static let fileName = "halfway.lock"

  /// Whose run it is.
  private struct Owner: Codable {
    var host: String
    var process: Int32
    var started: String

    static var current: Owner {
      var name = [CChar](repeating: 0, count: 256)
      let isKnown = gethostname(&name, name.count - 1) == 0
      let bytes = name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      return Owner(
        host: isKnown ? String(decoding: bytes, as: UTF8.self) : "unknown", process: getpid(),
        started: Date().formatted(.iso8601))
    }
  }

  private let descriptor: Int32
  private let path: String
  /// The path for whoever ends the process at once; never freed, for a signal may come at any time.
  private nonisolated(unsafe) static var held: UnsafeMutablePointer<CChar>?

  /// Longer files are none of this tool's.
  private static let longest = 4096
  private static let permissions: mode_t = 0o644

  /// Takes the right; throws status 2 where another run has it, with what to do.
  init(folder: String) throws(CommandExit) {
    path = folder.hasSuffix("/") ? folder + Self.fileName : "\(folder)/\(Self.fileName)"
    descriptor = try Self.locked(path, folder: folder)
    do throws(CommandExit) {
      try takeOver(folder)
    } catch {
      close(descriptor)
      throw error
    }
    Self.held = strdup(path)
  }

  /// Gives the right back.
  func release() {
    guard Self.held != nil else { return }
    Self.held = nil
    unlink(path)
    close(descriptor)
  }

  /// Removes the file of a process that ends at once. Safe in a signal's handler.
  static func abandon() {
    if let held { unlink(held) }
  }

  /// The descriptor of the file, locked, which nobody has removed meanwhile.
  private static func locked(_ path: String, folder: String) throws(CommandExit) -> Int32 {
    while true {
      let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, permissions)
      guard descriptor >= 0 else {
        throw [EISDIR, ELOOP, ENXIO].contains(errno)
          ? noLock(path, folder: folder) : failure(folder, String(cString: strerror(errno)))
      }
      if flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
        let owner = owner(descriptor)
        close(descriptor)
        throw inUse(folder, owner)
      }
      var (own, named) = (stat(), stat())
      if fstat(descriptor, &own) == 0, lstat(path, &named) == 0, own.st_ino == named.st_ino {
        return descriptor
      }
      close(descriptor)
    }
  }

  /// Writes this process into the file, which may tell another that has ended.
  private func takeOver(_ folder: String) throws(CommandExit) {
    var status = stat()
    let isKnown = fstat(descriptor, &status) == 0
    if isKnown, status.st_mode & S_IFMT != S_IFREG { throw Self.noLock(path, folder: folder) }
    if isKnown, status.st_size > 0 {
      guard let owner = Self.owner(descriptor) else { throw Self.noLock(path, folder: folder) }
      if owner.host != Owner.current.host {
        throw Self.inUse(
          folder, owner, advice: "where that run has ended, remove '\(Echo.path(path))'")
      }
      Terminal.complain(
        "taking over '\(Echo.path(folder))' from process \(owner.process), which has ended")
    }
    guard let bytes = try? JSONEncoder().encode(Owner.current), ftruncate(descriptor, 0) == 0,
      lseek(descriptor, 0, SEEK_SET) == 0
    else { throw Self.failure(folder, String(cString: strerror(errno))) }
    let reason = Descriptor.write(Array(bytes) + [0x0a], to: descriptor)
    if reason != 0 {
      unlink(path)
      throw Self.failure(folder, String(cString: strerror(reason)))
    }
  }

  private static func noLock(_ path: String, folder: String) -> CommandExit {
    failure(folder, "'\(Echo.path(path))' is no lock of this tool; remove it")
  }

  private static func owner(_ descriptor: Int32) -> Owner? {
    var bytes = [UInt8](repeating: 0, count: longest)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    guard count > 0 else { return nil }
    return try? JSONDecoder().decode(Owner.self, from: Data(bytes.prefix(count)))
  }

  private static func inUse(
    _ folder: String, _ owner: Owner?, advice: String = "wait for it or name another folder"
  ) -> CommandExit {
    let whose = owner.map {
      ", process \($0.process) on host \(Echo.word($0.host)) since \(Echo.word($0.started))"
    }
    return CommandExit(
      .couldNotRun, "another run writes into '\(Echo.path(folder))'\(whose ?? ""); \(advice)")
  }

  private static func failure(_ folder: String, _ reason: String) -> CommandExit {
    CommandExit(
      .couldNotRun, "cannot write into the folder '\(Echo.path(folder))': \(reason)")
  }
}
