// SPDX-License-Identifier: Apache-2.0
import Formats
import Measurements
import Randomness
import Reports

/// Made-up results with the shapes of real ones: a policy that is close, one that is at risk, one
/// that is unsafe, a scaler that skips two steps, and names that try to break out of markup.
enum Fixture {
  static let hostile = "<script>alert(\"1\")</script>&'`=cmd`"

  static let proof = ArithmeticProof(
    subject: "soft", reference: "MPFR 4.2.0",
    rows: [Format.fp16, .bf16, .fp32].flatMap { format in
      [ArithmeticOperation.add, .mul, .sqrt, .fma].map {
        ArithmeticProof.Row(
          operation: $0, format: format, roundings: Rounding.ieee, cases: ["boundary", "level1"],
          tested: 1_234_567, mismatches: 0)
      }
    })

  static let context = ReportContext(
    command: "halfway report --steps 120", tool: "halfway 0.0.0",
    environment: [.init("cpu", "a processor"), .init("system", hostile)],
    run: .init(started: "2026-01-01T00:00:00Z", seconds: 12.5))

  /// The run with a number of steps; `text` names the training text.
  /// A run with all that a report can draw: who is to blame, and pushes on the loss.
  static var blamed: TrainingRun {
    var run = run()
    var step = AttributedStep(step: 120, quantity: "updates", lossScale: nil)
    step.error = 0.1
    step.coalitions = 2
    step.sources = [
      SourceShare(
        source: "weightUpdates", share: 1, alone: 1, removed: 1, direction: 1, loss: nil)
    ]
    var blame = PolicyBlame(policy: "fp16-pure")
    blame.steps = [step]
    run.blames = [blame]
    var origin = ErrorOrigin()
    origin.push = 0x1p-10
    var series = TensorSeries(
      tag: TensorTag(layer: "hidden1", operation: "linear", kind: .activation), mode: .local,
      format: "fp16", exponents: ExponentHistogram(format: .fp16))
    series.append(
      TensorPoint(step: 1, range: RangeCounts(), deviation: Deviation(), origin: origin))
    run.policies[3].tensors.append(series)
    return run
  }

  static func run(steps: Int = 120, text: String = "a text.txt") -> TrainingRun {
    var run = TrainingRun(
      configuration: TrainingConfiguration(
        model: "mlp", architecture: "character-level MLP (16 x 24, 128, GELU)", parameters: 60_000,
        text: TextDescription(
          name: text, bytes: 100_000, characters: 99_000, vocabulary: 70,
          digest: "0123456789abcdef"),
        steps: steps, batch: 64, context: 16, optimizer: "adamw lr=0.001", seed: 1,
        measureEvery: 1, localEvery: 5),
      reference: policy("fp64", operands: "fp64", error: 0, zeroed: 0, lost: 0, steps: steps),
      policies: [
        policy("fp32", operands: "fp32", error: 0x1p-23, zeroed: 0, lost: 0, steps: steps),
        policy(
          "fp16-amp", operands: "fp16", error: 0x1p-10, zeroed: 0.0004, lost: 0.0001, steps: steps,
          scale: 0x1p16),
        policy(
          "bf16-amp", operands: "bf16", error: 0x1p-7, zeroed: 0, lost: 0.0001, steps: steps),
        policy(
          "fp16-pure", operands: "fp16", error: 0.12, zeroed: 0.31, lost: 0.4, steps: steps,
          penalty: 0.25),
      ])
    run.seeds = [-0.01, 0.004, 0.012, -0.006].enumerated().map {
      seed(2 + $0, off: $1, run.reference)
    }
    return run
  }

  /// A run on other batches that ends by so much off a policy's on the fixed examples.
  static func seed(_ seed: Int, off: Double, _ policy: PolicyRun) -> SeedRun {
    let losses = policy.examples.map { losses in
      ExampleLosses(start: losses.start, end: losses.end.map { $0.map { $0 + off } })
    }
    return SeedRun(
      seed: UInt64(seed), finalLoss: policy.finalLoss.map { $0 + off }, drift: 1, examples: losses)
  }

  /// Losses of eight batches of fixed examples around the mean losses of the first and last steps.
  static func examples(_ run: PolicyRun) -> ExampleLosses {
    ExampleLosses(
      start: (0..<8).map { batch in run.initialLoss.map { $0 + 0.02 * noise(batch, 9) } },
      end: (0..<8).map { batch in run.finalLoss.map { $0 + 0.02 * noise(batch, 10) } })
  }

  /// A number in [-1, 1) that depends on nothing but its arguments.
  static func noise(_ index: Int, _ seed: UInt64) -> Double {
    let word = RandomWords.word(seed: seed, index: UInt64(index))
    return Double(word) * 0x1p-31 - 1
  }

