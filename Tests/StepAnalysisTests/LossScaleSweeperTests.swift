// SPDX-License-Identifier: Apache-2.0
import Foundation
import Measurements
import Testing

@testable import Network
@testable import Policies
@testable import StepAnalysis
@testable import Twins

@Suite("One step under many loss scales")
struct LossScaleSweeperTests {
  private static let scales = LossScaleSweeper.powersOfTwo + [1000]

  private func sweep(
    _ experiment: TwinExperiment, steps: [Int] = [1], scales: [Float] = Self.scales
  ) -> LossScaleSweep {
    LossScaleSweeper(experiment, steps: steps, scales: scales.sorted()).run { _ in true }
  }

  @Test("A forward pass shared by scales gives each the bits of a step of its own")
  func sharedForward() throws {
    for policy in [Policy.fp16AMP, .fp16Pure, .fp8Hybrid, .fp16Strict] {
      var bare = policy
      bare.lossScaling = nil
      let experiment = try Fixture.transformer([policy])
      let reference = ReferenceRun(experiment)
      let moment = reference.moment()
      let scales: [Float] = [1, 64, 1000, 0x1p15]
      let passes = reference.twin(bare).gradients(
        moment.batch, step: 1, from: moment.state, scales: scales, threads: 1
      ) { _, _ in }.passes
      for (scale, pass) in zip(scales, passes) {
        var scaled = policy
        scaled.lossScaling = .fixed(scale)
        let twin = reference.twin(scaled)
        let state = TwinState(moment.state, as: scaled, StepContext())
        let alone = twin.gradients(moment.batch, step: 1, from: state, threads: 1)
        for (a, b) in zip(pass.gradients, alone) {
          #expect(
            a.doubles.map(\.bitPattern) == b.doubles.map(\.bitPattern), "\(policy.name) \(scale)")
        }
      }
    }
  }

  @Test("Simulated workers are swept as well, and agree with a step of each scale")
  func workers() throws {
    var policy = Policy.fp16AMP
    policy.workers = DataParallelism(count: 2, allReduce: .ring, format: .fp16)
    let experiment = try Fixture.mlp([policy])
    let found = sweep(experiment, scales: [1, 256])
    let step = try #require(found.policies.first?.steps.first)
    #expect(step.scales.count == 2 && step.scales.allSatisfy { $0.error != nil })
    var single = policy
    single.workers = nil
    let alone = sweep(try Fixture.mlp([single]), scales: [1, 256])
    #expect(alone.policies[0].steps[0].scales[1].digest != step.scales[1].digest)
  }

  @Test("FP32 and FP64 lose nothing: powers of two give the same bits, another scale does not")
  func losslessBits() throws {
    let found = sweep(try Fixture.transformer([.fp32]))
    let step = found.policies[0].steps[0]
    #expect(step.lossless.count == LossScaleSweeper.powersOfTwo.count)
    #expect(step.losslessAgree == true)
    let odd = try #require(step.scales.first { $0.scale == 1000 })
    #expect(odd.digest != step.lossless[0].digest)
    // Scales so small that FP32's own arithmetic loses values are none of them.
    let tiny = sweep(
      try Fixture.transformer([.fp32]), scales: [0x1p-120, 0x1p-110, 1, 2]
    ).policies[0].steps[0]
    #expect(tiny.lossless.map(\.scale) == [1, 2] && tiny.losslessAgree == true)
    // Of a step whose bits depend on the scale the check says so, but where words are random.
    var broken = step
    broken.scales[3].digest = odd.digest
    #expect(broken.losslessAgree == false)
    broken.isRandom = true
    #expect(broken.losslessAgree == nil)
  }

  @Test("FP16 gradients have three regimes: underflow, the floor of rounding, overflow")
  func regimes() throws {
    let wide = (-24...40).map { Float(sign: .plus, exponent: $0, significand: 1) }
    let step = sweep(try Fixture.transformer([.fp16AMP]), scales: wide).policies[0].steps[0]
    let regimes = step.scales.indices.map { step.regime($0) }
    #expect(regimes.first == .underflow && regimes.last == .overflow)
    #expect(regimes == regimes.sorted { order($0) < order($1) })
    let floor = try #require(step.floor)
    let best = try #require(step.best)
    #expect(try #require(step.scales[best].error) <= SweptStep.floorMargin * floor)
    // 11 bits of significand: the floor is of the order of u = 2^-11, and underflow far above it.
    #expect(floor > 0x1p-14 && floor < 0x1p-9)
    #expect(try #require(step.scales[0].error) > 10 * floor)
    #expect(step.scales.last?.overflowed != nil && step.scales.last?.error == nil)
  }

  @Test(
    "Gradients stored with a scale of their own have no window; scales that lose all serve none")
  func ownScales() throws {
    let fp8 = sweep(try Fixture.transformer([.fp8Hybrid])).policies[0].steps[0]
    #expect(fp8.tensors.filter { $0.format == "e5m2" }.allSatisfy { $0.ownScale == nil })
    #expect(
      !fp8.windows.contains { window in
        fp8.tensors.contains { $0.tag == window.tag && $0.format == "e5m2" }
      })
    let lost = sweep(
      try Fixture.transformer([.fp16AMP]), scales: [0x1p-100, 0x1p-90]
    ).policies[0].steps[0]
    #expect(lost.plateau == nil && lost.best == nil)
    #expect(lost.scales.indices.allSatisfy { lost.regime($0) == .underflow })
  }

  @Test("A scale that is no power of two errs more, and ends no plateau")
  func otherScales() throws {
    let step = sweep(try Fixture.transformer([.fp16AMP])).policies[0].steps[0]
    let odd = try #require(step.scales.firstIndex { $0.scale == 1000 })
    #expect(
      try #require(step.scales[odd].error) > SweptStep.floorMargin * (try #require(step.floor)))
    #expect(step.regime(odd) == .rounding && step.regime(odd + 1) == .rounding)
    #expect(try #require(step.plateau).upperBound > odd)
    #expect(try #require(step.best) != odd)
  }

  @Test("The least error of scales that are all too small is not called the floor")
  func undecided() throws {
    let small = sweep(
      try Fixture.transformer([.fp16AMP]), scales: [0x1p-14, 0x1p-13, 0x1p-12, 0x1p-11]
    ).policies[0].steps[0]
    #expect(!small.showsFloor && small.regime(3) == .undecided && small.regime(0) == .underflow)
    #expect(sweep(try Fixture.transformer([.fp16AMP])).policies[0].steps[0].showsFloor)
    // A scale by itself is the floor where it loses nothing.
    let exact = sweep(try Fixture.transformer([.fp32]), scales: [1]).policies[0].steps[0]
    #expect(exact.showsFloor && exact.regime(0) == .rounding)
  }

  private func order(_ regime: LossScaleRegime) -> Int {
    LossScaleRegime.allCases.firstIndex(of: regime) ?? 0
  }

  @Test("Counts are those of the definitions, value by value")
  func definitions() throws {
    let experiment = try Fixture.mlp([.fp16AMP])
    let scales: [Float] = [0x1p-16, 1, 0x1p10]
    let step = sweep(experiment, scales: scales).policies[0].steps[0]
    let moment = ReferenceRun(experiment).moment()
    for tensor in step.tensors where tensor.format == "fp16" {
      let values = try #require(moment.tensors.tensor(tensor.tag)).doubles
      for (scale, counts) in zip(scales, tensor.scales) {
        let vanishing = values.filter { $0 != 0 && Float16($0) == 0 }
        let recovered = vanishing.filter { Float16($0 * Double(scale)) != 0 }
        #expect(counts.recovery.nonzero == values.count { $0 != 0 })
        #expect(counts.recovery.vanishing == vanishing.count)
        #expect(counts.recovery.recovered == recovered.count)
      }
      let own = try #require(tensor.ownScale)
      let largest = try #require(values.map(\.magnitude).max())
      let power = Double(sign: .plus, exponent: own.exponent, significand: 1)
      #expect(largest * power <= 65504 && 2 * largest * power > 65504)
    }
    #expect(step.tensors.contains { $0.format == "fp16" })
  }

  @Test("The result is the same bytes on any number of threads")
  func threads() throws {
    func bytes(_ threads: Int) throws -> Data {
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      return try encoder.encode(
        sweep(try Fixture.transformer([.fp16AMP, .bf16SR], threads: threads), steps: [1, 3]))
    }
    let alone = try bytes(1)
    #expect(try bytes(2) == alone && bytes(5) == alone)
  }

  @Test("Steps are those of the reference's training, and end where it is not finite")
  func steps() throws {
    let found = sweep(try Fixture.mlp([.fp16AMP]), steps: [1, 4], scales: [1])
    #expect(found.policies[0].steps.map(\.step) == [1, 4] && found.stoppedAt == nil)
    #expect(found.policies[0].steps[0].loss != found.policies[0].steps[1].loss)
    let wild = sweep(
      try Fixture.mlp([.fp16AMP], steps: 40, optimizer: Optimizer(.sgd, learningRate: 1e300)),
      steps: [1, 40], scales: [1])
    #expect(wild.policies[0].steps.map(\.step) == [1] && wild.stoppedAt != nil)
  }
}
