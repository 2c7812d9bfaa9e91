// SPDX-License-Identifier: Apache-2.0
import Formats
import SoftFloat
import Threads

extension Kernel {
  /// The threads for `count` products of so many fused multiply-adds together.
  func bands(of count: Int, work: Int) -> Int {
    max(1, min(context.threads, count, work / TensorKernels.workPerThread))
  }

  /// The threads for each of so many bands.
  func threads(within bands: Int) -> Int { max(1, context.threads / bands) }

  /// A P(b) for each image b, A: (R, K) and P(b): (K, S) the matrix of windows on the image's
  /// planes; images are shared among threads.
  ///
  /// - Parameters:
  ///   - source: the images, of sizes `sizes`.
  ///   - filters: A, row-major.
  ///   - target: where the results go, of sizes `result`: R channels of S pixels.
  ///   - stored: what the filters and the images are.
  func convolve(
    _ source: UnsafePointer<N.Element>, _ sizes: ImageSizes, _ columns: WindowColumns,
    with filters: UnsafePointer<N.Element>, into target: UnsafeMutablePointer<N.Element>,
    _ result: ImageSizes, stored: (filters: StoredFormat, images: StoredFormat),
    _ accumulation: Accumulation
  ) {
    let terms = sizes.channels * columns.windowCount
    let positions = columns.positions
    let bands = bands(of: sizes.images, work: sizes.images * terms * result.imageCount)
    let threads = threads(within: bands)
    Parallel.bands(of: sizes.images, bands) { _, images in
      let together = columns.isIdentity ? 1 : Self.together(images.count, terms, positions)
      let width = together * positions
      let matrix = TensorBuffer<N.Element>(
        count: columns.isIdentity ? 0 : terms * width, pool: context.pool)
      let sums = TensorBuffer<N.Element>(
        count: together > 1 ? result.channels * width : 0, pool: context.pool)
      for first in stride(from: images.lowerBound, to: images.upperBound, by: together) {
        let count = min(together, images.upperBound - first)
        let planes = source + first * sizes.imageCount
        if !columns.isIdentity {
          for image in 0..<count {
            columns.fill(
              from: planes + image * sizes.imageCount, count: sizes.channels,
              to: matrix.elements + image * positions, stride: width)
          }
        }
        let target = target + first * result.imageCount
        N.Element.multiply(
          MatrixView(
            elements: filters, stored: stored.filters, stride: terms, isTransposed: false),
          MatrixView(
            elements: columns.isIdentity ? planes : UnsafePointer(matrix.elements),
            stored: stored.images, stride: width, isTransposed: false),
          into: MatrixTarget(
            elements: together > 1 ? sums.elements : target, stride: width),
          ProductSizes(
            shape: ProductShape(
              rows: result.channels, inner: terms, columns: count * positions)),
          accumulation: accumulation, threads: threads)
        guard together > 1 else { continue }
        let block = BlockCopy(
          rows: result.channels, columns: positions, sourceStride: width, targetStride: positions)
        for image in 0..<count {
          block.copy(sums.elements + image * positions, to: target + image * result.imageCount)
        }
      }
    }
  }

  /// How many of some images come into one matrix of windows: a product takes columns in vectors,
  /// of which the few positions of one image would fill the last one badly.
  private static func together(_ images: Int, _ terms: Int, _ positions: Int) -> Int {
    let most = max(1, min(images, maximumWindows / max(terms * positions, 1)))
    func padding(_ count: Int) -> Double {
      let columns = count * positions
      let sliver = Self.columnsTogether
      return Double((columns + sliver - 1) / sliver * sliver) / Double(columns)
    }
    return (1...most).min { padding($0) < padding($1) } ?? 1
  }

  /// The columns that a product of FP32 numbers computes together.
  private static var columnsTogether: Int { 32 }

  /// The elements of a matrix of windows on several images, half of a second cache level.
  private static var maximumWindows: Int { 1 << 17 }

