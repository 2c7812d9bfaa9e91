// SPDX-License-Identifier: Apache-2.0
import Formats
import Testing

@testable import Datasets
@testable import Measurements
@testable import Models
@testable import Network
@testable import Policies
@testable import Twins

/// What torch 2.15.0 (CPU) leaves; each test says of which lines.
@Suite("Clipping, micro-batches and averages of weights")
struct StepFieldTests {
  private let context = StepContext()

  private func tensor(_ values: [Double], _ precision: Precision) -> Tensor {
    Kernel<Float>.tensor([values.count], as: precision, context) { values[$0] }
  }

  private func clipped(
    _ gradients: [[Double]], _ precision: Precision, to limit: Double,
    _ clipping: GradientClipping? = GradientClipping()
  ) -> (gradients: [[Double]], clip: GradientClip) {
    var policy = Policy.fp32
    policy.clipping = clipping
    let result = policy.clipped(gradients.map { tensor($0, precision) }, to: limit, context)
    return (result.gradients.map(\.doubles), result.clip)
  }

  @Test("Clipped gradients are torch's, in FP16, BF16 and FP32")
  func torchClipping() {
    // p.grad = torch.tensor(g).to(dtype) of two parameters; torch.nn.utils.clip_grad_norm_(ps, limit)
    let gradients = [[1.1, -2.3, 0.01, 3.7], [0.7, -5.2, 0.3]]
    typealias Row = (
      format: Precision, limit: Double, norm: Double, first: [Double], second: [Double]
    )
    let rows: [Row] = [
      (
        .fp16, 1, 6.9140625, [0x1.45cp-3, -0x1.54cp-2, 0x1.7b4p-10, 0x1.12p-1],
        [0x1.9ecp-4, -0x1.81p-1, 0x1.638p-5]
      ),
      (
        .fp16, 0.3, 6.9140625, [0x1.87p-5, -0x1.99p-4, 0x1.c74p-12, 0x1.48cp-3],
        [0x1.f1cp-6, -0x1.cep-3, 0x1.aacp-7]
      ),
      (
        .fp16, 100, 6.9140625, [0x1.198p+0, -0x1.268p+1, 0x1.47cp-7, 0x1.d98p+1],
        [0x1.668p-1, -0x1.4ccp+2, 0x1.334p-2]
      ),
      (
        .bf16, 1, 6.90625, [0x1.46p-3, -0x1.54p-2, 0x1.7cp-10, 0x1.12p-1],
        [0x1.9ep-4, -0x1.8p-1, 0x1.64p-5]
      ),
      (
        .bf16, 0.3, 6.90625, [0x1.88p-5, -0x1.98p-4, 0x1.c8p-12, 0x1.4ap-3],
        [0x1.f2p-6, -0x1.cep-3, 0x1.acp-7]
      ),
    ]
    for row in rows {
      let (found, clip) = clipped(gradients, row.format, to: row.limit)
      #expect(found == [row.first, row.second], "\(row.format) \(row.limit)")
      #expect(clip.norm == row.norm)
    }
    // Squares whose sums are exact: no order of additions makes another one.
    let (single, clip) = clipped([[3, -4], [12, 84]], .fp32, to: 0.7)
    #expect(
      single == [[0x1.94c7fcp-6, -0x1.0ddaa8p-5], [0x1.94c7fcp-4, 0x1.622efcp-1]])
    #expect(clip.norm == 85)
  }

  @Test("A norm beyond its format clips every gradient to zero, signs kept, as torch's")
  func overflow() {
    // torch.tensor([60000., -60000., 1.]).half(), clipped to 1.
    let (found, clip) = clipped([[60_000, -60_000, 1]], .fp16, to: 1)
    #expect(found == [[0, 0, 0]] && found[0].map(\.sign) == [.plus, .minus, .plus])
    #expect(clip == GradientClip(norm: .infinity, factor: 0))
    let narrow = clipped([[60_000, -60_000, 1]], .fp32, to: 1, GradientClipping(norm: .fp16))
    #expect(narrow.clip.norm == nil)
    #expect(clipped([[60_000, -60_000, 1]], .fp32, to: 1).clip.norm != nil)
    #expect(clipped([[.nan, 1]], .fp32, to: 1).gradients[0].map(\.isNaN) == [true, true])
  }

  @Test("Scaled gradients meet the threshold S times too long; unscaled ones as in FP64")
  func order() throws {
    let (model, batch) = try Fixture.model()
    var optimizer = Optimizer(.sgd, learningRate: 1)
    func clip(_ clipping: GradientClipping?, _ scale: Float?, limit: Double) -> GradientClip? {
      optimizer.clipNorm = limit
      var policy = Policy.fp32
      policy.clipping = clipping
      policy.lossScaling = scale.map { .fixed($0) }
      return Twin(policy, model, optimizer, weights: Fixture.weights(model))
        .advance(batch, step: 1, threads: 1).clip
    }
    let free = try #require(clip(nil, nil, limit: 100)?.norm)
    #expect(free > 0.1 && free < 100)
    #expect(clip(nil, nil, limit: 100)?.factor == 1)
    let after = try #require(clip(GradientClipping(), 65_536, limit: 100))
    #expect(after.factor == 1 && abs((after.norm ?? 0) / free - 1) < 1e-6)
    let before = try #require(clip(GradientClipping(gradients: .scaled), 65_536, limit: 100))
    #expect(abs((before.norm ?? 0) / free / 65_536 - 1) < 1e-6)
    #expect(abs((before.factor ?? 1) * free * 65_536 / 100 - 1) < 1e-6)
  }

  @Test("Micro-batches' gradients add up as torch's .grad in FP16, BF16 and FP32")
  func accumulation() {
    // ((p * x).sum() / 4).backward() of p = ones(3), for each of four x.
    let parts = [[1.1, 256, 0.3], [0.007, 1, 0.1], [0.9, 1, -0.2], [1e-3, 1, 0.7]]
    let rows: [(Precision, [Double])] = [
      (.bf16, [0x1p-1, 0x1p+6, 0x1.ccp-3]), (.fp16, [0x1.01p-1, 0x1.03p+6, 0x1.cdp-3]),
      (.fp32, [0x1.010624p-1, 0x1.03p+6, 0x1.ccccccp-3]),
    ]
    for (format, expected) in rows {
      func sum(_ start: Precision) -> Tensor {
        var sums = AccumulatedGradients(.fp32, in: format, beside: .fp64)
        for part in parts {
          let gradient = tensor(part, format).doubles.map { $0 / 4 }
          sums.add([tensor(gradient, start)], context)
        }
        let exact = sums.exactSum(of: 0, context)?.doubles[1]
        #expect(exact == 64.75)
        return sums.sum(of: 0, as: start, context)
      }
      #expect(sum(format).doubles == expected, "\(format)")
      // Gradients of FP32 are cast, and the sum is widened.
      #expect(sum(.fp32).doubles == expected && sum(.fp32).precision == .fp32)
    }
  }

  @Test("In FP64 micro-batches' gradients are the whole batch's, also a worker's")
  func wholeBatch() throws {
    let text = try Fixture.text(context: 8)
    let task = TrainingTask.transformer(
      text, batch: 8, context: 5, width: 8, blocks: 1, heads: 2)
    let batch = task.batches(1).batch(step: 1)
    func gradients(_ parts: Int?, _ workers: Int?) -> [Double] {
      var policy = Policy.fp64
      policy.microBatches = parts.map { MicroBatches(count: $0) }
      policy.workers = workers.map { DataParallelism(count: $0, format: .fp64) }
      return Twin(policy, task.model, Optimizer(.sgd), weights: task.model.initialWeights(seed: 1))
        .gradients(batch, step: 1, threads: 1).flatMap(\.doubles)
    }
    let whole = gradients(nil, nil)
    #expect(gradients(1, nil) == whole)
    let divisions: [(Int, Int?)] = [(2, nil), (8, nil), (2, 4), (4, 2)]
    for (parts, workers) in divisions {
      let largest = zip(whole, gradients(parts, workers)).reduce(0) {
        max($0, ($1.0 - $1.1).magnitude)
      }
      #expect(largest > 0 && largest < 1e-14, "\(parts) \(workers ?? 0): \(largest)")
    }
  }

  @Test("Averages of weights are torch's AveragedModel's in FP32, FP16 and BF16")
  func averages() {
    // AveragedModel(m, multi_avg_fn=get_ema_multi_avg_fn(decay)); update_parameters(m) with m.w each
    // of these in turn.
    let course = [[1, -0.3, 0.007], [1.1, -0.2, 0.009], [0.7, -0.25, 0.02], [1.3, -0.1, 0.05]]
    let rows: [(Precision, Double, [Double])] = [
      (.fp32, 0.999, [0x1.00069p+0, -0x1.32d786p-2, 0x1.ce8d5p-8]),
      (.fp32, 0.9, [0x1.02d772p+0, -0x1.11d14ep-2, 0x1.9dece6p-7]),
      (.fp32, 0.3, [0x1.273eaap+0, -0x1.25460ap-3, 0x1.4751cep-5]),
      (.fp16, 0.999, [0x1p+0, -0x1.33p-2, 0x1.ce8p-8]),
      (.fp16, 0.9, [0x1.02cp+0, -0x1.12p-2, 0x1.9ep-7]),
      (.fp16, 0.3, [0x1.274p+0, -0x1.254p-3, 0x1.474p-5]),
      (.bf16, 0.999, [0x1p+0, -0x1.34p-2, 0x1.ccp-8]),
      (.bf16, 0.9, [0x1.02p+0, -0x1.12p-2, 0x1.9ep-7]),
      (.bf16, 0.3, [0x1.26p+0, -0x1.26p-3, 0x1.48p-5]),
    ]
    for (format, decay, expected) in rows {
      func weights(_ step: Int) -> [Tensor] { [tensor(course[step], format)] }
      var averages = AveragedWeights(weights(0), decay: decay, in: format, of: .fp32, context)
      var lost = LostAverages()
      for step in 1..<4 { lost.merge(averages.add(weights(step), .fp32, context)) }
      #expect(averages.tensors[0].doubles == expected, "\(format) \(decay)")
      #expect(lost.nonzero == 9)
      if decay == 0.999, format == .bf16 { #expect(lost.lost > 5) }
      if format == .fp32 { #expect(lost.lost == 0) }
    }
  }

  @Test("A run tells how far averages are from the reference's, and goes on from its state")
  func run() throws {
    func policy(_ name: String, _ format: Precision) -> Policy {
      var policy = Policy.fp32
      policy.name = name
      policy.averages = WeightAverages(decay: 0.999, format: format)
      policy.microBatches = MicroBatches(count: 2, format: format)
      return policy
    }
    var optimizer = Optimizer(.adamw)
    optimizer.clipNorm = 0.5
    let experiment = try Fixture.experiment(
      [policy("narrow", .bf16), policy("single", .fp32), .bf16AMP], steps: 12, optimizer: optimizer)
    var kept: TrainingState?
    let whole = experiment.run { step, state in
      if step == 7 { kept = state() }
      return true
    }
    let narrow = try #require(whole.policies[0].averages)
    let single = try #require(whole.policies[1].averages)
    #expect(narrow.format == "bf16" && single.format == "fp32")
    #expect((narrow.lost.lostRate ?? 0) > 0.9 && (single.lost.lostRate ?? 1) < 0.05)
    #expect((narrow.drift ?? 0) > 0.5 && (single.drift ?? 1) < 1e-3)
    #expect((narrow.relativeL2 ?? 0) > 100 * (single.relativeL2 ?? 1))
    #expect(whole.policies[2].averages == nil && whole.reference.averages == nil)
    #expect(whole.reference.summary.clips?.steps == 12)
    // The reference divides the batch as the policies do: its gradients are comparable.
    #expect(
      whole.policies[1].steps.allSatisfy { ($0.localGradients?.relativeL2 ?? 0) < 1e-5 })
    let state = try #require(kept)
    #expect(state.fits(experiment))
    var other = experiment
    other.policies[0].averages?.decay = 0.9
    #expect(!state.fits(other))
    var threaded = experiment
    threaded.threads = 3
    #expect(threaded.run(from: state) == whole)
  }
}
