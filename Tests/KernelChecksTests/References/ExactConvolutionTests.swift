// SPDX-License-Identifier: Apache-2.0
import Formats
import Testing

@testable import KernelChecks

@Suite("Exact convolutions")
struct ExactConvolutionTests {
  private func convolution(
    _ images: [Double], _ filters: [Double], _ shape: ExactConvolution.Shape,
    _ format: Format = .fp32,
    filterFormat: Format = .fp32
  ) throws -> [ExactOutput] {
    let (planes, pixels) = (shape.images * shape.channels, shape.height * shape.width)
    return try ReferenceOracle.with(images, format, rows: planes, columns: pixels) { images in
      try ReferenceOracle.with(
        filters, filterFormat, rows: shape.filters, columns: shape.terms
      ) { filters in
        try ExactConvolution(#require(images), #require(filters), shape)
          .values(ofImages: 0..<shape.images)
      }
    }
  }

  @Test("By hand: a 3 x 3 image with a 2 x 2 filter, that is not turned around")
  func hand() throws {
    let image: [Double] = [1, 2, 3, 4, 5, 6, 7, 8, 9]
    let filter: [Double] = [1, 10, 100, -1000]
    var shape = ExactConvolution.Shape(
      images: 1, channels: 1, height: 3, width: 3, filters: 1, filterHeight: 2, filterWidth: 2)
    #expect(
      try convolution(image, filter, shape).map(\.value.high) == [-4579, -5468, -7246, -8135])
    #expect(
      try convolution(image, filter, shape).map(\.value.magnitudes) == [5421, 6532, 8754, 9865])
    shape = ExactConvolution.Shape(
      images: 1, channels: 1, height: 3, width: 3, filters: 1, filterHeight: 2, filterWidth: 2,
      stride: 2, padding: 1)
    #expect(
      try convolution(image, filter, shape).map(\.value.high) == [-1000, -2800, -6960, -8135])
  }

  /// The terms of an output by the definition, from the padded image.
  private func terms(
    _ images: [Double], _ filters: [Double], _ s: ExactConvolution.Shape, _ place: [Int]
  ) -> (x: [Double], w: [Double]) {
    var (x, w): ([Double], [Double]) = ([], [])
    for c in 0..<s.channels {
      for k in 0..<s.filterHeight {
        for l in 0..<s.filterWidth {
          let (i, j) = (place[2] * s.stride + k - s.padding, place[3] * s.stride + l - s.padding)
          let isInside = i >= 0 && i < s.height && j >= 0 && j < s.width
          x.append(
            isInside ? images[((place[0] * s.channels + c) * s.height + i) * s.width + j] : 0)
          w.append(
            filters[((place[1] * s.channels + c) * s.filterHeight + k) * s.filterWidth + l])
        }
      }
    }
    return (x, w)
  }

  @Test("Every output is MPFR's sum of its terms, with strides, padding and unlike sides")
  func definition() throws {
    var numbers = TestNumbers(11)
    for (format, filterFormat) in [(Format.fp32, Format.fp32), (.fp16, .fp16), (.bf16, .e4m3)] {
      for (stride, padding) in [(1, 0), (2, 1), (3, 2)] {
        let s = ExactConvolution.Shape(
          images: 2, channels: 3, height: 5, width: 7, filters: 2, filterHeight: 2, filterWidth: 3,
          stride: stride, padding: padding)
        let images = (0..<2 * 3 * 5 * 7).map { _ in
          format.value(of: numbers.encoding(format, within: 6))
        }
        let filters = (0..<2 * s.terms).map { _ in
          filterFormat.value(of: numbers.encoding(filterFormat, within: 6))
        }
        let outputs = try convolution(images, filters, s, format, filterFormat: filterFormat)
        // torch.nn.functional.conv2d's sizes.
        let sizes = [(4, 5), (3, 4), (3, 3)][stride - 1]
        try #require((s.outputHeight, s.outputWidth) == sizes)
        try #require(outputs.count == 2 * 2 * sizes.0 * sizes.1)
        for (index, output) in outputs.enumerated() {
          let (rest, column) = index.quotientAndRemainder(dividingBy: s.outputWidth)
          let (plane, row) = rest.quotientAndRemainder(dividingBy: s.outputHeight)
          let (x, w) = terms(images, filters, s, [plane / 2, plane % 2, row, column])
          #expect(ReductionOracle.agrees(output.value, ReductionOracle.dot(x, w)), "\(index)")
          let magnitudes = ReductionOracle.dot(x.map(\.magnitude), w.map(\.magnitude)).double
          #expect((output.value.magnitudes - magnitudes).magnitude <= magnitudes * 20 * 0x1p-53)
          #expect(output.allowance == 0)
        }
      }
    }
  }

  @Test("Specials reach the windows that they are in; the padding's zeros are numbers")
  func specials() throws {
    let shape = ExactConvolution.Shape(
      images: 1, channels: 1, height: 1, width: 3, filters: 1, filterHeight: 1, filterWidth: 2,
      padding: 0)
    let outputs = try convolution([1, 2, .infinity], [1, -1], shape).map(\.value.high)
    #expect(outputs == [-1, -.infinity])
    #expect(try convolution([1, 2, .infinity], [1, 0], shape)[1].value.high.isNaN)
    let padded = ExactConvolution.Shape(
      images: 1, channels: 1, height: 1, width: 1, filters: 1, filterHeight: 3, filterWidth: 1,
      padding: 1)
    #expect(padded.outputHeight == 1 && padded.outputWidth == 3)
    let values = try convolution([1], [.infinity, 1, 1], padded).map(\.value.high)
    #expect(values.allSatisfy { $0.isNaN })
  }

  @Test("Images and filters of another shape are refused, and filters that fit nowhere")
  func failures() throws {
    let s = ExactConvolution.Shape(
      images: 1, channels: 1, height: 2, width: 2, filters: 1, filterHeight: 3, filterWidth: 1)
    #expect(throws: ReductionFailure.self) { try convolution([1, 2, 3, 4], [1, 2, 3], s) }
    try ReferenceOracle.with([1, 2, 3, 4], rows: 2, columns: 2) { matrix in
      let x = try #require(matrix)
      let fits = ExactConvolution.Shape(
        images: 1, channels: 1, height: 2, width: 2, filters: 2, filterHeight: 1, filterWidth: 2)
      #expect(throws: ReductionFailure.self) { try ExactConvolution(x, x, fits) }
      let stops = ExactConvolution.Shape(
        images: 2, channels: 1, height: 1, width: 2, filters: 2, filterHeight: 1, filterWidth: 2,
        stride: 0)
      #expect(throws: ReductionFailure.self) { try ExactConvolution(x, x, stops) }
    }
  }
}
