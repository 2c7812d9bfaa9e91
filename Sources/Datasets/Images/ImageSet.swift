// SPDX-License-Identifier: Apache-2.0

/// The sizes of one image, stored (channel, row, column).
package struct ImageShape: Sendable, Hashable {
  /// Planes: 1 for grey, 3 for red, green and blue.
  package var channels: Int
  /// Rows.
  package var height: Int
  /// Columns.
  package var width: Int

  /// The shape.
  package init(channels: Int, height: Int, width: Int) {
    self.channels = channels
    self.height = height
    self.width = width
  }

  /// Values of an image.
  package var count: Int { channels * area }
  /// Pixels of a plane.
  package var area: Int { height * width }
}

/// Images of one shape with what there is to learn about them: a class for each image, a class for
/// each pixel, objects with boxes, or several of these.
package struct ImageSet: Sendable, Hashable {
  /// The sizes of every image.
  package let shape: ImageShape
  /// The values, shape (image, channel, row, column).
  package let pixels: [UInt8]
  /// The class of each image.
  package let labels: [UInt8]?
  /// The class of each pixel, shape (image, row, column); 0 is the background.
  package let masks: [UInt8]?
  /// The objects of each image.
  package let boxes: BoxTable?

  /// The set.
  ///
  /// - Precondition: all parts speak of the same number of images, at least one, and boxes lie
  ///   inside them.
  package init(
    shape: ImageShape, pixels: [UInt8], labels: [UInt8]? = nil, masks: [UInt8]? = nil,
    boxes: BoxTable? = nil
  ) {
    let count = pixels.count / shape.count
    precondition(count > 0 && pixels.count == count * shape.count, "\(pixels.count) pixels")
    precondition(labels.map { $0.count == count } ?? true, "\(count) images, labels differ")
    precondition(masks.map { $0.count == count * shape.area } ?? true, "masks of another size")
    precondition(boxes.map { $0.imageCount == count } ?? true, "\(count) images, boxes differ")
    precondition(boxes?.firstFault(in: shape) == nil, "a box that is none")
    self.shape = shape
    self.pixels = pixels
    self.labels = labels
    self.masks = masks
    self.boxes = boxes
  }

  /// The number of images.
  package var count: Int { pixels.count / shape.count }

  /// The values of one image, shape (channel, row, column).
  package func pixels(ofImage index: Int) -> ArraySlice<UInt8> {
    pixels[index * shape.count..<(index + 1) * shape.count]
  }

  /// The classes of one image's pixels, shape (row, column), nil without masks.
  package func mask(ofImage index: Int) -> ArraySlice<UInt8>? {
    masks?[index * shape.area..<(index + 1) * shape.area]
  }

  /// The first images, at most `count`.
  package func prefix(_ count: Int) -> ImageSet {
    let count = min(count, self.count)
    return ImageSet(
      shape: shape, pixels: Array(pixels.prefix(count * shape.count)),
      labels: labels.map { Array($0.prefix(count)) },
      masks: masks.map { Array($0.prefix(count * shape.area)) },
      boxes: boxes.map {
        BoxTable(
          slots: $0.slots, values: Array($0.values.prefix(count * $0.slots * BoxTable.fields)))
      })
  }

  /// The images of several sets one after the other.
  ///
  /// - Precondition: there is a set, and all have the first one's shape and parts.
  package init(joining sets: [ImageSet]) {
    let slots = sets.compactMap(\.boxes?.slots).max()
    self.init(
      shape: sets[0].shape, pixels: sets.flatMap(\.pixels),
      labels: sets[0].labels.map { _ in sets.flatMap { $0.labels ?? [] } },
      masks: sets[0].masks.map { _ in sets.flatMap { $0.masks ?? [] } },
      boxes: slots.map { slots in
        BoxTable(slots: slots, values: sets.flatMap { $0.boxes?.values ?? [] })
      })
  }
}