  private static func policy(
    _ name: String, operands: String, error: Double, zeroed: Double, lost: Double, steps: Int,
    scale: Double? = nil, penalty: Double = 0
  ) -> PolicyRun {
    let seed = UInt64(name.utf8.reduce(0) { $0 &* 31 &+ Int($1) })
    var current = scale
    let records = (0..<max(steps, 0)).map { index -> StepRecord in
      let skipped = scale != nil && index < 2
      let share = Double(index) / Double(max(steps, 1))
      let loss =
        1.9 + 2.3 / (1 + 6 * share) + 0.05 * noise(index, 1) + penalty * share
        + error * 0.02 * noise(index, seed)
      defer { if skipped { current = current.map { $0 / 2 } } }
      var record = StepRecord(
        step: index + 1, loss: loss, exactLoss: loss, lossScale: current, skipped: skipped,
        gradients: name == "fp64" ? nil : deviation(error * (1 + 9 * share), index, seed),
        localGradients: name == "fp64" || index % 5 != 0 ? nil : deviation(error, index, seed),
        drift: name == "fp64" ? nil : error * (0.05 + share))
      if name == "fp64" {
        record.sampling = SamplingNoise(batches: 5, variance: 4, meanSquares: 1)
        record.magnitudes = GradientMagnitudes(largest: 0.5, small: 0x1p-20)
      } else if index % 5 == 0 {
        record.driftChange = change(error, index)
      }
      return record
    }
    let layers = ["embedding", "hidden1", "hidden2", "output"]
    let tensors = layers.enumerated().flatMap { depth, layer in
      [TensorKind.activation, .activationGradient, .weightGradient, .update].map { kind in
        series(
          TensorTag(layer: layer, operation: "matmul", kind: kind), format: operands,
          zeroed: zeroed / Double(1 << (2 * depth)), lost: lost / Double(depth + 1),
          steps: steps, seed: seed, overflows: scale != nil && depth == 3)
      }
    }
    var run = PolicyRun(
      policy: PolicyDescription(
        name: name, summary: "Made up for \(name).", operands: operands, accumulator: "fp32",
        weights: "fp32", optimizer: "fp32", lossScaling: scale.map { _ in "dynamic from 2^16" }),
      steps: records, tensors: tensors + tensors.compactMap(local))
    run.examples = examples(run)
    return run
  }

  /// The comparison of a weight's gradient from the reference's weights, at every fifth step.
  private static func local(_ series: TensorSeries) -> TensorSeries? {
    guard series.tag.kind == .weightGradient else { return nil }
    return TensorSeries(
      tag: series.tag, mode: .local, format: series.format,
      points: series.points.filter { $0.step % 5 == 1 }, exponents: series.exponents)
  }

  private static func change(_ error: Double, _ index: Int) -> DriftChange {
    var change = DriftChange()
    change.directSquares = error * error
    change.feedbackSquares = 4 * error * error
    change.products = -error * error * noise(index, 5)
    change.totalSquares = change.directSquares + change.feedbackSquares + 2 * change.products
    change.stepSquares = 1
    return change
  }

  private static func deviation(_ error: Double, _ index: Int, _ seed: UInt64) -> Deviation {
    var deviation = Deviation()
    let e = error * (1 + 0.2 * noise(index, seed))
    let reference = [1.0, 2, 3, 4]
    let result = [1 + e, 2 - 2 * e, 3 + e, 4 - e]
    reference.withUnsafeBufferPointer { x in
      result.withUnsafeBufferPointer { y in deviation.add(reference: x, result: y) }
    }
    return deviation
  }

  private static func series(
    _ tag: TensorTag, format: String, zeroed: Double, lost: Double, steps: Int, seed: UInt64,
    overflows: Bool
  ) -> TensorSeries {
    let elements = 100_000
    let points = (0..<max(steps, 0)).map { index -> TensorPoint in
      let share = max(0, zeroed * (1 + 0.8 * noise(index, seed)))
      let counts = RangeCounts(
        elements: elements, nonzero: elements,
        zeroed: tag.kind == .update ? 0 : Int(share * Double(elements)),
        subnormal: tag.kind == .update ? 0 : Int(share * 0.5 * Double(elements)),
        overflow: overflows && index < 2 && tag.kind == .activationGradient ? 40 : 0, nan: 0)
      var updates: LostUpdates?
      if tag.kind == .update {
        var value = LostUpdates()
        value.elements = elements
        value.nonzero = elements
        value.lost = Int(lost * Double(elements))
        value.mass = 10
        value.lostMass = 10 * lost * lost
        updates = value
      }
      var point = TensorPoint(
        step: index + 1, range: counts, deviation: deviation(0.01, index, seed), lost: updates)
      if overflows, index < 2 { point.skipped = counts }
      return point
    }
    var exponents = ExponentHistogram(format: Format(id: format))
    let values = (0..<4000).map { index in
      let exponent = Int(-12 + 9 * (noise(3 * index, 7) + noise(3 * index + 1, 7)))
      return index % 19 == 0
        ? 0 : (exponent < 0 ? 1 / Double(1 << -exponent) : Double(1 << exponent))
    }
    values.withUnsafeBufferPointer { exponents.add($0) }
    return TensorSeries(
      tag: tag, mode: .trajectory, format: format, points: points, exponents: exponents)
  }
}

extension PolicyRun {
  /// Changes the records of steps, each given with its index, and the losses of the fixed examples
  /// with them.
  mutating func editSteps(_ edit: (inout StepRecord, Int) -> Void) {
    let records = steps.enumerated().map { index, record in
      var record = record
      edit(&record, index)
      return record
    }
    self = PolicyRun(policy: policy, steps: records, tensors: tensors)
    examples = Fixture.examples(self)
  }
}
