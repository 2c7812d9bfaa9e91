// SPDX-License-Identifier: Apache-2.0
import Conditions
import Costs
import ExperimentFiles
import Foundation
import Measurements
import Policies
import Reports
import StepAnalysis
import Twins
import Words

/// A search for a policy from its description to its report.
struct TuningSession {
  /// What is trained.
  let training: TrainingSession
  /// The policy whose weights, optimizer and loss scaling are kept.
  let base: Policy
  /// What has to hold.
  let bounds: TuningBounds
  /// What is made small.
  let objective: TuningObjective
  /// The formats to choose among.
  let levels: [TuningLevel]
  /// The machine of time and energy.
  let machine: Machine
  /// The steps of the search.
  let steps: [Int]
  /// Later ones.
  let heldOutSteps: [Int]
  /// How many further seeds.
  let heldOutSeeds: Int
  /// The line that makes the result again.
  let command: String

  /// Searches, writes the report with the policy into a folder, and the result as the options want
  /// it.
  func run(
    folder: String, _ options: OutputOptions, gate: DocumentGate, gates: GateOptions
  ) throws {
    let session = StepSession(training: training, verb: "tune", document: "tuning.json")
    try session.run(folder: folder, options, gate: gate, gates: gates) { experiment, page in
      try check(experiment)
      let (started, stopwatch) = (Date(), Stopwatch())
      let parts = 1000.0
      let progress = Progress("tune", total: UInt64(parts), unit: "parts")
      let costs = PolicyCosts(machine: machine)
      let tuner = Tuner(
        experiment, base: base, bounds: bounds, objective: objective, levels: levels, costs: costs,
        steps: steps, heldOutSteps: heldOutSteps,
        heldOutSeeds: (0..<UInt64(heldOutSeeds)).map { experiment.seed &+ 1 &+ $0 })
      let (tuning, policy) = tuner.run { share in
        if let share { progress.report(completed: UInt64(share * parts)) }
        return !Interrupt.isRequested
      }
      progress.finish()
      let report = TuningReport(
        tuning, sources: CostSources.sentences(costs),
        context: ReportContext(command: command, started: started, seconds: stopwatch.seconds))
      var result = TuningOutput(report: report, machine: machine)
      result.page = page
      result.run = stopwatch.record(threads: training.threads)
      return StepSession.Outcome(
        result: result,
        files: report.files(policy: tuning.cost == nil ? nil : PolicyWriter.text(policy)),
        possiblePaths: report.possiblePaths, hasFindings: !tuning.keepsBounds,
        stoppedAt: tuning.stoppedAt, inconclusive: nil)
    }
  }

  /// Throws status 64 for bounds on what the model has not, and for choices that contradict the
  /// policy that is kept.
  private func check(_ experiment: TwinExperiment) throws(CommandExit) {
    var layers: [String] = []
    for parameter in experiment.task.model.parameters where !layers.contains(parameter.layer) {
      layers.append(parameter.layer)
    }
    do throws(BoundProblem) {
      try bounds.check(layers: layers)
    } catch {
      throw Self.usage(error.problem, of: error.condition)
    }
    let space = TuningSpace(experiment, base: base, levels: levels)
    guard !space.sites.isEmpty else {
      throw .usage("--formats names none that an operation of the model can have")
    }
    let kinds = levels.map(\.kind)
    if objective == .time, !kinds.contains(where: { machine.peaks[$0] != nil }) {
      throw .usage("\(Echo.word(machine.name)) has a peak for no format of --formats")
    }
    if objective == .energy, !kinds.contains(where: { EnergyTable.nm7.rows[$0] != nil }) {
      throw .usage("no format of --formats has an energy in the table: fp32, fp16 and bf16 have")
    }
    for level in levels {
      if let problem = space.policy(space.uniform(level)).contradictions.first {
        throw .usage("--base \(Echo.word(base.name)) with \(level.rawValue): \(problem.reason)")
      }
    }
  }

  /// The end with status 64 that shows a place of a bound.
  static func usage(_ problem: ConditionProblem, of text: String) -> CommandExit {
    let complaint = problem.complaint(about: text)
    return CommandExit(.usage, "--bound: \(complaint.message)", details: complaint.details)
  }
}
