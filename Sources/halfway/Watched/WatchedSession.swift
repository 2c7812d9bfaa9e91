// SPDX-License-Identifier: Apache-2.0
import Foundation
import Measurements
import Reports
import TensorFiles
import WatchedRuns

/// A recorded run from its file to its report.
struct WatchedSession {
  /// The recording's path.
  let recording: String

  /// Writes the report, training.json, steps.csv and TensorBoard's files into a folder, and the
  /// result as the options want it.
  func report(
    folder path: String, commandLine: String, _ options: OutputOptions, gate: DocumentGate,
    gates: GateOptions
  ) throws {
    guard gates.junit == nil || !gate.isEmpty else {
      throw CommandExit.usage("--junit has a test for each --fail-on, and there is none")
    }
    let folder = ReportFolder(path: path)
    var own = folder.ownFiles
    own.read = [recording]
    own.written.append(folder.path(of: Self.events))
    try own.refuseInputs(output: path)
    if let junit = gates.junit { try own.refuse(junit, of: "--junit") }
    try own.refuse(options.exports)
    let stopwatch = Stopwatch()
    let started = Date()
    let watched = try read()
    let lock = try folder.prepare()
    defer { lock.release() }
    try gates.checkFiles(options, beside: own)
    var presented = TrainingOutput(run: watched.run)
    presented.page = folder.page
    presented.command = commandLine
    let report = MixedPrecisionStepReport(
      proof: nil, run: watched.run,
      context: ReportContext(
        command: commandLine, started: started, seconds: stopwatch.seconds))
    presented.remedies = report.remedies
    try OutputFolder.make(folder.path(of: Self.eventFolder))
    try OutputOptions.runAll([
      { try folder.write(report) }, { try presented.write(toFolder: folder.path) },
      { try AtomicFile.write(EventFile.bytes(of: watched.run), to: folder.path(of: Self.events)) },
      { try options.write(presented) },
    ])
    if let line = watched.brokenLine {
      Terminal.complain(
        "'\(recording)' breaks off at line \(line): the run ended within a step, and the report is "
          + "of the \(watched.run.completedSteps) steps before")
    }
    try gates.report(of: "watched").publish(
      gate.conditionTests(of: presented), seconds: stopwatch.seconds)
    if let end = gate.end(after: presented, hasFindings: false) { throw end }
  }

  private static let eventFolder = "tensorboard"
  /// TensorBoard looks for `tfevents` in names.
  private static let events = "\(eventFolder)/events.out.tfevents.0.halfway"

  private func read() throws(CommandExit) -> Recording {
    do throws(TensorFileProblem) {
      return try Recording(FileContents(ofFile: recording))
    } catch {
      throw CommandExit(.badInput, error.description)
    }
  }
}
