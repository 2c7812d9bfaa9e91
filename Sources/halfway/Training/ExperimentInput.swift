// SPDX-License-Identifier: Apache-2.0
import Costs
import ExperimentFiles
import Foundation
import JSON5
import TensorFiles
import Words

/// Files that describe experiments and policies, read for a command.
enum ExperimentInput {
  /// The most problems of one file that are told.
  private static let mostProblems = 10

  /// The experiment of a file; throws status 65 with a line for each problem.
  static func experiment(_ path: String) throws(CommandExit) -> ExperimentFile {
    let bytes = try contents(path)
    do {
      return try ExperimentFile(bytes, path: path)
    } catch {
      throw exit(error)
    }
  }

  /// The study of a file; nil where it is one experiment. Throws status 65 likewise.
  static func study(_ path: String) throws(CommandExit) -> StudyFile? {
    let bytes = try contents(path)
    do {
      return try StudyFile(bytes, path: path)
    } catch {
      throw exit(error)
    }
  }

  /// The policies of a file; throws status 65 likewise.
  static func policies(_ path: String) throws(CommandExit) -> PolicyFile {
    let bytes = try contents(path)
    do {
      return try PolicyFile(bytes, path: path)
    } catch {
      throw exit(error)
    }
  }

  /// The machine of a file; throws status 65.
  static func machine(_ path: String) throws(CommandExit) -> Machine {
    let bytes = try contents(path)
    do {
      return try MachineFile.read(bytes, path: path)
    } catch {
      throw exit(error)
    }
  }

  /// The end of a command for the problems of a file.
  static func exit(_ problems: ExperimentProblems) -> CommandExit {
    let lines = problems.list.map { Echo.plain($0.description) }
    var details = lines.dropFirst().prefix(mostProblems - 1).map { "halfway: " + $0 }
    if lines.count > mostProblems {
      details.append("halfway: and \(lines.count - mostProblems) more in that file")
    }
    return CommandExit(.badInput, lines.first, details: details)
  }

  private static func contents(_ path: String) throws(CommandExit) -> [UInt8] {
    do {
      return try FileContents(ofFile: path, sizeLimit: JSON5Reader.sizeLimit).bytes
    } catch {
      throw CommandExit(.badInput, error.description)
    }
  }
}
