// SPDX-License-Identifier: Apache-2.0
import Datasets
import Measurements
import Network
import TensorFiles

/// Images with the name that a report calls them by.
package struct NamedImages: Sendable {
  /// The name of the folder, or of the generated set with what determines it.
  package let name: String
  /// The images to learn from.
  package let images: ImageSet
  /// The images to be judged by; nil where the others serve for that too.
  package let test: ImageSet?

  /// The images of a name.
  package init(name: String, images: ImageSet, test: ImageSet? = nil) {
    self.name = name
    self.images = images
    self.test = test
  }

  /// A generated set.
  package init(generated set: GeneratedSet, count: Int, seed: UInt64, threads: Int) {
    let parts =
      switch set {
      case .digits: "digits"
      case .shapes(let side, let objects): "shapes of \(side) x \(side), at most \(objects) objects"
      case .shapes10: "shapes10"
      }
    self.init(
      name: "\(parts), generated with seed \(seed)",
      images: set.images(0..<count, split: .train, seed: seed, threads: threads),
      test: set.images(
        0..<TrainingTask.evaluationSize.images, split: .test, seed: seed, threads: threads))
  }

  /// The description with the classes that a model tells apart.
  func description(classes: Int) -> ImageDescription {
    let shape = images.shape
    let parts = [images.pixels, images.labels ?? [], images.masks ?? []]
    let boxes = (images.boxes?.values ?? []).flatMap {
      [UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)]
    }
    let content = FileContents(path: name, bytes: Array(parts.joined()) + boxes)
    return ImageDescription(
      name: name, images: images.count, channels: shape.channels, height: shape.height,
      width: shape.width, classes: classes, digest: content.digest)
  }

  /// The number of classes of both sets by a count of one; nil where the images to learn from have
  /// none.
  ///
  /// A class that is only in the examples to be judged by has a logit too, which training lowers.
  fileprivate func classes(_ count: (ImageSet) -> Int?) -> Int? {
    count(images).map { max($0, test.flatMap(count) ?? 0) }
  }

  /// The problem that a model has with these images.
  fileprivate func problem(_ reason: String) -> TensorFileProblem {
    TensorFileProblem(path: name, reason: reason)
  }
}

extension TrainingTask {
  /// The names of the models that learn from images.
  package static let imageModelNames = [ResidualNetwork.name, UNet.name, GridDetector.name]

  /// The generated images that a model learns from where it is given none, and how many of them;
  /// nil for a language model.
  package static func generatedImages(forModel name: String) -> (set: GeneratedSet, count: Int)? {
    switch name {
    case ResidualNetwork.name: (.shapes10, 4096)
    case UNet.name, GridDetector.name: (.shapes(side: 32, objects: 3), 2048)
    default: nil
    }
  }

  /// The image model of a name; nil for another name.
  ///
  /// - Throws: `TensorFileProblem` when it cannot learn from the images.
  package static func vision(
    _ name: String, _ data: NamedImages, _ sizes: Sizes = Sizes()
  ) throws(TensorFileProblem) -> TrainingTask? {
    // The width is that of the first stage; deeper ones have multiples of it.
    func widths(_ first: Int, _ multiples: Int...) -> [Int] {
      multiples.map { $0 * (sizes.width ?? first) }
    }
    switch name {
    case ResidualNetwork.name:
      return try .cnn(
        data, batch: sizes.batch ?? 32, widths: widths(16, 1, 2, 4), blocks: sizes.depth ?? 2,
        layers: sizes.layers)
    case UNet.name:
      return try .unet(
        data, batch: sizes.batch ?? 16, widths: widths(8, 1, 2, 4), layers: sizes.layers)
    case GridDetector.name:
      return try .detector(
        data, batch: sizes.batch ?? 16, widths: widths(16, 1, 2, 4, 4), layers: sizes.layers)
    default: return nil
    }
  }

  /// A residual network that tells the classes of images.
  ///
  /// - Throws: `TensorFileProblem` when the images have no labels or only one class.
  package static func cnn(
    _ data: NamedImages, batch: Int = 32, widths: [Int] = [16, 32, 64], blocks: Int = 2,
    layers: LayerChoices = LayerChoices()
  ) throws(TensorFileProblem) -> TrainingTask {
    guard let classes = data.classes(\.labelClasses) else {
      throw data.problem("no labels: \(ResidualNetwork.name) wants the class of each image")
    }
    guard classes > 1 else { throw data.problem("one class alone: there is nothing to predict") }
    let model = ResidualNetwork(
      shape: data.images.shape, classes: classes, widths: widths, blocks: blocks, layers: layers)
    return TrainingTask(
      model, ResidualNetwork.name, data, .labels, batch: batch, classes: classes)
  }

  /// A U-Net that tells the classes of pixels.
  ///
  /// - Throws: `TensorFileProblem` when the images have no masks, only one class, or sizes that
  /// cannot be
  ///   halved often enough.
  package static func unet(
    _ data: NamedImages, batch: Int = 16, widths: [Int] = [8, 16, 32],
    layers: LayerChoices = LayerChoices()
  ) throws(TensorFileProblem) -> TrainingTask {
    guard let classes = data.classes(\.maskClasses) else {
      throw data.problem("no masks: \(UNet.name) wants the class of each pixel")
    }
    guard classes > 1 else { throw data.problem("one class alone: there is nothing to predict") }
    let model = UNet(shape: data.images.shape, classes: classes, widths: widths, layers: layers)
    try data.checkSizes(divisor: model.divisor, UNet.name)
    return TrainingTask(model, UNet.name, data, .masks, batch: batch, classes: classes)
  }

  /// A detector of objects on a grid.
  ///
  /// - Throws: `TensorFileProblem` when the images have no boxes, or rows or columns that are no
  ///   multiple of the grid's cell.
  package static func detector(
    _ data: NamedImages, batch: Int = 16, widths: [Int] = [16, 32, 64, 64],
    layers: LayerChoices = LayerChoices()
  ) throws(TensorFileProblem) -> TrainingTask {
    guard let classes = data.classes(\.objectClasses) else {
      throw data.problem("no boxes: \(GridDetector.name) wants the objects of each image")
    }
    let model = GridDetector(
      shape: data.images.shape, classes: classes, widths: widths, layers: layers)
    try data.checkSizes(divisor: GridDetector.cell, GridDetector.name)
    return TrainingTask(model, GridDetector.name, data, .objects, batch: batch, classes: classes)
  }

  private init(
    _ model: any Model, _ name: String, _ data: NamedImages, _ target: ImageExamples.Target,
    batch: Int, classes: Int
  ) {
    let scaling = PixelScaling(standardizing: data.images)
    self.init(
      model: model,
      batches: {
        ImageExamples(
          ImageBatches(set: data.images, size: batch, scaling: scaling, seed: $0), target)
      },
      evaluation: {
        ExampleSet.images(
          (data.test ?? data.images).prefix(Self.evaluationSize.images), scaling, target,
          batch: batch)
      },
      isHeldOut: data.test != nil, modelName: name, batch: batch,
      images: data.description(classes: classes))
  }
}

extension NamedImages {
  fileprivate func checkSizes(divisor: Int, _ model: String) throws(TensorFileProblem) {
    let (height, width) = (images.shape.height, images.shape.width)
    guard height % divisor == 0, width % divisor == 0 else {
      throw problem(
        "images of \(height) x \(width): \(model) wants rows and columns that are multiples of "
          + "\(divisor)")
    }
  }
}
