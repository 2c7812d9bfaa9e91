// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Benchmarks
import Datasets
import Formats
import Models
import Words

/// `halfway bench`: the rates of the arithmetic, with their ratios to MPFR and to the processor in
/// the same run.
struct BenchCommand: ExemplifiedCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measures the arithmetic's speed against MPFR and the processor in one run.",
    discussion: """
      One thread; operands are random finite numbers in the first cache levels; each figure is the \
      fastest of three rounds of three repetitions. Ratios hold where single rates drift: quote \
      them. MPFR's side is one MPFR call and one rounding with flags; the processor's a plain \
      Swift loop without flags. Matrix products are larger; their loop takes the same terms in the \
      same order, term by term.
      """)

  static let examples = [
    Example("halfway bench", "scalar, batch, cast and matrix product rates"),
    Example("halfway bench --training mlp,transformer", "training steps, and whole runs"),
    Example("halfway bench --export bench.json", "all roundings, for a report"),
  ]

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Measure training instead, of mlp, transformer, lstm, cnn, unet, detector or all: steps at their own size and with about ten times the weights, and a run.",
      valueName: "models"))
  var training: [String] = []

  @OptionGroup var failOn: FailOnOptions

  @OptionGroup var output: OutputOptions

  /// A machine slows down for seconds at a time: the rounds lie far enough apart to escape that.
  private static let rounds = 3

  private static func round(
    _ step: () -> Void
  ) -> (rows: [BenchRow], elementary: [ElementaryBench.Row], products: [ProductBench.Row]) {
    let peers = PeerRates(progress: step)
    let rows =
      ScalarBench.rows(peers) + BatchBench.rows(peers, progress: step)
      + BatchBench.casts(peers, progress: step)
    return (
      rows, ElementaryBench.rows(progress: step), ProductBench.rows(progress: step)
    )
  }

  func run() throws {
    let gate = try failOn.gate()
    if RunEnvironment.isDebugBuild {
      throw CommandExit(
        .couldNotRun, "a debug build's timings mean nothing: build with 'swift build -c release'")
    }
    try output.checkFiles(
      beside: OwnFiles(read: training.isEmpty ? [] : [TrainingSession.shippedText]))
    if !training.isEmpty { return try runTraining(gate) }
    let stopwatch = Stopwatch()
    let progress = Progress(
      "bench", total: UInt64((65 + ProductBench.steps + WorkerBench.steps) * Self.rounds),
      unit: "steps")
    var steps: UInt64 = 0
    let step = {
      steps += 1
      progress.report(completed: steps)
      if Interrupt.isRequested { terminate(Interrupt.status) }
    }
    let tool = try CheckRequest.tool()
    var (rows, elementary, products) = Self.round(step)
    var workers = WorkerBench.rows(tool: tool, progress: step)
    for _ in 1..<Self.rounds {
      let again = Self.round(step)
      rows = zip(rows, again.rows).map { $0.fastest($1) }
      elementary = zip(elementary, again.elementary).map { $0.fastest($1) }
      products = zip(products, again.products).map { $0.fastest($1) }
      workers = zip(workers, WorkerBench.rows(tool: tool, progress: step)).map { $0.fastest($1) }
    }
    progress.finish()
    let result = BenchOutput(
      rows: rows, elementary: elementary, products: products, workers: workers,
      run: stopwatch.record(threads: 1))
    try output.write(result)
    if let end = gate.end(after: result, hasFindings: false) { throw end }
  }
}

extension BenchCommand {
  /// The times of training steps on the shipped text.
  private func runTraining(_ gate: DocumentGate) throws {
    let stopwatch = Stopwatch()
    let models = Options.names(training)
      .flatMap { $0 == "all" ? TrainingTask.modelNames : [$0] }
    for model in models where !TrainingTask.modelNames.contains(model) {
      throw CommandExit.usage(
        NearestNames.complaint(
          kind: "model", name: model, known: TrainingTask.modelNames,
          also: ", all", option: "--training"))
    }
    let text = try CharacterText(contentsOfFile: TrainingSession.shippedText, context: 64)
    let progress = Progress(
      "bench", total: UInt64(models.count * (TrainingBench.rowsPerModel + 1)), unit: "steps")
    var steps: UInt64 = 0
    func endIfInterrupted() {
      if Interrupt.isRequested { terminate(.interrupted) }
    }
    func step() {
      steps += 1
      progress.report(completed: steps)
      endIfInterrupted()
    }
    func task(_ model: String, _ sizes: TrainingTask.Sizes) throws -> TrainingTask {
      if let generated = TrainingTask.generatedImages(forModel: model) {
        // Images are drawn, not trained on to the end: a few batches of them are enough.
        let images = NamedImages(generated: generated.set, count: 256, seed: 1, threads: 1)
        if let task = try TrainingTask.vision(model, images, sizes) { return task }
      }
      guard let task = TrainingTask.language(model, text, sizes, activation: .gelu) else {
        preconditionFailure("\(model) was checked above")
      }
      return task
    }
    let rows = try TrainingBench.rows(models: models, task: task, progress: step)
    let runs = try models.map { model in
      defer { step() }
      return TrainingRunBench.row(
        model: model, try task(model, TrainingTask.Sizes()), onStep: endIfInterrupted)
    }
    progress.finish()
    let result = BenchOutput(
      rows: [], elementary: [], products: [], training: rows, runs: runs,
      run: stopwatch.record(threads: 2))
    try output.write(result)
    if let end = gate.end(after: result, hasFindings: false) { throw end }
  }
}
