// SPDX-License-Identifier: Apache-2.0
import Datasets
import ExperimentFiles
import Foundation
import Measurements
import Models
import Reports
import TensorFiles
import Twins

/// One training experiment from its description to its report, however it was described.
struct TrainingSession {
  /// What is to be run.
  let description: ExperimentDescription
  /// The file that describes it; nil for options.
  var file: ExperimentFile?
  /// The files that policies came from: their patterns are compared with the model's layers.
  var files: [PolicyFile] = []
  /// Further files that were read.
  var otherInputs: [String] = []
  /// The number of threads; without influence on the result.
  let threads: Int

  /// Where the repository keeps the text of the experiment mixed-precision-step.
  private static let textInRepository = "Experiments/mixed-precision-step/newton-opticks-book1.txt"

  /// The shipped text: in the repository that this tool was built in, otherwise in the current
  /// folder.
  static var shippedText: String {
    guard access(textInRepository, R_OK) != 0 else { return textInRepository }
    var folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    while folder.pathComponents.count > 1 {
      folder.deleteLastPathComponent()
      let text = folder.appendingPathComponent(textInRepository).path
      if access(text, R_OK) == 0 { return text }
    }
    return textInRepository
  }

  /// The seed of generated images, that of `halfway data` by default: a run's seed changes weights
  /// and batches, not the data.
  private static let imageSeed: UInt64 = 1

  /// The twins on their data; throws status 65 on data or policies that the model cannot use.
  func experiment() throws -> TwinExperiment {
    let isOfImages = TrainingTask.imageModelNames.contains(description.model)
    let task = try isOfImages ? imageTask() : textTask()
    do {
      for file in files { try file.checkEffect(on: task) }
    } catch {
      throw ExperimentInput.exit(error)
    }
    let experiment = description.experiment(task, threads: threads)
    let bytes = experiment.leastBytes
    guard bytes <= MemoryForTensors.bytes else {
      throw CommandExit(
        .couldNotRun,
        MemoryForTensors.problem(
          "the model's weights, their gradients and a batch alone need", bytes))
    }
    return experiment
  }

  /// Runs the experiment, writes its report, training.json and steps.csv into a folder, and the
  /// result as the options want it.
  ///
  /// - Parameters:
  ///   - resumes: whether an interrupted run is taken up.
  ///   - commandLine: the line that makes the result again.
  ///   - gate: the conditions that the result must not fulfil.
  ///   - gates: where the conditions are told as tests.
  ///   - handOver: the folder for what another framework needs to repeat the run; nil for none.
  func run(
    folder path: String, resumes: Bool, commandLine: String, _ options: OutputOptions,
    gate: DocumentGate, gates: GateOptions, handOver: String? = nil
  ) throws {
    guard gates.junit == nil || !gate.isEmpty else {
      throw CommandExit.usage("--junit has a test for each --fail-on, and there is none")
    }
    let experiment = try experiment()
    let folder = ReportFolder(path: path)
    var own = folder.ownFiles
    own.read = inputs
    try own.refuseInputs(output: path)
    if let junit = gates.junit { try own.refuse(junit, of: "--junit") }
    try own.refuse(options.exports)
    if let handOver {
      if experiment.policies.contains(where: { $0.name == HandedFile.batches }) {
        throw CommandExit.usage(
          "--save-weights: a policy is called '\(HandedFile.batches)', which is the folder of the "
            + "batches: give it another name")
      }
      for name in [HandedFile.batches, experiment.reference.name] + experiment.policies.map(\.name)
      {
        try OutputFolder.make(ReportFolder(path: handOver).path(of: name))
      }
    }
    let lock = try folder.prepare()
    defer { lock.release() }
    try gates.checkFiles(options, beside: own)
    let started = Date()
    let runner = try TrainingRunner(experiment, folder: path, resumes: resumes)
    let run = try runner.run(handOver: handOver.map { ReportFolder(path: $0) })
    var presented = TrainingOutput(run: run)
    presented.page = folder.page
    presented.question = description.question
    presented.command = commandLine
    var context = ReportContext(
      command: commandLine, started: started, seconds: run.timing?.seconds ?? 0)
    context.question = description.question.isEmpty ? nil : description.question
    var report = MixedPrecisionStepReport(proof: nil, run: run, context: context)
    report.savings = CostSources.savings(experiment)
    presented.savings = report.savings
    presented.remedies = report.remedies
    let files = [
      { try folder.write(report) }, { try presented.write(toFolder: folder.path) },
      { try folder.write(description.effective(on: experiment.task)) },
    ]
    try OutputOptions.runAll([
      {
        do {
          try OutputOptions.runAll(threads: threads, files)
        } catch {
          // What is written in part is no report.
          presented.page = nil
          throw error
        }
      }, { try options.write(presented) },
    ])
    try tell(gate, presented, gates, seconds: Date().timeIntervalSince(started)) {
      () throws(CommandExit) in try runner.finish(run, folder: folder.path)
    }
    if let end = gate.end(after: presented, hasFindings: false) { throw end }
    // A short run is asked for its measurements.
    if let inconclusive = presented.inconclusive, !inconclusive.isTooShort {
      throw CommandExit(.nothingSelected, "no verdict is possible: \(inconclusive.reason)")
    }
  }

