// SPDX-License-Identifier: Apache-2.0
import Randomness

/// Images of written digits, 28 x 28 in grey as MNIST's are: light strokes on a dark ground. The
/// strokes of `DigitShapes` with every point displaced, then scaled, slanted, turned, shifted,
/// drawn with a round pen, and noise over all.
struct DigitGenerator: ImageGenerator {
  static let shape = ImageShape(channels: 1, height: 28, width: 28)
  static let classCount = 10

  private static let white = 255.0

  func sample(_ index: Int, stream: RandomStream) -> ImageSample {
    var draws = Draws(stream.stream(UInt64(index)))
    let digit = balancedClass(of: index, count: Self.classCount, stream: stream)
    let strokes = draws.one(of: DigitShapes.ways[digit])
    let pose = Pose(&draws)
    // The pen's radius and the noise are in pixels and in values of 255.
    let pen = draws.number(0.7...1.7)
    let ink = draws.number(150...Self.white)
    var coverage = [Double](repeating: 0, count: Self.shape.count)
    for stroke in strokes {
      let displaced = Stroke(
        points: displaced(stroke.points, &draws), isCurve: stroke.isCurve)
      let corners = displaced.polyline.map { pose($0) }
      for (start, end) in zip(corners, corners.dropFirst()) {
        draw(from: start, to: end, radius: pen, into: &coverage)
      }
    }
    let noise = draws.whole(0...48)
    let pixels = coverage.map { coverage in
      let level = Int((coverage * ink).rounded()) + draws.whole(-noise...noise)
      return UInt8(max(0, min(Int(Self.white), level)))
    }
    return ImageSample(pixels: pixels, label: UInt8(digit))
  }

  /// The points, each moved by up to 1/20 of the square; a closed curve stays closed.
  private func displaced(_ points: [Point], _ draws: inout Draws) -> [Point] {
    let range = -0.05...0.05
    var moved = points.map { $0 + Point(draws.number(range), draws.number(range)) }
    if points.count > 1, points.first == points.last { moved[moved.count - 1] = moved[0] }
    return moved
  }

  /// How the square of the strokes lies in the image.
  private struct Pose {
    private let scale: Point
    private let slant: Double
    private let rotation: Rotation
    private let centre: Point

    init(_ draws: inout Draws) {
      scale = Point(draws.number(10.5...18), draws.number(15...21))
      slant = draws.number(-0.15...0.4)
      rotation = Rotation(halfTangent: draws.number(-0.13...0.13))
      let middle = Point(Double(shape.width), Double(shape.height)) * 0.5
      centre = middle + Point(draws.number(-3...3), draws.number(-3...3))
    }

    /// Where a point of the square lies, in pixels.
    func callAsFunction(_ p: Point) -> Point {
      let scaled = Point((p.x - 0.5) * scale.x, (p.y - 0.5) * scale.y)
      return rotation(Point(scaled.x - slant * scaled.y, scaled.y)) + centre
    }
  }

  /// Raises the coverage of the pixels that a round pen touches on a straight way: 1 within its
  /// radius less half a pixel, 0 beyond its radius and half a pixel, linear between.
  private func draw(
    from start: Point, to end: Point, radius: Double, into coverage: inout [Double]
  ) {
    let reach = radius + 0.5
    let way = end - start
    let square = way.dot(way)
    func pixels(_ a: Double, _ b: Double, _ limit: Int) -> Range<Int> {
      let first = max(0, Int((min(a, b) - reach).rounded(.down)))
      let last = min(limit, Int((max(a, b) + reach).rounded(.up)))
      return first..<max(first, last)
    }
    for row in pixels(start.y, end.y, Self.shape.height) {
      for column in pixels(start.x, end.x, Self.shape.width) {
        let offset = Point(Double(column) + 0.5, Double(row) + 0.5) - start
        let share = square > 0 ? max(0, min(1, offset.dot(way) / square)) : 0
        let nearest = offset - way * share
        let value = max(0, min(1, reach - nearest.dot(nearest).squareRoot()))
        let place = row * Self.shape.width + column
        coverage[place] = max(coverage[place], value)
      }
    }
  }
}
