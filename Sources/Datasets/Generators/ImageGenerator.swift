// SPDX-License-Identifier: Apache-2.0
import Randomness
import Threads

/// A source of images by index: the same index, seed and half give the same image, in any order
/// and on any thread.
protocol ImageGenerator: Sendable {
  /// The image at an index of a stream.
  func sample(_ index: Int, stream: RandomStream) -> ImageSample
}

/// One generated image with what it shows.
struct ImageSample: Sendable {
  /// The values, shape (channel, row, column).
  var pixels: [UInt8]
  /// The class of the image.
  var label: UInt8?
  /// The class of each pixel, shape (row, column).
  var mask: [UInt8]?
  /// The objects.
  var objects: [ObjectBox]?
}

/// The class of an index when each run of `count` indices, from 0, has every class once in a
/// random order.
func balancedClass(of index: Int, count: Int, stream: RandomStream) -> Int {
  let (run, position) = index.quotientAndRemainder(dividingBy: count)
  // Streams from the top down: those from the bottom up belong to the images.
  return EpochPermutation(count: count, stream: stream.stream(~UInt64(run)))(position)
}

/// The data sets that are generated.
package enum GeneratedSet: Sendable, Hashable {
  /// Written digits, 28 x 28 in grey, ten classes.
  case digits
  /// Scenes of circles, squares and triangles in colour, with masks and boxes: the rows and columns
  /// of an image, and the most objects in it.
  case shapes(side: Int, objects: Int)
  /// One of ten shapes in each image, 32 x 32 in colour: CIFAR-10 in shape.
  case shapes10

  /// How its files are laid out.
  package var layout: DataLayout { self == .shapes10 ? .cifar10 : .idx }

  /// The sizes of its images.
  package var shape: ImageShape {
    switch self {
    case .digits: DigitGenerator.shape
    case .shapes(let side, _): ImageShape(channels: 3, height: side, width: side)
    case .shapes10: ImageSet.cifarShape
    }
  }

  private var generator: any ImageGenerator {
    switch self {
    case .digits: DigitGenerator()
    case .shapes(let side, let objects): SceneGenerator(side: side, objectLimit: objects)
    case .shapes10: ShapeClassGenerator()
    }
  }

  /// The images of a range of indices. The halves of a data set share no image, whatever their
  /// sizes.
  ///
  /// - Precondition: the range is not empty.
  package func images(
    _ range: Range<Int>, split: ImageFolder.Split, seed: UInt64, threads: Int
  ) -> ImageSet {
    let generator = generator
    let half: UInt64 = split == .train ? 0 : 1
    let stream = RandomStream(seed: seed, purpose: .images).stream(half)
    let samples = concurrentMap(count: range.count, threads: threads) {
      generator.sample(range.lowerBound + $0, stream: stream)
    }
    let boxes = samples.compactMap(\.objects)
    let masks = samples.compactMap(\.mask)
    let labels = samples.compactMap(\.label)
    return ImageSet(
      shape: shape, pixels: samples.flatMap(\.pixels), labels: labels.isEmpty ? nil : labels,
      masks: masks.isEmpty ? nil : masks.flatMap(\.self),
      boxes: boxes.isEmpty ? nil : BoxTable(slots: objectLimit, objects: boxes))
  }

  private var objectLimit: Int {
    if case .shapes(_, let objects) = self { objects } else { 0 }
  }
}
