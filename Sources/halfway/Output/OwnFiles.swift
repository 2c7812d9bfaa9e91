// SPDX-License-Identifier: Apache-2.0
import Foundation
import Words

/// The files that a command reads and writes by itself: an export takes the place of none of them.
struct OwnFiles {
  /// Paths of what it reads.
  var read: [String] = []
  /// Paths of what it writes, whether they are there yet or not.
  var written: [String] = []
  /// Folders in which every file is its own.
  var folders: [String] = []

  /// Throws status 64 for an export that leads to one of the files, in whatever spelling and
  /// through whatever link, to another export, or to the file that standard output was sent to.
  func refuse(_ exports: [String]) throws(CommandExit) {
    var earlier: [String] = []
    for export in exports {
      if let path = read.first(where: { Self.areSame($0, export) }) {
        throw Self.conflict(
          export, "would overwrite '\(Echo.path(path))', which this command reads")
      }
      if let path = written.first(where: { Self.areSame($0, export) }) {
        throw Self.conflict(export, "is '\(Echo.path(path))', which this command writes itself")
      }
      for folder in folders {
        let inside = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        guard
          Self.canonical(Self.folder(of: Self.target(export))) == Self.canonical(folder)
            || inside.contains(where: { Self.areSame("\(folder)/\($0)", export) })
        else { continue }
        throw Self.conflict(
          export, "lies in '\(Echo.path(folder))', where this command writes its own files")
      }
      if Self.isStandardOutput(export) {
        throw Self.conflict(export, "is the file that standard output goes to")
      }
      if earlier.contains(where: { Self.areSame($0, export) }) {
        throw Self.conflict(export, "is named twice")
      }
      earlier.append(export)
    }
  }

  /// Throws status 64 for a file that is read and would be written: it lies in a folder of the
  /// results, or a link in that folder leads to it.
  func refuseInputs(output: String) throws(CommandExit) {
    for path in read {
      let isWritten = written.contains { Self.areSame($0, path) }
      let isInside = folders.contains { folder in
        let inside = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return inside.contains { Self.areSame("\(folder)/\($0)", path) }
      }
      guard isWritten || isInside else { continue }
      throw .usage(
        "--output '\(Echo.path(output))' would overwrite '\(Echo.path(path))', which this command reads: "
          + "name another folder")
    }
  }

  /// Throws status 64 for the file of another option that leads to one of the files.
  func refuse(_ file: String, of option: String) throws(CommandExit) {
    guard !file.isEmpty else { throw .usage("\(option) is empty: name a file") }
    if let path = (read + written).first(where: { Self.areSame($0, file) }) {
      throw .usage(
        "\(option) '\(Echo.path(file))' is '\(Echo.path(path))', which this command reads or writes "
          + "itself: name another file")
    }
  }

  private static func conflict(_ export: String, _ reason: String) -> CommandExit {
    .usage("--export '\(Echo.path(export))' \(reason): name another file")
  }

  /// Whether two paths lead to the same file, or will when it is there.
  static func areSame(_ a: String, _ b: String) -> Bool {
    AtomicFile.areSame(a, b) || canonical(target(a)) == canonical(target(b))
  }

  private static func isStandardOutput(_ path: String) -> Bool {
    var (own, other) = (stat(), stat())
    return fstat(STDOUT_FILENO, &own) == 0 && own.st_mode & S_IFMT == S_IFREG
      && stat(path, &other) == 0 && own.st_dev == other.st_dev && own.st_ino == other.st_ino
  }

  private static func target(_ path: String) -> String {
    (try? AtomicFile.target(of: path)) ?? path
  }

  /// The one absolute spelling of a path: links are followed as far as it exists, and the rest is
  /// taken as it will be made.
  private static func canonical(_ path: String) -> String {
    if let real = realpath(path, nil) {
      defer { free(real) }
      return String(cString: real)
    }
    let parts = path.split(separator: "/").filter { $0 != "." }
    guard let last = parts.last else { return path.hasPrefix("/") ? "/" : path }
    let plain = (path.hasPrefix("/") ? "/" : "") + parts.joined(separator: "/")
    let parent = canonical(folder(of: plain))
    if last == ".." { return folder(of: parent) }
    return parent == "/" ? "/\(last)" : "\(parent)/\(last)"
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
