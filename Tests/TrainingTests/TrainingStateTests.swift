// SPDX-License-Identifier: Apache-2.0
import Foundation
import MPFROracle
import Measurements
import Testing

@testable import Datasets
@testable import Models
@testable import Network
@testable import Policies
@testable import Twins

@Suite("Runs that are interrupted and taken up")
struct TrainingStateTests {
  /// The run of an experiment that ends after some steps and goes on from an archive.
  private func resumed(_ experiment: TwinExperiment, after steps: Int) throws -> TrainingRun {
    var archive = Data()
    _ = experiment.run { step, state in
      guard step == steps else { return true }
      archive = (try? state().archive()) ?? Data()
      return false
    }
    let state = try #require(TrainingState(archive: archive))
    #expect(state.steps == steps && state.fits(experiment))
    return experiment.run(from: state)
  }

  @Test("A resumed run ends as an uninterrupted one, in every preset and optimizer")
  func presets() throws {
    var sgd = Optimizer(.sgd, learningRate: 0.1)
    sgd.momentum = 0.9
    sgd.schedule = Schedule(warmup: 2, decay: .cosine)
    for optimizer in [sgd, Optimizer(.adamw, learningRate: 0.01)] {
      var experiment = try Fixture.experiment(Policy.presets, steps: 9, optimizer: optimizer)
      experiment.seedRuns = 2
      let whole = experiment.run()
      for steps in [1, 4, 9] { #expect(try resumed(experiment, after: steps) == whole) }
    }
  }

  @Test("So does one with batch normalization and dropout, and one with MPFR's reference")
  func models() throws {
    var sizes = TrainingTask.Sizes(batch: 4, width: 4, depth: 1)
    let images = NamedImages(generated: .digits, count: 40, seed: 1, threads: 1)
    let residual = try #require(try TrainingTask.vision("cnn", images, sizes))
    sizes.dropout = 0.2
    let recurrent = try #require(
      TrainingTask.language("transformer", try Fixture.text(context: 8), sizes, activation: .gelu))
    for task in [residual, recurrent] {
      let experiment = TwinExperiment(
        task: task, policies: [.fp16AMP, .bf16SR], optimizer: Optimizer(.adamw),
        steps: 5, localEvery: 2)
      let whole = experiment.run()
      #expect(whole.policies[0].evaluation != nil)
      #expect(try resumed(experiment, after: 3) == whole)
    }
    var exact = try Fixture.experiment([.fp32], steps: 4, optimizer: Optimizer(.adamw))
    exact.reference = .mpfr(bits: 120)
    #expect(try resumed(exact, after: 2) == exact.run())
  }

  @Test("A run whose points were merged goes on merging")
  func mergedPoints() throws {
    let steps = TensorSeries.pointLimit + 90
    var experiment = try Fixture.experiment(
      [.bf16AMP], steps: steps, optimizer: Optimizer(.sgd, learningRate: 0.05), batch: 1,
      localEvery: 0)
    experiment.evaluates = false
    let whole = experiment.run()
    #expect(whole.policies[0].tensors.allSatisfy { $0.measurementsPerPoint == 2 })
    #expect(try resumed(experiment, after: steps - 31) == whole)
  }

  @Test("An archive that is cut, or of other twins, is told")
  func damage() throws {
    let experiment = try Fixture.experiment([.fp16AMP, .fp32], steps: 3)
    var archive = Data()
    _ = experiment.run { _, state in
      archive = (try? state().archive()) ?? Data()
      return true
    }
    for count in stride(from: 0, to: archive.count, by: 997) {
      #expect(TrainingState(archive: archive.prefix(count)) == nil)
    }
    let state = try #require(TrainingState(archive: archive))
    #expect(state.fits(experiment))
    #expect(!state.fits(try Fixture.experiment([.fp16AMP], steps: 3)))
    #expect(!state.fits(try Fixture.experiment([.fp16AMP, .fp32], steps: 2)))
    var other = experiment
    other.seedRuns = 1
    #expect(!state.fits(other))
  }

  @Test("MPFR numbers keep every bit, sign and special value")
  func reals() throws {
    for bits in [24, 53, 200] {
      let third = Real(1).rounded(toPrecision: bits) / Real(3)
      let tiny = (0..<12).reduce(third) { x, _ in x * x }
      for x in [third, -third, tiny, Real(0), Real(-0.0), Real(.infinity), Real(-.infinity)] {
        let copy = try #require(Real(archived: x.archived))
        #expect(copy == x && copy.precision == x.precision && copy.archived == x.archived)
      }
      let nan = try #require(Real(archived: Real(.nan).rounded(toPrecision: bits).archived))
      #expect(nan != nan && nan.precision == bits)
    }
    for text in ["", "53", "53::", "53:zz:0", "0:1:1", "-5:1:1", "53:1:x", "99999999:1:1"] {
      #expect(Real(archived: text) == nil, "\(text)")
    }
  }
}
