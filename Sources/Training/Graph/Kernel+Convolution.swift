// SPDX-License-Identifier: Apache-2.0
import SoftFloat

extension Kernel {
  /// The threads for `count` products of so many fused multiply-adds together.
  func bands(of count: Int, work: Int) -> Int {
    max(1, min(context.threads, count, work / TensorKernels.workPerThread))
  }

  /// A P(b) for each image b, A: (R, K) and P(b): (K, S) the matrix of windows on the image's planes;
  /// images are shared among threads.
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
    let product = ProductSizes(
      shape: ProductShape(rows: result.channels, inner: terms, columns: columns.positions))
    let bands = bands(of: sizes.images, work: sizes.images * terms * result.imageCount)
    let threads = context.threads / bands
    Parallel.bands(of: sizes.images, bands) { _, images in
      let matrix = TensorBuffer<N.Element>(
        count: columns.isIdentity ? 0 : terms * columns.positions, pool: context.pool)
      for image in images {
        let planes = source + image * sizes.imageCount
        if !columns.isIdentity {
          columns.fill(from: planes, count: sizes.channels, to: matrix.elements)
        }
        N.Element.multiply(
          MatrixView(
            elements: filters, stored: stored.filters, stride: terms, isTransposed: false),
          MatrixView(
            elements: columns.isIdentity ? planes : UnsafePointer(matrix.elements),
            stored: stored.images, stride: columns.positions, isTransposed: false),
          into: MatrixTarget(
            elements: target + image * result.imageCount, stride: columns.positions),
          product, accumulation: accumulation, threads: threads)
      }
    }
  }

  /// The sum over the images b, in ascending order, of G(b) P(b)ᵀ, G: (R, S) the planes of a gradient
  /// and P(b): (K, S) the matrix of windows on the image; channels are shared among threads.
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
    let bands = bands(of: sizes.channels, work: sizes.images * terms * gradientSizes.imageCount)
    let threads = context.threads / bands
    Parallel.bands(of: sizes.channels, bands) { _, channels in
      let width = channels.count * columns.windowCount
      let product = ProductSizes(
        shape: ProductShape(
          rows: gradientSizes.channels, inner: columns.positions, columns: width))
      let matrix = TensorBuffer<N.Element>(
        count: columns.isIdentity ? 0 : width * columns.positions, pool: context.pool)
      for image in 0..<sizes.images {
        let planes = source + image * sizes.imageCount + channels.lowerBound * sizes.area
        if !columns.isIdentity {
          columns.fill(from: planes, count: channels.count, to: matrix.elements)
        }
        N.Element.multiply(
          MatrixView(
            elements: gradient + image * gradientSizes.imageCount, stored: stored.gradient,
            stride: columns.positions, isTransposed: false),
          MatrixView(
            elements: columns.isIdentity ? planes : UnsafePointer(matrix.elements),
            stored: stored.images, stride: columns.positions, isTransposed: true),
          into: MatrixTarget(
            elements: target + channels.lowerBound * columns.windowCount, stride: terms,
            isAdded: image > 0),
          product, accumulation: accumulation, threads: threads)
      }
    }
  }
}
