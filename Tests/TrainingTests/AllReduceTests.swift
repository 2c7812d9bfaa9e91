// SPDX-License-Identifier: Apache-2.0
import Formats
import MPFROracle
import SoftFloat
import Testing

@testable import Datasets
@testable import Models
@testable import Network
@testable import Policies
@testable import Randomness
@testable import Twins

@Suite("All-reduce of simulated workers")
struct AllReduceTests {
  private func tensor(_ values: [Double], _ precision: Precision = .fp32) -> Tensor {
    Kernel<Float>.tensor([values.count], as: precision, StepContext()) { values[$0] }
  }

  private func mean(
    _ gradients: [Tensor], _ allReduce: DataParallelism.AllReduce, _ format: Precision
  ) -> [Double] {
    Kernel<Float>(rule: OperationRule(), context: StepContext()).allReduced(
      gradients, DataParallelism(count: gradients.count, allReduce: allReduce, format: format),
      arithmetic: .fp32
    ).doubles
  }

  @Test("Each algorithm adds in its own order, as integers beyond the format's precision show")
  func order() {
    // In BF16 256 + 1 is 256 (a tie to even) and 256 + 2 is 258. Worker 0 has 256, the others 1.
    let four = [256.0, 1, 1, 1].map { tensor([$0, $0, $0, $0]) }
    // Chunk c begins at worker c: 256+1+1+1, 1+1+1+256, 1+1+256+1, 1+256+1+1; 3 + 256 and 258 + 1
    // are ties that go to 260.
    #expect(mean(four, .ring, .bf16) == [256.0, 260, 260, 256].map { $0 / 4 })
    // (256 + 1) + (1 + 1).
    #expect(mean(four, .tree, .bf16) == [Double](repeating: 258 / 4.0, count: 4))
    // 259 in FP32, rounded once to 260 (a tie to even).
    #expect(mean(four, .oneShot, .bf16) == [Double](repeating: 65, count: 4))
    #expect(mean(four, .ring, .fp32) == [Double](repeating: 64.75, count: 4))
    // Five workers: a tree of (0 1) (2 3), then 4; a tensor of fewer values than workers has empty
    // chunks.
    let five = [256.0, 1, 1, 1, 2].map { tensor([$0, $0]) }
    #expect(mean(five, .tree, .fp32) == [52.2, 52.2].map { Double(Float($0)) })
    #expect(mean(five, .ring, .fp32) == [52.2, 52.2].map { Double(Float($0)) })
    #expect(mean([tensor([3])], .ring, .bf16) == [3])
    #expect(mean([tensor([]), tensor([])], .ring, .bf16) == [])
  }

  @Test("A sum may overflow before it is divided, and the mean has the gradients' format")
  func range() {
    let two = [tensor([40_000], .fp16), tensor([40_000], .fp16)]
    #expect(mean(two, .ring, .fp16) == [.infinity])
    #expect(mean(two, .ring, .fp32) == [40_000])
    let kernel = Kernel<Float>(rule: OperationRule(), context: StepContext())
    for format in [Precision.fp16, .fp32] {
      let workers = DataParallelism(count: 2, allReduce: .tree, format: format)
      #expect(kernel.allReduced(two, workers, arithmetic: .fp32).precision == .fp16)
    }
  }

  @Test("A BF16 ring errs as the root of the workers; a one-shot sum in FP32 does not")
  func knownErrors() {
    // Published: 0.0018 0.0036 0.0068 0.0132 0.0262 and 0.0017.
    let expected = [2: 0.0018, 8: 0.0036, 32: 0.0068, 128: 0.0132, 512: 0.0262]
    let random = RandomStream(seed: 3, purpose: .weights)
    let size = 4096
    for (count, error) in expected {
      let gradients = (0..<count).map { worker in
        tensor((0..<size).map { random.normal(UInt64(worker * size + $0)) }, .bf16)
      }
      var exact = [Double](repeating: 0, count: size)
      for gradient in gradients {
        for (i, x) in gradient.doubles.enumerated() { exact[i] += x / Double(count) }
      }
      func relative(_ allReduce: DataParallelism.AllReduce) -> Double {
        let mean = mean(gradients, allReduce, .bf16)
        let difference = zip(mean, exact).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        return (difference / exact.reduce(0) { $0 + $1 * $1 }).squareRoot()
      }
      let ring = relative(.ring)
      #expect(ring > 0.93 * error && ring < 1.07 * error, "\(count): \(ring)")
      let oneShot = relative(.oneShot)
      #expect(oneShot > 0.0015 && oneShot < 0.0019, "\(count): \(oneShot)")
      #expect(relative(.tree) < ring || count == 2)
    }
  }
}

