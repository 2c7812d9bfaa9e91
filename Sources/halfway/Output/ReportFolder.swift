// SPDX-License-Identifier: Apache-2.0
import ExperimentFiles
import Foundation
import Reports
import Twins

/// A folder that a report is written to.
struct ReportFolder {
  /// The folder's path as it was given.
  let path: String
  /// The document that stands beside the page.
  var document = "report.json"

  /// Makes the folder and makes sure that files can be written there: before any work, so that a
  /// folder that cannot be made is known at once.
  ///
  /// - Returns: the right to write there, to be released at the end.
  /// - Throws: status 2, also where there is a page that no report left, or where another run
  ///   writes.
  func prepare() throws -> FolderLock {
    if access(page, F_OK) == 0, access(path(of: document), F_OK) != 0 {
      throw CommandExit(
        .couldNotRun,
        "'\(page)' is there without its \(document): it is no report, and would be "
          + "replaced; name another folder")
    }
    try OutputFolder.make(path)
    let lock = try FolderLock(folder: path)
    do {
      for part in Self.folders { try OutputFolder.make(path(of: part)) }
      for file in ["index.html", document, Self.experimentFile] {
        try AtomicFile.check(path(of: file))
      }
    } catch {
      lock.release()
      throw error
    }
    return lock
  }

  private static let folders = ["data", "figures"]
  private var files: [String] {
    [
      "index.html", document, "training.json", "steps.csv", Self.experimentFile, "checkpoint",
      "checkpoint.partial", FolderLock.fileName,
    ]
  }

  /// What a run writes here.
  var ownFiles: OwnFiles {
    OwnFiles(
      written: files.map(path(of:)), folders: Self.folders.map(path(of:)))
  }

  /// The experiment as it was run: every policy in full, whatever file it came from.
  static let experimentFile = "resolved-experiment.json5"

  /// Writes the experiment as a file that makes the same results again, wherever its own files are
  /// by then; the data's path begins at the folder.
  func write(_ description: ExperimentDescription) throws {
    var description = description
    description.data = description.data.map { RelativePath.of($0, from: path) }
    try AtomicFile.write(
      ExperimentWriter.text(description, policiesInFull: true), to: path(of: Self.experimentFile))
  }

  /// Writes a report's files, and removes those of an earlier one that this one does not have: a
  /// figure that an earlier run drew and this one has nothing to show for would be a lie.
  func write(_ report: MixedPrecisionStepReport) throws {
    try write(try report.files(), removing: report.possiblePaths)
  }

  /// Writes files, and removes those of an earlier report that these do not replace.
  func write(_ files: [ReportFile], removing possiblePaths: Set<String>) throws {
    for file in files { try AtomicFile.write(file.text, to: path(of: file.path)) }
    for stale in possiblePaths.subtracting(files.map(\.path)) { unlink(path(of: stale)) }
  }

  /// The page's path.
  var page: String { path(of: "index.html") }

  /// Writes a file of a run that is handed over.
  func write(_ file: HandedFile) throws {
    let place = path(of: file.path)
    try AtomicFile.write(file.file.encoded(path: place), to: place)
  }

  /// The path of a file in the folder, in the words in which the folder was named.
  func path(of file: String) -> String { path.hasSuffix("/") ? path + file : "\(path)/\(file)" }
}

/// Paths between places of a file system.
enum RelativePath {
  /// The path that leads from a folder to `path`, both with their symbolic links followed.
  static func of(_ path: String, from folder: String) -> String {
    func parts(_ path: String) -> [String] {
      URL(fileURLWithPath: path).resolvingSymlinksInPath().standardized.pathComponents
    }
    let (target, start) = (parts(path), parts(folder))
    let shared = zip(target, start).prefix { $0 == $1 }.count
    let steps = Array(repeating: "..", count: start.count - shared) + target.dropFirst(shared)
    return steps.isEmpty ? "." : steps.joined(separator: "/")
  }
}

extension ReportContext {
  /// What made a report: the line that makes it again, the machine, and when it started.
  init(command: String, started: Date, seconds: Double) {
    let current = RunEnvironment.current
    self.init(
      command: command, tool: "halfway \(Version.current)",
      environment: [
        .init("processor", current.cpu),
        .init("extensions", current.cpuFlags.joined(separator: " ")),
        .init("processors", "\(current.cores)"), .init("system", current.system),
        .init("Swift", current.swift), .init("C library", current.libc),
        .init("MPFR", current.mpfr),
        .init("build", "\(current.build), for \(current.instructions)"),
      ] + (current.commit.map { [.init("commit", $0)] } ?? []),
      run: .init(started: started.formatted(.iso8601), seconds: seconds))
  }
}

/// A command line word by word.
struct CommandWords {
  private var words: [String]

  init(_ words: String...) { self.words = words }

  /// Appends an argument.
  mutating func add(_ argument: String) { words.append(Self.quoted(argument)) }

  /// Appends an option with its value where it has one.
  mutating func add(_ option: String, _ value: (any LosslessStringConvertible)?) {
    guard let value else { return }
    words += [option, Self.quoted(String(value))]
  }

  /// The line as a POSIX shell reads it.
  var line: String { words.joined(separator: " ") }

  private static func quoted(_ word: String) -> String {
    let isPlain = word.unicodeScalars.allSatisfy {
      $0.properties.isAlphabetic || ("0"..."9").contains($0)
        || "-_./,:=+@%".unicodeScalars.contains($0)
    }
    return isPlain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
  }
}
