// SPDX-License-Identifier: Apache-2.0
import Foundation
import Measurements
import TensorFiles
import Testing

@testable import Datasets
@testable import Models
@testable import Network
@testable import Policies
@testable import Twins

@Suite struct ImageModelTests {
  /// The models on a few generated images, narrow enough for a test.
  private func tasks(batch: Int = 4, images: Int = 32) throws -> [TrainingTask] {
    let scenes = NamedImages(
      generated: .shapes(side: 16, objects: 2), count: images, seed: 1, threads: 2)
    let shapes = NamedImages(generated: .shapes10, count: images, seed: 1, threads: 2)
    return [
      try .cnn(shapes, batch: batch, widths: [4, 8], blocks: 1),
      try .unet(scenes, batch: batch, widths: [4, 8]),
      try .detector(scenes, batch: batch, widths: [4, 4, 8, 8]),
    ]
  }

  private func experiment(
    _ task: TrainingTask, _ policies: [Policy], steps: Int, rate: Double = 0.05, threads: Int = 2
  ) -> TwinExperiment {
    var optimizer = Optimizer(.sgd, learningRate: rate)
    optimizer.momentum = 0.9
    return TwinExperiment(
      task: task, policies: policies, optimizer: optimizer, steps: steps, seed: 1, localEvery: 2,
      threads: threads)
  }

  @Test("Each model takes three steps in every preset, with equal bytes on 1, 2 and 7 threads")
  func everyPreset() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    for task in try tasks() {
      var alone: Data?
      for threads in [1, 2, 7] {
        let run = experiment(task, Policy.presets, steps: 3, threads: threads).run()
        #expect(run.policies.count == Policy.presets.count)
        #expect(run.reference.steps.allSatisfy { $0.loss?.isFinite ?? false })
        let bytes = try encoder.encode(run)
        // A comparison inside the expectation would print the difference of megabytes.
        let isEqual = bytes == alone ?? bytes
        #expect(isEqual, "\(task.modelName) on \(threads) threads")
        alone = bytes
      }
    }
  }

  @Test("Each model learns: in FP64 its loss falls to less than the given share")
  func learning() throws {
    let shares = ["cnn": 0.85, "unet": 0.6, "detector": 0.6]
    for task in try tasks(batch: 16, images: 64) {
      let run = experiment(task, [], steps: 60).run()
      let first = try #require(run.reference.steps.first?.exactLoss)
      let last = try #require(run.reference.finalLoss)
      #expect(last < first * (shares[task.modelName] ?? 0), "\(task.modelName) \(first) \(last)")
    }
  }

  @Test("A U-Net learns by the Dice loss, whose bytes no number of threads changes")
  func dice() throws {
    let scenes = NamedImages(
      generated: .shapes(side: 16, objects: 2), count: 64, seed: 1, threads: 2)
    var layers = LayerChoices()
    layers.loss = .dice
    layers.epsilon = 1e-3
    let task = try TrainingTask.unet(scenes, batch: 16, widths: [4, 8], layers: layers)
    #expect(task.architecture.hasSuffix(", norm epsilon 0.001, Dice loss"))
    #expect(task.model.lossUnit == "1")
    let run = experiment(task, [.fp16AMP, .bf16Strict], steps: 40).run()
    let first = try #require(run.reference.steps.first?.exactLoss)
    let last = try #require(run.reference.finalLoss)
    #expect(first < 1 && last < first * 0.85, "\(first) \(last)")
    let losses = run.policies.map { $0.steps.map(\.exactLoss) }
    #expect(losses.joined().allSatisfy { $0 != nil })
    let alone = experiment(task, [.fp16AMP, .bf16Strict], steps: 40, threads: 1).run()
    #expect(alone.policies.map { $0.steps.map(\.exactLoss) } == losses)
  }

  @Test("Tensors of a step have names of their own, each with a gradient measured once")
  func names() throws {
    for task in try tasks() {
      let run = experiment(task, [.fp16AMP], steps: 1).run()
      for policy in run.policies {
        let tags = policy.tensors.filter { $0.mode == .trajectory }.map(\.tag)
        #expect(Set(tags).count == tags.count, "\(task.modelName)")
        #expect(policy.tensors.allSatisfy { $0.points.count == 1 }, "\(task.modelName)")
      }
    }
  }

  @Test("The description names the images; a digest tells sets apart")
  func description() throws {
    func description(seed: UInt64) throws -> ImageDescription {
      let data = NamedImages(
        generated: .shapes(side: 16, objects: 2), count: 8, seed: seed, threads: 1)
      return try #require(try TrainingTask.unet(data).images)
    }
    let first = try description(seed: 1)
    #expect(first.name == "shapes of 16 x 16, at most 2 objects, generated with seed 1")
    #expect(first.images == 8 && first.channels == 3 && first.height == 16 && first.width == 16)
    #expect(first.classes <= 4 && first.digest.count == 16)
    #expect(try description(seed: 1) == first)
    #expect(try description(seed: 2).digest != first.digest)
  }

  @Test("Images that a model cannot learn from are refused with the reason")
  func refusals() throws {
    func reason(_ body: () throws -> TrainingTask) -> String {
      do {
        _ = try body()
        return ""
      } catch {
        return "\(error)"
      }
    }
    let digits = NamedImages(generated: .digits, count: 20, seed: 1, threads: 1)
    #expect(reason { try .unet(digits) }.contains("no masks"))
    #expect(reason { try .detector(digits) }.contains("no boxes"))
    let shape = ImageShape(channels: 1, height: 18, width: 16)
    let box = ObjectBox(objectClass: 1, columns: 2..<5, rows: 3..<9)
    let scenes = NamedImages(
      name: "scene",
      images: ImageSet(
        shape: shape, pixels: [UInt8](repeating: 9, count: shape.count),
        masks: [UInt8](repeating: 1, count: shape.area),
        boxes: BoxTable(slots: 1, objects: [[box]])))
    #expect(reason { try .cnn(scenes) }.contains("no labels"))
    #expect(reason { try .unet(scenes) }.contains("multiples of 4"))
    #expect(reason { try .detector(scenes) }.contains("multiples of 4"))
  }

  @Test("A cell answers for the first object whose centre lies in it")
  func gridTargets() {
    let shape = ImageShape(channels: 1, height: 8, width: 12)
    let boxes = [
      ObjectBox(objectClass: 2, columns: 4..<8, rows: 5..<8),
      ObjectBox(objectClass: 1, columns: 5..<6, rows: 5..<6),
      ObjectBox(objectClass: 3, columns: 0..<3, rows: 0..<2),
    ]
    let targets = GridTargets([[], boxes], shape, cell: 4)
    #expect(targets.presence == [0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0])
    #expect(targets.cells == [6, 10] && targets.classes == [2, 1])
    let expected = [
      0.375, 0.25, (3.0 / 12).squareRoot(), (2.0 / 8).squareRoot(),
      0.5, 0.625, (4.0 / 12).squareRoot(), (3.0 / 8).squareRoot(),
    ]
    #expect(targets.boxes == expected)
  }
}
