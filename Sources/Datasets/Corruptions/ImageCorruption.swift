// SPDX-License-Identifier: Apache-2.0
import Randomness
import Threads

/// Ways to spoil images for an evaluation away from the training data, each at five severities. All
/// are integer arithmetic: the same bytes everywhere.
package enum ImageCorruption: String, Sendable, CaseIterable {
  /// y = x + s z, z nearly normal with variance 1, s = 10, 20, 40, 60, 90 of 255. The same z at
  /// every severity.
  case noise
  /// 1, 2, 4, 8 or 16 passes of (1/4, 1/2, 1/4) along rows and columns, edges repeated: a binomial
  /// kernel, whose variance is half the passes in pixels squared.
  case blur
  /// y = m + (x - m) k/16, k = 12, 9, 6, 4, 2, m the mean of all values of the image.
  case contrast

  /// Mild to strong.
  package static let severities = 1...5

  /// The values of an image after the corruption; `index` and `seed` choose the noise.
  ///
  /// - Precondition: the severity is one of `severities`, and the values are those of the shape.
  package func applied(
    to pixels: ArraySlice<UInt8>, shape: ImageShape, severity: Int, seed: UInt64, index: Int
  ) -> [UInt8] {
    precondition(Self.severities.contains(severity), "severity \(severity)")
    precondition(pixels.count == shape.count, "\(pixels.count) values, not \(shape.count)")
    switch self {
    case .noise:
      let stream = RandomStream(seed: seed, purpose: .corruption).stream(UInt64(index))
      return Self.noisy(pixels, deviation: [10, 20, 40, 60, 90][severity - 1], stream)
    case .blur: return Self.blurred(pixels, shape, passes: 1 << (severity - 1))
    case .contrast: return Self.faded(pixels, sixteenths: [12, 9, 6, 4, 2][severity - 1])
    }
  }

  /// The sum of four 16-bit numbers u of one random word has the mean 2 (2^16 - 1) and the variance
  /// (2^32 - 1)/3, whose root is 37,837.2.
  private static let wordMean = 131_070
  private static let wordDeviation = 37_837

  private static func noisy(
    _ pixels: ArraySlice<UInt8>, deviation: Int, _ stream: RandomStream
  ) -> [UInt8] {
    pixels.enumerated().map { index, value in
      let word = stream.bits(UInt64(index))
      let sum = stride(from: 0 as UInt64, to: 64, by: 16).reduce(0) {
        $0 + Int(word >> $1 & 0xffff)
      }
      return clamped(Int(value) + rounded(deviation * (sum - wordMean), over: wordDeviation))
    }
  }

  /// Fraction bits between the passes, so that rounding does not add up.
  private static let fractionBits = 8

  private static func blurred(
    _ pixels: ArraySlice<UInt8>, _ shape: ImageShape, passes: Int
  ) -> [UInt8] {
    var values = pixels.map { Int($0) << fractionBits }
    for _ in 0..<passes {
      for channel in 0..<shape.channels {
        let plane = channel * shape.area
        for row in 0..<shape.height {
          smooth(&values, from: plane + row * shape.width, by: 1, count: shape.width)
        }
        for column in 0..<shape.width {
          smooth(&values, from: plane + column, by: shape.width, count: shape.height)
        }
      }
    }
    return values.map { clamped(rounded($0, over: 1 << fractionBits)) }
  }

  /// One pass along a line of values.
  private static func smooth(_ values: inout [Int], from start: Int, by step: Int, count: Int) {
    var before = values[start]
    for index in 0..<count {
      let place = start + index * step
      let value = values[place]
      let after = index + 1 < count ? values[place + step] : value
      values[place] = (before + 2 * value + after + 2) >> 2
      before = value
    }
  }

  private static func faded(_ pixels: ArraySlice<UInt8>, sixteenths k: Int) -> [UInt8] {
    let mean = rounded(pixels.reduce(0) { $0 + Int($1) }, over: pixels.count)
    return pixels.map { clamped(mean + rounded((Int($0) - mean) * k, over: 16)) }
  }

  /// The quotient to the nearest integer, halves away from zero.
  private static func rounded(_ value: Int, over divisor: Int) -> Int {
    let half = divisor / 2
    return (value >= 0 ? value + half : value - half) / divisor
  }

  private static func clamped(_ value: Int) -> UInt8 {
    UInt8(max(0, min(Int(UInt8.max), value)))
  }
}

extension ImageSet {
  /// The set with every image spoilt; labels, masks and boxes stay.
  package func corrupted(
    by corruption: ImageCorruption, severity: Int, seed: UInt64, threads: Int
  ) -> ImageSet {
    let images = concurrentMap(count: count, threads: threads) { index in
      corruption.applied(
        to: pixels(ofImage: index), shape: shape, severity: severity, seed: seed, index: index)
    }
    return ImageSet(
      shape: shape, pixels: images.flatMap(\.self), labels: labels, masks: masks, boxes: boxes)
  }
}
