// SPDX-License-Identifier: Apache-2.0
import Randomness
import Threads

/// The examples of one step. B images, C channels, H rows, W columns.
package struct ImageBatch: Sendable, Equatable {
  /// The indices of the images in their set.
  let indices: [Int]
  /// The scaled values, shape (B, C, H, W).
  package let images: [Float]
  /// The class of each image, shape (B).
  let labels: [Int]?
  /// The class of each pixel, shape (B, H, W).
  let masks: [Int]?
  /// The objects of each image, B lists.
  package let objects: [[ObjectBox]]?
}

/// A sequence of batches that depends on the seed and the step alone. Every epoch is a permutation
/// of the whole set, and batches run on across its end: each has the same size, and each image is
/// seen once an epoch.
package struct ImageBatches: Sendable {
  let set: ImageSet
  let size: Int
  let scaling: PixelScaling
  let seed: UInt64

  /// The batches of `size` images of a set, its pixels scaled.
  package init(set: ImageSet, size: Int, scaling: PixelScaling, seed: UInt64) {
    self.set = set
    self.size = size
    self.scaling = scaling
    self.seed = seed
  }

  /// The indices of the images of a step, from 1.
  func indices(step: Int) -> [Int] {
    let first = (step - 1) * size
    var epoch = first / set.count
    var permutation = EpochPermutation(count: set.count, seed: seed, epoch: epoch)
    return (first..<first + size).map { example in
      if example / set.count != epoch {
        epoch = example / set.count
        permutation = EpochPermutation(count: set.count, seed: seed, epoch: epoch)
      }
      return permutation(example % set.count)
    }
  }

  /// The batch of a step, from 1.
  func batch(step: Int, threads: Int = 1) -> ImageBatch {
    batch(indices(step: step), threads: threads)
  }

  /// The batch of images by their indices, such as those of an evaluation in order.
  func batch(_ indices: [Int], threads: Int = 1) -> ImageBatch {
    ImageBatch(
      indices: indices,
      images: concatenated(indices, count: set.shape.count, threads: threads) {
        scaling.scale(set.pixels(ofImage: $0), shape: set.shape, into: $1)
      },
      labels: set.labels.map { labels in indices.map { Int(labels[$0]) } },
      masks: set.masks.map { masks in
        let area = set.shape.area
        return concatenated(indices, count: area, threads: threads) { image, target in
          for i in 0..<area { target[i] = Int(masks[image * area + i]) }
        }
      },
      objects: set.boxes.map { boxes in indices.map { boxes.objects(ofImage: $0) } })
  }

  /// What `body` writes for each image, `count` values, one image after the other.
  private func concatenated<Value>(
    _ indices: [Int], count: Int, threads: Int,
    _ body: (_ image: Int, _ target: UnsafeMutableBufferPointer<Value>) -> Void
  ) -> [Value] {
    [Value](unsafeUninitializedCapacity: indices.count * count) { values, initialized in
      let values = values
      let threads = min(threads, indices.count * count / Self.valuesPerThread)
      Parallel.bands(of: indices.count, threads) { _, some in
        for position in some {
          body(
            indices[position],
            UnsafeMutableBufferPointer(rebasing: values[position * count..<(position + 1) * count]))
        }
      }
      initialized = indices.count * count
    }
  }

  /// Values that are worth a thread of their own: some microseconds.
  private static let valuesPerThread = 1 << 13
}