  /// Tells conditions as tests once a run has ended as it should; of one without a verdict none
  /// could be asked for.
  private func tell(
    _ gate: DocumentGate, _ result: TrainingOutput, _ gates: GateOptions, seconds: Double,
    finish: () throws(CommandExit) -> Void
  ) throws {
    let report = gates.report(of: file == nil ? "train" : "run")
    do throws(CommandExit) {
      try finish()
    } catch {
      if error.status == .nothingSelected {
        try report.publish(gate.unmadeTests(error.description), seconds: seconds)
      }
      throw error
    }
    try report.publish(gate.conditionTests(of: result), seconds: seconds)
  }

  /// The paths of the files that are read.
  var inputs: [String] {
    let isOfImages = TrainingTask.imageModelNames.contains(description.model)
    let data =
      isOfImages
      ? description.data.map { folder in ImageFolder.fileNames.map { "\(folder)/\($0)" } } ?? []
      : [description.data ?? Self.shippedText]
    return data + files.map(\.path) + otherInputs + [file?.path].compactMap(\.self)
  }

  private func textTask() throws -> TrainingTask {
    let model = description.model
    do {
      let text = try CharacterText(
        contentsOfFile: description.data ?? Self.shippedText,
        context: description.sizes.context(ofModel: model))
      guard
        let task = TrainingTask.language(
          model, text, description.sizes, activation: description.activation)
      else { throw CommandExit.usage("\(model) is no model of a text") }
      return task
    } catch let problem as TensorFileProblem {
      throw dataProblem(
        problem, hint: "run in the repository's folder, or name a text of your own with --data")
    }
  }

  private func imageTask() throws -> TrainingTask {
    let model = description.model
    do {
      guard let task = try TrainingTask.vision(model, try images(model), description.sizes)
      else { throw CommandExit.usage("\(model) is no model of images") }
      return task
    } catch let problem as TensorFileProblem {
      throw dataProblem(problem)
    }
  }

  /// The end for data that cannot be used: where an experiment's file names them, its line.
  private func dataProblem(_ problem: TensorFileProblem, hint: String? = nil) -> CommandExit {
    let reason = problem.description
    guard description.data != nil else {
      return CommandExit(.badInput, reason + (hint.map { "; \($0)" } ?? ""))
    }
    if let file { return ExperimentInput.exit(file.problem(withData: reason)) }
    return CommandExit(.badInput, reason)
  }

  /// The images of the folder that was named, otherwise generated ones.
  private func images(_ model: String) throws -> NamedImages {
    if let data = description.data {
      let folder = try ImageFolder(data)
      return NamedImages(
        name: URL(fileURLWithPath: data).lastPathComponent, images: folder.train,
        test: folder.test)
    }
    guard let generated = TrainingTask.generatedImages(forModel: model) else {
      throw CommandExit.usage("no images are generated for \(model)")
    }
    return NamedImages(
      generated: generated.set, count: generated.count, seed: Self.imageSeed, threads: threads)
  }
}
