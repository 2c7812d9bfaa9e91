// SPDX-License-Identifier: Apache-2.0

/// The number that a model sees for each value of a pixel: (x/255 - mean) / deviation for each
/// channel, computed in FP64 and rounded once to FP32, so that every twin gets the same inputs.
package struct PixelScaling: Sendable, Hashable {
  /// The numbers of the values 0 to 255, channel after channel.
  private let table: [Float]

  private static let largest: UInt8 = 255
  private static let valueCount = Int(largest) + 1

  /// The scaling with a mean and a standard deviation for each channel, in units of the largest
  /// value; 0 and 1 leave x/255.
  ///
  /// - Precondition: as many means as deviations, none of which is zero.
  init(mean: [Double], deviation: [Double]) {
    precondition(mean.count == deviation.count && !deviation.contains(0))
    table = zip(mean, deviation).flatMap { mean, deviation in
      (0...Self.largest).map { Float((Double($0) / Double(Self.largest) - mean) / deviation) }
    }
  }

  /// x/255 in every channel.
  static func unit(channels: Int) -> PixelScaling {
    PixelScaling(
      mean: Array(repeating: 0, count: channels), deviation: Array(repeating: 1, count: channels))
  }

  /// The mean and the standard deviation of every channel of a set, so that its values get 0 and 1.
  /// A channel that is constant keeps its deviation of 1.
  package init(standardizing set: ImageSet) {
    var mean: [Double] = []
    var deviation: [Double] = []
    for channel in 0..<set.shape.channels {
      var sum = 0
      var squares = 0
      for image in 0..<set.count {
        let start = image * set.shape.count + channel * set.shape.area
        for value in set.pixels[start..<start + set.shape.area] {
          sum += Int(value)
          squares += Int(value) * Int(value)
        }
      }
      // Integers until here: the order of the images cannot matter.
      let count = Double(set.count * set.shape.area)
      let average = Double(sum) / count
      let variance = Double(squares) / count - average * average
      mean.append(average / Double(Self.largest))
      deviation.append(variance > 0 ? variance.squareRoot() / Double(Self.largest) : 1)
    }
    self.init(mean: mean, deviation: deviation)
  }

  /// Writes the numbers of one image, shape (channel, row, column).
  ///
  /// - Precondition: as many pixels as the shape has, and room for as many numbers.
  func scale(
    _ pixels: ArraySlice<UInt8>, shape: ImageShape, into target: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(pixels.count == shape.count && target.count >= shape.count)
    pixels.withUnsafeBufferPointer { pixels in
      table.withUnsafeBufferPointer { table in
        for channel in 0..<shape.channels {
          let first = channel * Self.valueCount
          for i in channel * shape.area..<(channel + 1) * shape.area {
            target[i] = table[first + Int(pixels[i])]
          }
        }
      }
    }
  }
}
