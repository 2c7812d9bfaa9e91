// SPDX-License-Identifier: Apache-2.0
import ExperimentFiles
import Foundation
import Models
import Reports
import TensorFiles
import Words
import Work

/// A study from its file to its report: the points that are not finished are run, and when all are,
/// what they measured is put together.
struct StudySession {
  /// What is run.
  let study: StudyFile
  /// The number of threads; without influence on the result.
  let threads: Int
  /// The options that take the place of what the file says, as words.
  let overrides: [String]
  /// The part of the points that is run, and no report made; nil for all.
  let shard: Shard?
  /// The line that makes the result again.
  let command: String

  /// The files that the report's folder has beside those of every report.
  private static let document = "study.json"
  private static let csv = "study.csv"
  private static let points = "points"
  private static let pointExperiment = "experiment.json5"
  /// The most points that could not run whose reasons are told.
  private static let mostReasons = 9

  /// Runs what is not finished, and writes the report into a folder and the result as the options
  /// want it.
  func run(
    folder path: String, _ options: OutputOptions, gate: DocumentGate, gates: GateOptions
  ) throws {
    guard gates.junit == nil || !gate.isEmpty else {
      throw CommandExit.usage("--junit has a test for each --fail-on, and there is none")
    }
    let tool = try CheckRequest.tool()
    try checkModels()
    let folder = ReportFolder(path: path, document: Self.document)
    var own = folder.ownFiles
    own.read = [study.path] + TrainingSession(description: study.description, threads: 1).inputs
    own.written.append(folder.path(of: Self.csv))
    own.folders += ["tables", Self.points].map(folder.path(of:))
    try own.refuseInputs(output: path)
    if let junit = gates.junit { try own.refuse(junit, of: "--junit") }
    try own.refuse(options.exports)
    // Shards write into the folders of their points alone, side by side.
    let lock = shard == nil ? try folder.prepare() : nil
    defer { lock?.release() }
    try OutputFolder.make(folder.path(of: Self.points))
    try gates.checkFiles(options, beside: own)
    let (started, stopwatch) = (Date(), Stopwatch())
    let points = try prepared(folder)
    let chosen = points.indices.filter { index in
      shard.map { index % $0.of == $0.index - 1 } ?? true
    }
    try runPoints(points, chosen, tool: tool)
    guard shard == nil else { return try tellShard(points, chosen) }
    let report = StudyReport(
      try result(points),
      context: ReportContext(command: command, started: started, seconds: stopwatch.seconds))
    let run = stopwatch.record(threads: threads)
    var output = StudyOutput(
      report: report, paths: study.axes.map { $0.path.joined(separator: ".") }, run: run)
    output.page = folder.page
    try write(report, output, folder, options)
    try gates.report(of: "run").publish(
      gate.conditionTests(of: output), seconds: stopwatch.seconds)
    if let end = gate.end(after: output, hasFindings: false) { throw end }
  }

  // MARK: - Points

  /// A point with what its run needs.
  private struct Prepared {
    let point: StudyFile.Point
    let folder: String
    let text: String
    let fingerprint: String

    var record: StudyPointFile? { StudyPointFile(folder: folder, fingerprint: fingerprint) }
  }

  /// Throws what is wrong with policies or data of one of the models, told at its line of the
  /// study's file, before hours are spent on the others.
  private func checkModels() throws {
    struct Key: Hashable {
      var model: String
      var depth: Int?
      var data: String?
    }
    var seen: Set<Key> = []
    for point in study.points {
      let description = point.file.description
      let key = Key(
        model: description.model, depth: description.sizes.depth, data: description.data)
      guard seen.insert(key).inserted else { continue }
      _ = try TrainingSession(
        description: description, file: point.file, files: [point.file.policies], threads: threads
      ).experiment()
    }
  }

  private func prepared(_ folder: ReportFolder) throws -> [Prepared] {
    var digests: [[String]: String] = [:]
    var prepared: [Prepared] = []
    for point in study.points {
      let path = folder.path(of: "\(Self.points)/\(point.name)")
      let description = point.file.description
      let inputs = TrainingSession(description: description, threads: 1).inputs
      let isRead =
        description.data != nil || !TrainingTask.imageModelNames.contains(description.model)
      var digest = digests[inputs] ?? ""
      if isRead, digest.isEmpty {
        var hash = FNV1a.offsetBasis
        for input in inputs {
          hash = FNV1a.hash((try? FileContents(ofFile: input).bytes) ?? [], after: hash)
        }
        digest = "\(hash)"
        digests[inputs] = digest
      }
      // Where the data lie does not change what is measured.
      let what = [
        study.text(of: point, data: description.data.map { _ in "data" }), digest, Version.current,
        overrides.joined(separator: " "),
      ]
      prepared.append(
        Prepared(
          point: point, folder: path,
          text: study.text(
            of: point,
            data: try description.data.map { data in
              try OutputFolder.make(path)
              return RelativePath.of(data, from: path)
            }),
          fingerprint: FNV1a.digest(Array(what.joined(separator: "\u{0}").utf8))))
    }
    return prepared
  }

