// SPDX-License-Identifier: Apache-2.0

extension ExactConvolution {
  /// The sizes of a convolution of images [N x C x H x W] with filters [O x C x KH x KW]; its output
  /// is N x O x OH x OW.
  package struct Shape: Hashable, Sendable {
    package let images: Int
    package let channels: Int
    package let height: Int
    package let width: Int
    package let filters: Int
    package let filterHeight: Int
    package let filterWidth: Int
    /// The distance of neighbouring windows, and the zeros on every side [pixels].
    package let stride: Int
    package let padding: Int

    package init(
      images: Int, channels: Int, height: Int, width: Int, filters: Int, filterHeight: Int,
      filterWidth: Int, stride: Int = 1, padding: Int = 0
    ) {
      (self.images, self.channels, self.height, self.width) = (images, channels, height, width)
      (self.filters, self.filterHeight, self.filterWidth) = (filters, filterHeight, filterWidth)
      (self.stride, self.padding) = (stride, padding)
    }

    /// OH and OW.
    package var outputHeight: Int { (height + 2 * padding - filterHeight) / stride + 1 }
    package var outputWidth: Int { (width + 2 * padding - filterWidth) / stride + 1 }
    /// C KH KW, the terms of an output.
    package var terms: Int { channels * filterHeight * filterWidth }

    /// Whether a filter fits into a padded image.
    var isPossible: Bool {
      images >= 0 && channels >= 0 && height >= 0 && width >= 0 && filters >= 0 && filterHeight > 0
        && filterWidth > 0 && stride > 0 && padding >= 0 && filterHeight <= height + 2 * padding
        && filterWidth <= width + 2 * padding
    }
  }
}
