// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Datasets
@testable import Models
@testable import Network
@testable import Policies
@testable import Randomness
@testable import Twins

@Suite("Images in batches")
struct BatchTests {
  @Test("Every epoch is a permutation, and epochs and seeds differ")
  func permutation() {
    for count in [1, 2, 3, 4, 5, 7, 64, 65, 1_000, 4_097] {
      for epoch in 0..<3 {
        let permutation = EpochPermutation(count: count, seed: 1, epoch: epoch)
        let indices = (0..<count).map { permutation($0) }
        #expect(indices.sorted() == Array(0..<count), "\(count)")
      }
    }
    func first(_ seed: UInt64, _ epoch: Int) -> [Int] {
      let permutation = EpochPermutation(count: 1_000, seed: seed, epoch: epoch)
      return (0..<20).map { permutation($0) }
    }
    #expect(first(1, 0) != first(1, 1) && first(1, 0) != first(2, 0))
    #expect(first(1, 0) == first(1, 0))
  }

  @Test("Over many epochs each index comes to each position equally often")
  func uniformity() {
    let (count, epochs) = (5, 20_000)
    var counts = [Int](repeating: 0, count: count * count)
    for epoch in 0..<epochs {
      let permutation = EpochPermutation(count: count, seed: 7, epoch: epoch)
      for position in 0..<count { counts[position * count + permutation(position)] += 1 }
    }
    let expected = Double(epochs / count)
    let statistic = counts.map { (Double($0) - expected) * (Double($0) - expected) / expected }
      .reduce(0, +)
    // Chi-squared with 16 degrees of freedom: 39.3 is exceeded with probability 0.001.
    #expect(statistic < 39.3, "\(statistic)")
  }

  /// Five images of two pixels, (i, 255 - i), labelled i.
  private func set() -> ImageSet {
    ImageSet(
      shape: ImageShape(channels: 1, height: 1, width: 2),
      pixels: (0..<5).flatMap { [UInt8($0), 255 - UInt8($0)] }, labels: Array(0..<5),
      masks: (0..<5).flatMap { [UInt8($0), 0] })
  }

  @Test("Batches of any size see each image once an epoch, with its own label and mask")
  func epochs() {
    let set = set()
    for size in [1, 2, 3, 5, 7, 11] {
      let batches = ImageBatches(
        set: set, size: size, scaling: .unit(channels: 1), seed: 3)
      var seen: [Int] = []
      for step in 1...5 {
        let batch = batches.batch(step: step)
        #expect(batch == batches.batch(step: step))
        #expect(batch.indices.count == size && batch.labels == batch.indices)
        #expect(batch.masks == batch.indices.flatMap { [$0, 0] })
        for (place, index) in batch.indices.enumerated() {
          #expect(batch.images[2 * place] == Float(index) / 255)
          #expect(batch.images[2 * place + 1] == Float(255 - index) / 255)
        }
        seen += batch.indices
      }
      for epoch in stride(from: 0, to: seen.count - seen.count % 5, by: 5) {
        #expect(seen[epoch..<epoch + 5].sorted() == [0, 1, 2, 3, 4], "\(size)")
      }
    }
  }

  private func scaled(
    _ pixels: ArraySlice<UInt8>, _ shape: ImageShape, _ scaling: PixelScaling
  ) -> [Float] {
    [Float](unsafeUninitializedCapacity: shape.count) { target, count in
      scaling.scale(pixels, shape: shape, into: target)
      count = shape.count
    }
  }

  @Test("A batch is the same on any number of threads, image by image what its set has")
  func threads() {
    let shape = ImageShape(channels: 3, height: 40, width: 40)
    func bytes(_ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0 &* 31 >> 3) }
    }
    let set = ImageSet(
      shape: shape, pixels: bytes(9 * shape.count), masks: bytes(9 * shape.area).map { $0 % 4 })
    let batches = ImageBatches(set: set, size: 7, scaling: .unit(channels: 3), seed: 5)
    for step in 1...3 {
      let batch = batches.batch(step: step)
      for threads in [2, 3, 8] {
        #expect(batches.batch(step: step, threads: threads) == batch)
      }
      for (position, image) in batch.indices.enumerated() {
        let values = batch.images[position * shape.count..<(position + 1) * shape.count]
        let classes = batch.masks?[position * shape.area..<(position + 1) * shape.area]
        #expect(zip(values, set.pixels(ofImage: image)).allSatisfy { $0 == Float($1) / 255 })
        #expect(classes.map(Array.init) == set.mask(ofImage: image)?.map { Int($0) })
      }
    }
  }

  @Test("Standardized values have mean 0 and deviation 1, rounded once")
  func scaling() {
    let shape = ImageShape(channels: 3, height: 4, width: 4)
    let pixels = (0..<2 * shape.count).map { index in
      // The last channel is constant.
      index % shape.count >= 32 ? 9 : UInt8(truncatingIfNeeded: index &* index &* 31)
    }
    let set = ImageSet(shape: shape, pixels: pixels, labels: [0, 1])
    let scaling = PixelScaling(standardizing: set)
    for channel in 0..<3 {
      let values = (0..<2).flatMap { image in
        scaled(set.pixels(ofImage: image), shape, scaling)[channel * 16..<(channel + 1) * 16]
      }.map { Double($0) }
      let mean = values.reduce(0, +) / 32
      let variance = values.map { $0 * $0 }.reduce(0, +) / 32
      #expect(abs(mean) < 1e-6)
      #expect(channel == 2 ? variance == 0 : abs(variance - 1) < 1e-6, "\(channel)")
    }
    let given = PixelScaling(mean: [0.1307], deviation: [0.3081])
    let grey = ImageShape(channels: 1, height: 1, width: 3)
    let expected = [0.0, 128, 255].map { (x: Double) in Float((x / 255 - 0.1307) / 0.3081) }
    #expect(scaled([0, 128, 255], grey, given) == expected)
  }
}