@Suite("Simulated workers")
struct WorkersTests {
  @Test("One worker in FP32 is none: the same losses and weights")
  func oneWorker() throws {
    var one = Policy.fp16AMP
    one.workers = DataParallelism(count: 1, format: .fp32)
    for (policy, expected) in [(one, Policy.fp16AMP)] {
      let model = try Fixture.model()
      let weights = Fixture.weights(model.0)
      let (a, b) = (
        Twin(policy, model.0, Optimizer(.sgd), weights: weights),
        Twin(expected, model.0, Optimizer(.sgd), weights: weights)
      )
      for step in 1...3 {
        #expect(
          a.advance(model.1, step: step, threads: 1).loss
            == b.advance(model.1, step: step, threads: 1).loss)
      }
      #expect(a.weights.map(\.doubles) == b.weights.map(\.doubles))
    }
  }

  @Test("In FP64 the workers' mean gradient is the whole batch's, for texts and images alike")
  func wholeBatch() throws {
    let text = try Fixture.text(context: 8)
    let digits = NamedImages(generated: .digits, count: 16, seed: 1, threads: 1)
    let shapes = NamedImages(
      generated: .shapes(side: 32, objects: 2), count: 8, seed: 1, threads: 1)
    let tasks: [(TrainingTask, Bool)] = [
      (.mlp(text, batch: 8, context: 4, embedding: 4, hidden: [8]), true),
      (.transformer(text, batch: 4, context: 5, width: 8, blocks: 1, heads: 2), true),
      (.lstm(text, batch: 4, context: 5, embedding: 4, units: 6), true),
      // Batch normalization sees a worker's part alone.
      (try .cnn(digits, batch: 4, widths: [2, 2], blocks: 1), false),
      (try .unet(shapes, batch: 2, widths: [2, 2]), false),
      (try .detector(shapes, batch: 2, widths: [2, 2, 2, 2]), false),
    ]
    for (task, isSame) in tasks {
      let initial = task.model.initialWeights(seed: 1)
      let batch = task.batches(1).batch(step: 1)
      func moved(_ workers: DataParallelism?) -> [Double] {
        var policy = Policy.fp64
        policy.workers = workers
        let twin = Twin(policy, task.model, Optimizer(.sgd), weights: initial)
        _ = twin.advance(batch, step: 1, threads: 1)
        return twin.weights.flatMap(\.doubles)
      }
      let whole = moved(nil)
      for allReduce in DataParallelism.AllReduce.allCases {
        let split = moved(DataParallelism(count: 2, allReduce: allReduce, format: .fp64))
        let largest = zip(whole, split).reduce(0) { max($0, ($1.0 - $1.1).magnitude) }
        #expect(isSame ? largest < 1e-13 : largest > 1e-13, "\(task.modelName): \(largest)")
      }
    }
  }

  @Test("The reference and policies without workers split the batch too, in their own arithmetic")
  func reference() throws {
    var policy = Policy.fp64
    policy.name = "fp64-workers"
    policy.workers = DataParallelism(count: 4, allReduce: .oneShot, format: .fp64)
    var experiment = try Fixture.experiment([policy, .fp32], steps: 3)
    let result = experiment.run()
    let deviations = result.policies[0].tensors.flatMap(\.points).map(\.deviation)
    #expect(!deviations.isEmpty)
    #expect(deviations.allSatisfy { $0.differenceSquares == 0 && $0.elements > 0 })
    #expect(result.policies[1].steps.allSatisfy { ($0.drift ?? 1) < 1e-5 })
    let encoded = result
    experiment.threads = 3
    #expect(experiment.run() == encoded)
  }

  @Test("Every weight gradient is measured once a step, after the all-reduce")
  func measurements() throws {
    var policy = Policy.bf16AMP
    policy.workers = DataParallelism(count: 2, allReduce: .ring, format: .bf16)
    let result = try Fixture.experiment([policy], steps: 2).run()
    let gradients = result.policies[0].tensors.filter {
      $0.tag.kind == .weightGradient && $0.mode == .trajectory
    }
    #expect(gradients.count == 5)
    #expect(gradients.allSatisfy { $0.points.count == 2 && $0.format == "bf16" })
  }
}