  /// Runs the chosen points that are not finished; throws where some could not run, and where the
  /// process was asked to end.
  private func runPoints(_ points: [Prepared], _ chosen: [Int], tool: String) throws {
    let waiting = chosen.filter { points[$0].record == nil }
    if waiting.count < chosen.count {
      Terminal.complain(
        "\(chosen.count - waiting.count) of \(chosen.count) points are finished already")
    }
    let jobs = try waiting.map { index in
      let point = points[index]
      let file = "\(point.folder)/\(Self.pointExperiment)"
      try OutputFolder.make(point.folder)
      // What another experiment left here cannot be taken up.
      let isSame =
        (try? FileContents(ofFile: file).bytes).map { $0 == Array(point.text.utf8) } ?? false
      let resumes = isSame && access("\(point.folder)/checkpoint", F_OK) == 0
      unlink("\(point.folder)/\(StudyPointFile.fileName)")
      try AtomicFile.write(point.text, to: file)
      return StudyRunner.Job(
        point: index, folder: point.folder,
        arguments: ["run", file, "--output", point.folder] + overrides
          + (resumes ? ["--resume"] : []))
    }
    let failures = StudyRunner(tool: tool, threads: threads).run(jobs) { job in
      do {
        try StudyPointFile(
          training: job.folder, fingerprint: points[job.point].fingerprint
        ).write(toFolder: job.folder)
        return nil
      } catch {
        return "its training.json cannot be read: \(error)"
      }
    }
    let finished = chosen.count { points[$0].record != nil }
    let rest = "\(finished) of \(chosen.count) points are finished; the same command goes on"
    try Interrupt.check("interrupted; \(rest)")
    guard let first = failures.first else { return }
    func text(_ failure: (job: StudyRunner.Job, reason: String)) -> String {
      "the point \(points[failure.job.point].point.name) could not run: \(failure.reason)"
    }
    let others = failures.dropFirst().prefix(Self.mostReasons).map { "halfway: " + text($0) }
    throw CommandExit(
      .couldNotRun, text(first), details: others + ["halfway: \(rest) with what failed"])
  }

  // MARK: - Results

  private func tellShard(_ points: [Prepared], _ chosen: [Int]) throws {
    let finished = points.count { $0.record != nil }
    try StandardOutput.write(
      "All \(chosen.count) points of the shard are finished, \(finished) of \(points.count) of the "
        + "study; the same command without --shard makes the report.\n")
  }

  /// What the points measured, in the grid's order.
  private func result(_ points: [Prepared]) throws(CommandExit) -> StudyResult {
    var measured: [StudyResult.Point] = []
    var units: Set<String> = []
    for point in points {
      guard let record = point.record else {
        throw CommandExit(
          .couldNotRun, "the point \(point.point.name) has no \(StudyPointFile.fileName): run again"
        )
      }
      units.insert(record.lossUnit)
      measured.append(
        .init(name: point.point.name, indices: point.point.indices, rows: record.rows))
    }
    let description = study.description
    return StudyResult(
      name: description.name, question: description.question,
      lossUnit: units.count == 1 ? units.first ?? "1" : "1",
      axes: study.axes.map { axis in
        .init(
          name: axis.name, labels: axis.values.map(\.label), stems: axis.values.map(\.stem),
          numbers: axis.numbers, isSeed: axis.isSeed)
      }, points: measured)
  }

  /// Writes the report and removes figures of an earlier one, which would be lies.
  private func write(
    _ report: StudyReport, _ output: StudyOutput, _ folder: ReportFolder, _ options: OutputOptions
  ) throws {
    let files =
      report.files() + [
        ReportFile(
          path: Self.document, text: try JSONText.encode(output.document, isIndented: false))
      ]
    for part in StudyReport.folders { try OutputFolder.make(folder.path(of: part)) }
    let stale = StudyReport.folders.flatMap { part in
      ((try? FileManager.default.contentsOfDirectory(atPath: folder.path(of: part))) ?? [])
        .filter { [".csv", ".svg", ".tex"].contains(where: $0.hasSuffix) }.map { "\(part)/\($0)" }
    }
    try OutputOptions.runAll([
      { try folder.write(files, removing: Set(stale)) }, { try options.write(output) },
    ])
  }
}
