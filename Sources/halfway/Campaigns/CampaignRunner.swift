// SPDX-License-Identifier: Apache-2.0
import Formats
import Foundation
import Synchronization
import Work

/// Runs a campaign with progress, checkpoints and Ctrl-C.
struct CampaignRunner<Work: CountingWork> {
  /// What is run.
  var work: Work
  /// The command, for progress.
  var name: String
  /// What progress counts.
  var unit = "cases"
  /// The part that is run; nil of all.
  var part: Shard?
  /// Which work it is, shard included.
  var fingerprint: String
  /// How it is run.
  var options: CampaignOptions
  /// Where all lines are listed; nil for nowhere.
  var listPath: String?

  /// Runs to the end and hands the counts to `deliver`. Throws status 65 on a checkpoint that
  /// cannot be used, 130 or 143 when asked to end, and what `deliver` throws: the checkpoint is
  /// kept then, so that a run of hours is not lost to a full disk.
  func run<Result>(deliver: (WorkState<Work.Count>, RunRecord) throws -> Result) throws -> Result {
    let shard = part ?? .whole
    let path = try options.checkpoint.map(AtomicFile.target)
    let checkpoint = WorkCheckpoint(
      path: path ?? "halfway-\(fingerprint).checkpoint", fingerprint: fingerprint)
    let initial = try initialState(checkpoint)
    if let path { try AtomicFile.check(path) }
    if let listPath { try AtomicFile.check(listPath) }
    let list = try listPath.map { path in
      try MismatchListFile(path: path, from: initial?.list)
    }
    let total = work.caseCount(of: shard)
    let progress = Progress(name, total: total, completed: initial?.cases ?? 0, unit: unit)
    let stopwatch = Stopwatch()
    let hasComplained = Mutex(false)
    let save: @Sendable (WorkState<Work.Count>) -> Void = { state in
      list?.synchronize()
      do {
        try checkpoint.save(state)
      } catch {
        let isFirst = hasComplained.withLock { complained in
          defer { complained = true }
          return !complained
        }
        if isFirst { Terminal.complain("\(error); the run goes on without") }
      }
    }
    var control = WorkControl<WorkState<Work.Count>>(
      threads: options.threading.count,
      isCancelled: { Interrupt.isRequested || list?.hasFailed ?? false },
      seconds: { stopwatch.seconds },
      report: { progress.report(completed: $0) }, save: save)
    if let list { control.list = { list.append($0) } }
    let (state, isComplete) = work.run(shard: shard, from: initial, control: control)
    progress.finish()
    guard isComplete else {
      save(state)
      let kept = checkpoint.exists ? "; go on with --resume" : ""
      if let failure = list?.failure {
        throw CommandExit(failure.status, "\(failure)\(kept)")
      }
      throw Interrupt.end(
        "interrupted after \(state.cases.groupedDigits) of \(total.groupedDigits) \(unit)\(kept)")
    }
    do {
      try list?.finish()
      let result = try deliver(state, stopwatch.record(threads: options.threading.count))
      checkpoint.remove()
      return result
    } catch {
      let isWhole = (try? checkpoint.save(state)) != nil
      guard isWhole || checkpoint.exists else { throw error }
      throw CommandExit(
        (error as? CommandExit)?.status ?? .couldNotRun,
        "\(error); '\(checkpoint.path)' keeps "
          + (isWhole
            ? "the run: --resume ends it without running it again"
            : "the run up to its last save: go on with --resume"))
    }
  }

  private func initialState(_ checkpoint: WorkCheckpoint) throws -> WorkState<Work.Count>? {
    guard checkpoint.exists else {
      if options.resume {
        Terminal.complain("no checkpoint '\(checkpoint.path)': starting from the beginning")
      }
      return nil
    }
    do {
      let state = try checkpoint.load(for: work, shard: part ?? .whole)
      if options.resume {
        guard listPath == nil || state.list != nil || state.cases == 0 else {
          throw CommandExit.usage(
            "'\(checkpoint.path)' is of a run without --mismatch-list: the list would lack the "
              + "mismatches of its \(state.cases.groupedDigits) \(unit); leave out --resume or "
              + "--mismatch-list")
        }
        return state
      }
      Terminal.complain(
        "starting over; '\(checkpoint.path)' holds \(state.cases.groupedDigits) \(unit) that "
          + "--resume would keep")
      return nil
    } catch let problem as FileProblem {
      throw CommandExit(.badInput, problem.description)
    }
  }
}
