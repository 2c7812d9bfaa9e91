// SPDX-License-Identifier: Apache-2.0
import Randomness

/// A red, a green and a blue value, 0 to 255.
struct Colour: Sendable, Hashable {
  var channels: [Int]

  static let channelCount = 3
  static let white = 255

  /// A colour whose values are all within a range.
  init(within range: ClosedRange<Int>, _ draws: inout Draws) {
    channels = (0..<Self.channelCount).map { _ in draws.whole(range) }
  }

  /// The sum of the values.
  var brightness: Int { channels.reduce(0, +) }
}

/// A square image in colour while it is drawn, in integers.
struct ColourCanvas {
  let side: Int
  /// The colour that the ground varies about.
  let ground: Colour
  /// The values, shape (channel, row, column).
  private(set) var values: [Int]

  /// Pixels between the points at which a ground is drawn; it is bilinear between them.
  private static let mesh = 8
  /// How far the ground's points lie from its colour, in values of 255.
  private static let unevenness = 40
  /// The values of the ground's colour.
  private static let groundRange = 0...Colour.white / 2
  /// How much brighter an object is than the ground at least. That it is brighter, and not only of
  /// another colour, is what a small model needs to find its edges within few examples.
  private static let leastContrast = 200

  /// A ground with soft patches.
  init(side: Int, _ draws: inout Draws) {
    self.side = side
    let ground = Colour(within: Self.groundRange, &draws)
    self.ground = ground
    let (mesh, points) = (Self.mesh, side / Self.mesh + 1)
    values = []
    values.reserveCapacity(Colour.channelCount * side * side)
    for channel in 0..<Colour.channelCount {
      let heights = (0..<points * points).map { _ in
        ground.channels[channel] + draws.whole(-Self.unevenness...Self.unevenness)
      }
      for row in 0..<side {
        for column in 0..<side {
          let (i, v) = row.quotientAndRemainder(dividingBy: mesh)
          let (j, u) = column.quotientAndRemainder(dividingBy: mesh)
          let corner = i * points + j
          let upper = heights[corner] * (mesh - u) + heights[corner + 1] * u
          let lower = heights[corner + points] * (mesh - u) + heights[corner + points + 1] * u
          values.append((upper * (mesh - v) + lower * v) / (mesh * mesh))
        }
      }
    }
  }

  /// A colour that stands out from the ground, uniform among those that do.
  func contrastingColour(_ draws: inout Draws) -> Colour {
    // A ground has at most 381 of 765: at least one of twenty colours is bright enough.
    while true {
      let colour = Colour(within: 0...Colour.white, &draws)
      if colour.brightness >= ground.brightness + Self.leastContrast { return colour }
    }
  }

  /// Paints part of a pixel, `coverage` of `PlacedOutline.wholePixel`.
  mutating func paint(_ colour: Colour, row: Int, column: Int, coverage: Int) {
    let whole = PlacedOutline.wholePixel
    for channel in 0..<Colour.channelCount {
      let place = (channel * side + row) * side + column
      let mixed = values[place] * (whole - coverage) + colour.channels[channel] * coverage
      values[place] = mixed / whole
    }
  }

  /// The image with noise of up to `noise` in each value.
  func pixels(noise: Int, _ draws: inout Draws) -> [UInt8] {
    values.map { value in
      UInt8(max(0, min(Colour.white, value + draws.whole(-noise...noise))))
    }
  }
}
