// SPDX-License-Identifier: Apache-2.0
import Foundation
import Measurements
import Testing

@testable import Datasets
@testable import Models
@testable import Network
@testable import Policies
@testable import Twins

@Suite("Fixed examples and paired seeds") struct PairedSeedsTests {
  @Test(
    "A twin that takes no step makes no progress, exactly, and a rate that moves nothing makes none"
  )
  func idle() throws {
    // FP16's least number is 2^-24: updates of 2^-37 are none.
    let slow = try Fixture.experiment(
      [.fp16Pure, .fp32], steps: 20, optimizer: Optimizer(.sgd, learningRate: 1e-11)
    ).run()
    let progress = try #require(slow.reference.examples?.progress)
    #expect(progress.count == 8 && progress.allSatisfy { $0 > 0 })
    #expect(try #require(slow.policies[0].examples?.progress).allSatisfy { $0 == 0 })
    let stopped = try Fixture.experiment(
      [.fp32], steps: 20, optimizer: Optimizer(.sgd, learningRate: 1e-28)
    ).run()
    for run in [stopped.reference, stopped.policies[0]] {
      #expect(try #require(run.examples?.progress).allSatisfy { $0 == 0 })
    }
  }

  @Test(
    "Progress is that of the same examples: start and end are losses of the weights before and after"
  )
  func losses() throws {
    let experiment = try Fixture.experiment([.fp32, .fp64], steps: 30)
    let run = experiment.run()
    let first = try #require(run.reference.examples)
    #expect(run.policies[1].examples == first, "the reference's own policy")
    #expect(first.start.count == 8 && Set(first.start).count == 8)
    #expect(try #require(first.endLoss) < first.startLoss ?? 0)
    let none = try Fixture.experiment([.fp32], steps: 0).run()
    #expect(none.reference.examples?.start == none.reference.examples?.end)
    #expect(none.reference.examples?.start == first.start)
    var unevaluated = experiment
    unevaluated.evaluates = false
    #expect(unevaluated.run().reference.examples?.start == [])
  }

  @Test("A policy on a paired seed is the reference's run of that seed in other arithmetic")
  func paired() throws {
    var experiment = try Fixture.experiment([.fp64, .bf16Pure], steps: 12)
    experiment.seedRuns = 1
    experiment.pairedSeeds = 2
    let run = experiment.run()
    #expect(run.seeds.map(\.seed) == [2, 3])
    for (own, expected) in zip(run.policies[0].pairedSeeds, run.seeds) {
      #expect(own.seed == expected.seed && own.finalLoss == expected.finalLoss)
      #expect(own.examples == expected.examples && own.evaluation == expected.evaluation)
    }
    let narrow = run.policies[1].pairedSeeds
    #expect(narrow.count == 2 && narrow[0].examples != run.seeds[0].examples)
    #expect(narrow[0].examples != narrow[1].examples)
    // Fewer seeds leave the others as they are, and more threads all.
    experiment.threads = 2
    #expect(experiment.run() == run)
    experiment.pairedSeeds = 0
    let fewer = experiment.run()
    #expect(fewer.seeds == Array(run.seeds.prefix(1)) && fewer.policies[1].pairedSeeds.isEmpty)
    #expect(fewer.policies[1].steps == run.policies[1].steps)
  }

  @Test("A run with paired seeds goes on where it was interrupted")
  func resumed() throws {
    var experiment = try Fixture.experiment(
      [.bf16SR, .fp16AMP], steps: 8, optimizer: Optimizer(.adamw))
    experiment.pairedSeeds = 2
    let whole = experiment.run()
    var archive = Data()
    _ = experiment.run { step, state in
      guard step == 5 else { return true }
      archive = (try? state().archive()) ?? Data()
      return false
    }
    let state = try #require(TrainingState(archive: archive))
    #expect(experiment.run(from: state) == whole)
    experiment.pairedSeeds = 1
    #expect(!state.fits(experiment))
  }

  @Test("Predictions are paired for every two models, the reference first")
  func predictions() throws {
    let run = try Fixture.experiment([.fp64, .bf16Pure], steps: 20).run()
    let pairs = run.predictionPairs
    #expect(pairs.map(\.first) == ["fp64", "fp64", "fp64"])
    #expect(pairs.map(\.second) == ["fp64", "bf16-pure", "bf16-pure"])
    #expect(pairs[0].onlyFirst == 0 && pairs[0].onlySecond == 0)
    let scores = try #require(run.policies[1].evaluation?.scores.first)
    #expect(pairs[1].bothRight + pairs[1].onlySecond == scores.correct)
    #expect(pairs[1].count == scores.count)
  }
}
