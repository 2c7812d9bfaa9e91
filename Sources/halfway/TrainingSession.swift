// SPDX-License-Identifier: Apache-2.0
import ExperimentFiles
import Foundation
import Measurements
import Reports
import TensorFiles
import Training

/// One training experiment from its description to its report, however it was described.
struct TrainingSession {
  /// What is to be run.
  let description: ExperimentDescription
  /// The files that policies came from: their patterns are compared with the model's layers.
  var files: [PolicyFile] = []
  /// The number of threads; without influence on the result.
  let threads: Int

  /// Where the repository keeps the text of the experiment mixed-precision-step.
  static let shippedText = "Experiments/mixed-precision-step/newton-opticks-book1.txt"
  /// The seed of generated images, that of `halfway data` by default: a run's seed changes weights
  /// and batches, not the data.
  private static let imageSeed: UInt64 = 1

  /// The twins on their data; throws status 65 on data or policies that the model cannot use.
  func experiment() throws -> TwinExperiment {
    let isOfImages = TrainingTask.imageModelNames.contains(description.model)
    let task = try isOfImages ? imageTask() : textTask()
    do {
      for file in files { try file.checkLayers(of: task) }
    } catch {
      throw ExperimentInput.exit(error)
    }
    return description.experiment(task, threads: threads)
  }

  /// Runs the experiment, writes its report, training.json and steps.csv into a folder, and the
  /// result as the options want it.
  ///
  /// - Parameter commandLine: the line that makes the result again.
  func run(folder path: String, commandLine: String, _ options: OutputOptions) throws {
    let experiment = try experiment()
    let folder = ReportFolder(path: path)
    try folder.prepare()
    try options.checkFiles()
    let started = Date()
    let run = Self.train(experiment)
    var presented = TrainingOutput(run: run)
    presented.page = folder.page
    presented.question = description.question
    var context = ReportContext(
      command: commandLine, started: started, seconds: run.timing?.seconds ?? 0)
    context.question = description.question.isEmpty ? nil : description.question
    let report = MixedPrecisionStepReport(proof: nil, run: run, context: context)
    try OutputOptions.runAll([
      { try folder.write(report) },
      { try presented.write(toFolder: folder.path) },
      { try options.write(presented) },
    ])
    try run.checkCompletion(folder.path)
    // A short run is asked for its measurements.
    if let inconclusive = presented.inconclusive, !inconclusive.isTooShort {
      throw CommandExit(.nothingSelected, "no verdict is possible: \(inconclusive.reason)")
    }
  }

  /// The run of an experiment with its duration, up to an interruption.
  static func train(_ experiment: TwinExperiment) -> TrainingRun {
    let progress = Progress("train", total: UInt64(experiment.steps), unit: "steps")
    let started = Date()
    let clock = ContinuousClock()
    let origin = clock.now
    defer { progress.finish() }
    var result = experiment.run { step in
      progress.report(completed: UInt64(step))
      return !Interrupt.isRequested
    }
    // A duration without optimisation says nothing about the tool.
    if !RunEnvironment.isDebugBuild {
      result.timing = TrainingTiming(
        started: started.formatted(.iso8601), seconds: (clock.now - origin) / .seconds(1),
        threads: experiment.threads)
    }
    return result
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
      let hint =
        description.data == nil
        ? "; run in the repository's folder, or name a text of your own" : ""
      throw CommandExit(.badInput, problem.description + hint)
    }
  }

  private func imageTask() throws -> TrainingTask {
    let model = description.model
    do {
      guard let task = try TrainingTask.vision(model, try images(model), description.sizes)
      else { throw CommandExit.usage("\(model) is no model of images") }
      return task
    } catch let problem as TensorFileProblem {
      throw CommandExit(.badInput, problem.description)
    }
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
