// SPDX-License-Identifier: Apache-2.0
import Formats

/// The exact cross-correlation of images and filters, as torch.nn.functional.conv2d has it without
/// a bias: y(n, o, i, j) = Σ x(n, c, i s + k - p, j s + l - p) w(o, c, k, l) over c, k and l, with
/// the stride s and zeros beyond the images.
///
/// As a product of the windows [OH OW x C KH KW] and the filters, S = Σ|x w| with n = C KH KW terms
/// and T = 0. Specials are those of sums of products, in which the padding's zeros take part: next
/// to an infinite weight they make a NaN, which a kernel that skips them does not.
package struct ExactConvolution: Sendable {
  package let shape: Shape
  private let images: EncodedMatrix
  private let filters: EncodedMatrix

  /// The convolution of images, C planes each [N C x H W], with filters [O x C KH KW]; throws a
  /// `ReductionFailure` where they do not have the shape, no filter fits into an image, or there is
  /// padding and the format has no zero.
  package init(
    _ images: EncodedMatrix, _ filters: EncodedMatrix, _ shape: Shape
  ) throws(ReductionFailure) {
    guard shape.isPossible else { throw ReductionFailure("no filter fits into an image: \(shape)") }
    guard images.rows == shape.images * shape.channels,
      images.columns == shape.height * shape.width, filters.rows == shape.filters,
      filters.columns == shape.terms
    else {
      throw ReductionFailure(
        "the images are \(images.rows) x \(images.columns) and the filters \(filters.rows) x "
          + "\(filters.columns): \(shape)")
    }
    guard shape.padding == 0 || images.format.hasZero else {
      throw ReductionFailure("images without a zero have no padding")
    }
    guard shape.terms <= AlignedRows.longest else {
      throw ReductionFailure(
        "a sum has \(shape.terms) terms; at most \(AlignedRows.longest) are added exactly")
    }
    (self.images, self.filters, self.shape) = (images, filters, shape)
  }

  /// n, the terms of an output.
  package var terms: Int { shape.terms }

  /// The outputs of some images [images x O x OH x OW]: threads share the images out.
  ///
  /// - Precondition: there are such images.
  package func values(ofImages range: Range<Int>) throws(ReductionFailure) -> [ExactOutput] {
    precondition(range.lowerBound >= 0 && range.upperBound <= shape.images, "images \(range)")
    let windows = shape.outputHeight * shape.outputWidth
    let weights = Gathered(filters.format, rows: shape.terms, columns: shape.filters) {
      filters[$1, $0]
    }
    var outputs: [ExactOutput] = []
    outputs.reserveCapacity(range.count * shape.filters * windows)
    for image in range {
      let gathered = Gathered(images.format, rows: windows, columns: shape.terms) { window, term in
        pixel(image, window: window, term: term)
      }
      let product = try ExactProduct(gathered.matrix, weights.matrix).values(ofRows: 0..<windows)
      for filter in 0..<shape.filters {
        for window in 0..<windows {
          outputs.append(ExactOutput(value: product[window * shape.filters + filter]))
        }
      }
      withExtendedLifetime((gathered, weights)) {}
    }
    return outputs
  }

  /// The encoding that a weight of a filter meets in a window.
  private func pixel(_ image: Int, window: Int, term: Int) -> UInt32 {
    let (row, column) = window.quotientAndRemainder(dividingBy: shape.outputWidth)
    let (rest, across) = term.quotientAndRemainder(dividingBy: shape.filterWidth)
    let (channel, down) = rest.quotientAndRemainder(dividingBy: shape.filterHeight)
    let y = row * shape.stride + down - shape.padding
    let x = column * shape.stride + across - shape.padding
    guard (0..<shape.height).contains(y), (0..<shape.width).contains(x) else { return 0 }
    return images[image * shape.channels + channel, y * shape.width + x]
  }
}

/// A matrix of encodings in memory of its own, which lasts as long as the object.
private final class Gathered {
  let matrix: EncodedMatrix
  private let memory: UnsafeMutableRawPointer

  init(_ format: Format, rows: Int, columns: Int, _ encoding: (_ row: Int, _ column: Int) -> UInt32)
  {
    let element = KernelElement(format)
    let bytes = rows * columns * element.size
    memory = .allocate(byteCount: max(1, bytes), alignment: element.size)
    element.fill(memory, count: rows * columns) { UInt64(encoding($0 / columns, $0 % columns)) }
    let buffer = UnsafeRawBufferPointer(start: memory, count: bytes)
    guard let matrix = EncodedMatrix(buffer, format, rows: rows, columns: columns) else {
      preconditionFailure("the memory was made for the matrix")
    }
    self.matrix = matrix
  }

  deinit { memory.deallocate() }
}