  /// The sum over the images b, in ascending order, of G(b) P(b)ᵀ, G: (R, S) the planes of a
  /// gradient and P(b): (K, S) the matrix of windows on the image.
  ///
  /// Threads share the images, as they do elsewhere, and each finds in its cache what it wrote
  /// there; where images are fewer than threads, or products too large to be kept for the sum,
  /// threads share the channels.
  ///
  /// - Parameters:
  ///   - target: where the result goes, (R, K) row-major.
  ///   - stored: what the gradient and the images are.
  func correlate(
    _ source: UnsafePointer<N.Element>, _ sizes: ImageSizes, _ columns: WindowColumns,
    with gradient: UnsafePointer<N.Element>, _ gradientSizes: ImageSizes,
    into target: UnsafeMutablePointer<N.Element>,
    stored: (gradient: StoredFormat, images: StoredFormat), _ accumulation: Accumulation
  ) {
    let terms = sizes.channels * columns.windowCount
    let work = sizes.images * terms * gradientSizes.imageCount

    /// Writes the product of some channels of each image of a range, or adds it to what stands
    /// there.
    func multiply(
      _ images: Range<Int>, _ channels: Range<Int>, threads: Int,
      into target: (_ image: Int) -> (elements: UnsafeMutablePointer<N.Element>, isAdded: Bool)
    ) {
      let width = channels.count * columns.windowCount
      let matrix = TensorBuffer<N.Element>(
        count: columns.isIdentity ? 0 : width * columns.positions, pool: context.pool)
      for image in images {
        let planes = source + image * sizes.imageCount + channels.lowerBound * sizes.area
        if !columns.isIdentity {
          columns.fill(
            from: planes, count: channels.count, to: matrix.elements, stride: columns.positions)
        }
        let (elements, isAdded) = target(image)
        N.Element.multiply(
          MatrixView(
            elements: gradient + image * gradientSizes.imageCount, stored: stored.gradient,
            stride: columns.positions, isTransposed: false),
          MatrixView(
            elements: columns.isIdentity ? planes : UnsafePointer(matrix.elements),
            stored: stored.images, stride: columns.positions, isTransposed: true),
          into: MatrixTarget(
            elements: elements + channels.lowerBound * columns.windowCount, stride: terms,
            isAdded: isAdded),
          ProductSizes(
            shape: ProductShape(
              rows: gradientSizes.channels, inner: columns.positions, columns: width)),
          accumulation: accumulation, threads: threads)
      }
    }

    let count = gradientSizes.channels * terms
    let (bandsOfImages, bandsOfChannels) = (
      bands(of: sizes.images, work: work), bands(of: sizes.channels, work: work)
    )
    // The first band's images are the first of the sum; the others' products are kept until it is
    // done.
    let first = sizes.images / bandsOfImages
    guard bandsOfImages > 1, bandsOfImages >= bandsOfChannels,
      N.Element.holds(accumulation.resultFormat),
      (sizes.images - first) * count <= Self.maximumProducts
    else {
      let threads = threads(within: bandsOfChannels)
      Parallel.bands(of: sizes.channels, bandsOfChannels) { _, channels in
        multiply(0..<sizes.images, channels, threads: threads) { (target, $0 > 0) }
      }
      return
    }
    let products = TensorBuffer<N.Element>(
      count: (sizes.images - first) * count, pool: context.pool)
    Parallel.bands(of: sizes.images, bandsOfImages) { band, images in
      multiply(images, 0..<sizes.channels, threads: 1) {
        band == 0 ? (target, $0 > 0) : (products.elements + ($0 - first) * count, false)
      }
    }
    Parallel.bands(of: count, bandsOfImages) { _, range in
      for image in 0..<sizes.images - first {
        N.Element.add(
          products.elements + image * count + range.lowerBound, count: range.count,
          to: target + range.lowerBound, accumulation)
      }
    }
  }

  /// The elements of products that are kept at once, of a size with a second cache level.
  private static var maximumProducts: Int { 1 << 18 }
}
