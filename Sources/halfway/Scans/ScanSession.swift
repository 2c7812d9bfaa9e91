// SPDX-License-Identifier: Apache-2.0
import Foundation
import Measurements
import Reports
import Scan
import TensorFiles

/// A look at files of tensors, from their paths to the report.
struct ScanSession {
  /// The files as they were named.
  let files: [String]
  /// What elements are that NumPy has no type for.
  let type: ElementType?
  /// The folder of the report; nil for none.
  let folder: String?
  /// The number of threads.
  let threads: Int
  /// The line that makes the result again.
  let command: String

  /// A result with the files of its report.
  struct Outcome<Result: Presentable> {
    var result: Result
    var files: [ReportFile]
    var possiblePaths: Set<String>
    var hasFindings: Bool
    /// Why there is nothing to conclude from; nil where there is.
    var inconclusive: String?
  }

  /// The name of the document in the folder.
  private static let document = "scan.json"

  /// Reads the files' headers, lets `work` look at them, and writes what it found as the options
  /// want it.
  func run<Result: Presentable>(
    _ options: OutputOptions, gate: DocumentGate, gates: GateOptions,
    _ work: ([PlacedTensors], _ page: String?) throws -> Outcome<Result>
  ) throws {
    let placed = try placedTensors()
    var own = OwnFiles()
    own.read = files + placed.flatMap(\.files)
    let folder = folder.map { ReportFolder(path: $0, document: Self.document) }
    if let folder {
      var written = folder.ownFiles
      written.read = own.read
      own = written
      try own.refuseInputs(output: folder.path)
    }
    try gates.checkFiles(options, beside: own)
    let lock = try folder?.prepare()
    defer { lock?.release() }
    let stopwatch = Stopwatch()
    let outcome = try work(placed, folder?.page)
    try Interrupt.check("interrupted; no result was written")
    var actions: [() throws -> Void] = []
    if let folder {
      let written = ReportFile(
        path: Self.document,
        text: try JSONText.encode(outcome.result.document, isIndented: false))
      actions.append {
        try folder.write(outcome.files + [written], removing: outcome.possiblePaths)
      }
    }
    try OutputOptions.runAll(actions + [{ try options.write(outcome.result) }])
    try gates.report(of: "scan").publish(
      gate.conditionTests(of: outcome.result), seconds: stopwatch.seconds)
    if let end = gate.end(after: outcome.result, hasFindings: outcome.hasFindings) { throw end }
    if let reason = outcome.inconclusive { throw CommandExit(.nothingSelected, reason) }
  }

  /// The tensors of every file; throws status 65 on one that cannot be read.
  private func placedTensors() throws(CommandExit) -> [PlacedTensors] {
    var placed: [PlacedTensors] = []
    for path in files {
      do throws(TensorFileProblem) {
        placed.append(try PlacedTensors(ofFile: path, as: type))
      } catch {
        throw CommandExit(.badInput, "\(error)")
      }
    }
    return placed
  }

  /// What formats do to the tensors.
  func scan(
    _ placed: [PlacedTensors], candidates: [Candidate], error: Double, _ page: String?
  ) throws -> Outcome<ScanOutput> {
    let scan = FileScan(placed, candidates: candidates, error: error, threads: threads)
    let (found, context, run) = try watched(bytes: scan.byteCount) {
      goesOn throws(TensorFileProblem) in
      try scan.run(goesOn)
    }
    let report = ScanReport(found, context: context)
    var result = ScanOutput(report: report)
    result.page = page
    result.run = run
    return Outcome(
      result: result, files: report.files(), possiblePaths: report.possiblePaths,
      hasFindings: false,
      inconclusive: found.tensors.isEmpty ? "no tensor of numbers to round" : nil)
  }

  /// What two dumps differ by.
  func compare(
    _ placed: [PlacedTensors], tolerance: Double?, _ page: String?
  ) throws -> Outcome<DumpOutput> {
    let comparer = DumpComparer(placed[0], placed[1], tolerance: tolerance, threads: threads)
    let (found, context, run) = try watched(bytes: comparer.byteCount) {
      goesOn throws(TensorFileProblem) in try comparer.run(goesOn)
    }
    let report = DumpReport(found, context: context)
    var result = DumpOutput(report: report, tolerance: tolerance)
    result.page = page
    result.run = run
    return Outcome(
      result: result, files: report.files(), possiblePaths: report.possiblePaths,
      hasFindings: !report.holds,
      inconclusive: found.tensors.isEmpty ? "the two files have no tensor of one name" : nil)
  }

  /// The result of work that reads so many bytes, under a progress and the wish to end; throws
  /// status 65 on a file that cannot be read.
  private func watched<Found>(
    bytes: Int,
    _ work: (@escaping @Sendable (Int) -> Bool) throws(TensorFileProblem) -> Found?
  ) throws -> (Found, ReportContext, RunRecord) {
    let (started, stopwatch) = (Date(), Stopwatch())
    let progress = Progress("scan", total: UInt64(max(bytes, 1)), unit: "bytes")
    defer { progress.finish() }
    let found: Found?
    do throws(TensorFileProblem) {
      found = try work { bytes in
        progress.advance(by: UInt64(bytes))
        return !Interrupt.isRequested
      }
    } catch {
      throw CommandExit(.badInput, "\(error)")
    }
    guard let found else { throw Interrupt.end("interrupted; no result was written") }
    return (
      found,
      ReportContext(command: command, started: started, seconds: stopwatch.seconds),
      stopwatch.record(threads: threads)
    )
  }
}
