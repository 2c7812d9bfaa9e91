// SPDX-License-Identifier: Apache-2.0

/// The sizes of a tensor of images, stored (B, C, H, W): B images, C channels, H rows, W columns.
struct ImageSizes: Hashable, Sendable {
  var images: Int
  var channels: Int
  var height: Int
  var width: Int

  init(images: Int, channels: Int, height: Int, width: Int) {
    self.images = images
    self.channels = channels
    self.height = height
    self.width = width
  }

  /// The sizes of a tensor.
  ///
  /// - Precondition: it has four.
  init(_ tensor: Tensor) {
    let shape = tensor.shape
    precondition(shape.count == 4, "\(shape) are no sizes of images")
    self.init(images: shape[0], channels: shape[1], height: shape[2], width: shape[3])
  }

  /// The sizes as a tensor has them.
  var shape: [Int] { [images, channels, height, width] }
  /// The pixels of a plane.
  var area: Int { height * width }
  /// The values of an image.
  var imageCount: Int { channels * area }
  /// The values of a channel over all images.
  var channelCount: Int { images * area }
}
