// SPDX-License-Identifier: Apache-2.0

/// Batches of images as models read them.
package struct ImageExamples: BatchSource {
  /// What is to be predicted.
  package enum Target: Sendable {
    /// The class of each image.
    case labels
    /// The class of each pixel.
    case masks
    /// The objects.
    case objects

    /// The batch with what is to be predicted of it.
    func batch(_ images: ImageBatch) -> Minibatch {
      let targets: [Int]? =
        switch self {
        case .labels: images.labels
        case .masks: images.masks
        case .objects: nil
        }
      return Minibatch(size: images.indices.count, targets: targets ?? [], images: images)
    }
  }

  let batches: ImageBatches
  let target: Target

  package init(_ batches: ImageBatches, _ target: Target) {
    self.batches = batches
    self.target = target
  }

  package func batch(step: Int, threads: Int) -> Minibatch {
    target.batch(batches.batch(step: step, threads: threads))
  }
}

extension ImageSet {
  /// One more than the largest class of an image; nil without labels.
  package var labelClasses: Int? { labels.map { Int($0.max() ?? 0) + 1 } }
  /// One more than the largest class of a pixel; nil without masks.
  package var maskClasses: Int? { masks.map { Int($0.max() ?? 0) + 1 } }
  /// The largest class of an object; nil without boxes.
  package var objectClasses: Int? {
    boxes.map { boxes in
      stride(from: 0, to: boxes.values.count, by: BoxTable.fields)
        .reduce(1) { max($0, Int(boxes.values[$1])) }
    }
  }
}
