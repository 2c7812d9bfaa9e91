// SPDX-License-Identifier: Apache-2.0
import Foundation
import Measurements
import Reports
import StepAnalysis
import TensorFiles
import Twins

/// Runs a training experiment with progress, checkpoints and Ctrl-C.
struct TrainingRunner {
  private let experiment: TwinExperiment
  private let checkpoint: CheckpointFile
  private let resumes: Bool

  /// The least time between two checkpoints.
  private static let interval = Duration.seconds(30)
  /// How much longer than the last checkpoint took its successor is away: 2 % of a run at most.
  private static let patience = 50

  /// The runner of an experiment whose checkpoint is in a folder.
  ///
  /// - Parameter resumes: whether an interrupted run is taken up.
  init(_ experiment: TwinExperiment, folder: String, resumes: Bool) throws {
    self.experiment = experiment
    self.resumes = resumes
    let identity = try experiment.identity() + Data(Version.current.utf8)
    checkpoint = CheckpointFile(
      path: ReportFolder(path: folder).path(of: "checkpoint"),
      kind: .init(
        schema: "halfway/checkpoint-training/1", work: "experiment",
        remedy: "delete it to start over"),
      fingerprint: FNV1a.digest(identity))
  }

  /// The run with its duration, up to an interruption, whose state is then in the checkpoint.
  ///
  /// - Parameter handOver: the folder for what another framework needs to repeat the run; nil for
  ///   none.
  func run(handOver folder: ReportFolder? = nil) throws -> TrainingRun {
    let initial = try initialState()
    let progress = Progress(
      "train", total: UInt64(experiment.steps), completed: UInt64(initial?.steps ?? 0),
      unit: "steps")
    defer { progress.finish() }
    let started = Date()
    let clock = ContinuousClock()
    let origin = clock.now
    var (lastSave, lastCost) = (origin, Duration.zero)
    func seconds() -> Double { (initial?.seconds ?? 0) + (clock.now - origin) / .seconds(1) }
    var hasComplained = false
    try folder?.write(.initial(experiment))
    var unwritten: (any Error)?
    func handOver(_ file: HandedFile) {
      guard unwritten == nil else { return }
      do { try folder?.write(file) } catch { unwritten = error }
    }
    var last: ReferenceRun.Start?
    var result = experiment.run(
      from: initial,
      onStep: { step, state in
        progress.report(completed: UInt64(step))
        guard unwritten == nil else { return false }
        let isEnding = Interrupt.isRequested
        let now = clock.now
        // A report that cannot be written loses no long run.
        let isLast = step == experiment.steps && now - origin > Self.interval
        let isDue = now - lastSave > max(Self.interval, lastCost * Self.patience)
        guard isEnding || isDue || isLast else { return true }
        do {
          var state = state()
          state.seconds = seconds()
          try checkpoint.save(try state.archive(), done: Self.steps(step))
        } catch {
          if !hasComplained { Terminal.complain("\(error); the run goes on without") }
          hasComplained = true
        }
        (lastSave, lastCost) = (clock.now, clock.now - now)
        return !isEnding
      }, handOver: folder == nil ? nil : handOver, onEnd: { last = $0 })
    progress.finish()
    if let unwritten { throw unwritten }
    result.blames = blames(in: result, last)
    // A duration without optimisation says nothing about the tool.
    if !RunEnvironment.isDebugBuild {
      result.timing = TrainingTiming(
        started: started.formatted(.iso8601), seconds: seconds(), threads: experiment.threads)
    }
    return result
  }

  /// Which roundings are to blame for what the damaged policies of a whole run did.
  private func blames(in run: TrainingRun, _ last: ReferenceRun.Start?) -> [PolicyBlame] {
    let names = PolicyOutcome.all(run).filter(\.isDamaged).map(\.policy)
    guard !names.isEmpty, run.stop == nil, run.completedSteps == experiment.steps else { return [] }
    let scales = run.policies.compactMap { policy in
      policy.steps.last?.lossScale.map { (policy.policy.name, $0) }
    }
    let progress = Progress("attribute", total: UInt64(names.count), unit: "policies")
    defer { progress.finish() }
    return Blamer(experiment, last: last).blames(
      of: names, after: run.completedSteps,
      scales: Dictionary(scales, uniquingKeysWith: { first, _ in first })
    ) { done in
      progress.report(completed: UInt64(done))
      return !Interrupt.isRequested
    }
  }

  /// Throws the end of a run that stopped before its last step, whose measurements are in a folder;
  /// otherwise removes the checkpoint.
  func finish(_ run: TrainingRun, folder: String) throws(CommandExit) {
    let kept = "what was measured until then is in \(folder)"
    if let stop = run.stop {
      checkpoint.remove()
      let reason = Inconclusive(run)?.reason ?? "the reference is not finite at step \(stop.step)"
      throw CommandExit(
        .nothingSelected, "no verdict: \(reason.replacing("`", with: "")); \(kept)")
    }
    let steps = run.configuration.steps
    if run.completedSteps < steps {
      try Interrupt.check(
        "interrupted after step \(run.completedSteps) of \(steps); \(kept)"
          + (checkpoint.exists ? "; go on with --resume" : ""))
    }
    checkpoint.remove()
  }

  private func initialState() throws -> TrainingState? {
    guard checkpoint.exists else {
      if resumes {
        Terminal.complain("no checkpoint '\(checkpoint.path)': starting from the beginning")
      }
      return nil
    }
    guard resumes else {
      let done = try? checkpoint.load(sizeLimit: MemoryForTensors.bytes) { _ in () }.done
      Terminal.complain(
        "starting over; '\(checkpoint.path)' "
          + (done.map { "holds \($0) that --resume would keep" }
            ?? "cannot be resumed here and is replaced"))
      return nil
    }
    do {
      return try checkpoint.load(sizeLimit: MemoryForTensors.bytes) { archive in
        TrainingState(archive: archive).flatMap { $0.fits(experiment) ? $0 : nil }
      }.state
    } catch {
      throw CommandExit(.badInput, error.description)
    }
  }

  private static func steps(_ count: Int) -> String { "\(count) \(count == 1 ? "step" : "steps")" }
}
