// SPDX-License-Identifier: Apache-2.0
import Formats
import Foundation
import Verification
import Words
import Work

/// Judges a subject by somebody else's vectors.
struct VectorRunner {
  /// Where the vectors come from, `-` for standard input.
  var path: String
  /// What is asked of them; its notation stands only where `notation` names one.
  var request: VectorRequest
  /// The notation; nil to tell it by the lines.
  var notation: VectorNotation?
  /// Whether the attributes name no tininess: FPgen's vectors then have theirs, before rounding.
  var hasDefaultTininess: Bool
  /// The implementation that is judged.
  var subject: any Subject
  /// The number of threads.
  var threads: Int
  /// Where all differences are listed; nil for nowhere.
  var listPath: String?

  /// What was found. Throws status 65 on lines that cannot be read and 3 where none was judged.
  func run() throws -> VectorOutput {
    if let listPath { try AtomicFile.check(listPath) }
    let source = try VectorSource(path)
    let stopwatch = Stopwatch()
    var request = request
    request.notation = try detected(source)
    if request.notation == .fpgen, hasDefaultTininess { request.tininess = .beforeRounding }
    let columns = request.notation == .csv ? try readHeader(source) : nil
    try refuseContradictions(request, columns)
    let list = try listPath.map { path in
      try MismatchListFile(path: path, header: VectorList.header, from: nil)
    }
    let progress = Progress("verify", total: 0, unit: "rows")
    let box = UncheckedSource(source: source)
    var control = WorkControl<Never>(
      threads: threads, isCancelled: { Interrupt.isRequested || list?.hasFailed ?? false },
      seconds: { stopwatch.seconds }, report: { progress.report(completed: $0) })
    if let list { control.list = { list.append($0) } }
    let campaign = VectorCampaign(request: request, subject: subject, columns: columns)
    let found: VectorResult?
    do {
      found = try campaign.run(control: control) { try box.source.next() }
    } catch let problem as VectorStreamProblem {
      progress.finish()
      throw CommandExit(
        .badInput, "\(source.name): line \(problem.line): \(Echo.line(problem.reason))")
    }
    progress.finish()
    guard let found, !Interrupt.isRequested else {
      if let failure = list?.failure { throw failure }
      throw Interrupt.end("interrupted; vectors have no checkpoint")
    }
    try list?.finish()
    var result = found
    if request.notation == .csv { result.lines = source.lineCount }
    guard result.tested > 0 else { throw nothingJudged(result, source) }
    return VectorOutput(
      path: path, request: request, result: result, ignoredColumns: columns?.ignored ?? [],
      reportsFlags: subject.reportsFlags, listPath: listPath,
      run: stopwatch.record(threads: threads))
  }

  private func detected(_ source: VectorSource) throws -> VectorNotation {
    let beginning = try source.beginning()
    try Interrupt.check("interrupted before the first line")
    let lines = beginning.split(separator: 0x0a).map {
      $0.drop { [0x20, 0x09, 0x0d].contains($0) }
    }
    if lines.allSatisfy({ $0.isEmpty || $0.first == 0x23 || $0.starts(with: [0x2f, 0x2f]) }) {
      throw CommandExit(
        .nothingSelected,
        "\(source.name): no vectors, the stream "
          + (lines.allSatisfy(\.isEmpty) ? "is empty" : "has comments alone"))
    }
    if let notation { return notation }
    let found = beginning.withUnsafeBufferPointer { VectorNotation(detectedIn: $0) }
    guard let found else {
      throw CommandExit(
        .badInput,
        "\(source.name): line 1: neither TestFloat's lines (3c00 3c00 4000 00), nor FPgen's "
          + "(b32+ =0 +1.000000P0 +1.000000P0 -> +1.000000P1), nor CSV under a header; "
          + "--vector-format names one")
    }
    return found
  }

  private func readHeader(_ source: VectorSource) throws -> VectorColumns {
    let header = try source.takeHeader()
    do {
      return try VectorColumns(header: header)
    } catch {
      throw CommandExit(
        .badInput, "\(source.name): line \(source.lineCount): \(Echo.line(error.reason))")
    }
  }

  /// Lines that do not say what they are need one operation, format and rounding.
  private func refuseContradictions(_ request: VectorRequest, _ columns: VectorColumns?) throws {
    let comparisons: [ArithmeticOperation] = [.compareQuiet, .compareSignaling]
    if request.predicate != nil, let operation = request.operations.first,
      !request.operations.contains(where: comparisons.contains)
    {
      throw CommandExit.usage(
        "--predicate is for comparisons: \(operation.rawValue) is none")
    }
    guard request.notation != .fpgen else { return }
    let lists: [(String, Int)] = [
      ("operation", request.operations.count), ("format", request.formats.count),
      ("rounding", max(request.roundings.count, 1)),
      ("to", request.operations == [.convert] ? request.targets.count : 1),
    ]
    let unnamed = lists.filter { columns?.contains($0.0) != true }
    if let (name, count) = unnamed.first(where: { $0.1 != 1 }) {
      throw CommandExit.usage(
        columns == nil
          ? "TestFloat's lines do not name their \(name): give one, not \(count)"
          : "the vectors have no column '\(name)': give one, not \(count)")
    }
    guard columns == nil else { return }
    if let operation = request.operations.first, comparisons.contains(operation),
      request.predicate == nil
    {
      throw CommandExit.usage(
        "TestFloat's comparisons are true or false: name theirs with --predicate eq, lt or le")
    }
  }

  private func nothingJudged(_ result: VectorResult, _ source: VectorSource) -> CommandExit {
    let reasons = result.skipped.sorted { $0.value > $1.value }.prefix(3).map {
      "\($0.value.groupedDigits) of \($0.key)"
    }
    return CommandExit(
      .nothingSelected,
      reasons.isEmpty
        ? "\(source.name): no vectors"
        : "\(source.name): no vector judged: \(reasons.joined(separator: "; "))")
  }
}

/// A source that one thread at a time reads from: the campaign holds a lock around it.
private struct UncheckedSource: @unchecked Sendable {
  let source: VectorSource
}
