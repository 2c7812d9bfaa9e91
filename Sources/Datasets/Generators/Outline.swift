// SPDX-License-Identifier: Apache-2.0

/// A shape about the origin that fits into a circle of radius 1.
enum Outline: Int, Sendable, CaseIterable {
  case circle, square, triangle, ring, crescent, halfDisk, bar, cross, star, arrow

  /// Whether a point lies in the shape.
  func contains(_ p: Point) -> Bool {
    let square = p.dot(p)
    switch self {
    case .circle: return square <= 0.81
    case .square: return abs(p.x) <= 0.7 && abs(p.y) <= 0.7
    case .triangle: return Outline.contains(p, Outline.triangleCorners)
    case .ring: return square <= 0.9 && square >= 0.25
    case .crescent:
      let bite = Point(p.x - 0.45, p.y)
      return square <= 0.9 && bite.dot(bite) > 0.5
    case .halfDisk: return p.y >= -0.4 && p.x * p.x + (p.y + 0.4) * (p.y + 0.4) <= 0.8
    case .bar: return abs(p.x) <= 0.95 && abs(p.y) <= 0.26
    case .cross: return min(abs(p.x), abs(p.y)) <= 0.26 && max(abs(p.x), abs(p.y)) <= 0.95
    case .star: return Outline.contains(p, Outline.starCorners)
    case .arrow: return Outline.contains(p, Outline.arrowCorners)
    }
  }

  /// Whether a ray to the right crosses the edges of a polygon an odd number of times.
  private static func contains(_ p: Point, _ corners: [Point]) -> Bool {
    var isInside = false
    var a = corners[corners.count - 1]
    for b in corners {
      if (a.y > p.y) != (b.y > p.y), p.x < a.x + (p.y - a.y) / (b.y - a.y) * (b.x - a.x) {
        isInside.toggle()
      }
      a = b
    }
    return isInside
  }

  private static let triangleCorners = [Point(0, -1), Point(0.866, 0.5), Point(-0.866, 0.5)]

  /// Five corners on the circle and five at 0.4 between them.
  private static let starCorners = [
    Point(0, -1), Point(0.235, -0.324), Point(0.951, -0.309), Point(0.38, 0.124),
    Point(0.588, 0.809), Point(0, 0.4), Point(-0.588, 0.809), Point(-0.38, 0.124),
    Point(-0.951, -0.309), Point(-0.235, -0.324),
  ]

  private static let arrowCorners = [
    Point(-0.95, -0.2), Point(0.1, -0.2), Point(0.1, -0.65), Point(0.95, 0), Point(0.1, 0.65),
    Point(0.1, 0.2), Point(-0.95, 0.2),
  ]
}

/// A shape at a place in an image.
struct PlacedOutline: Sendable {
  var outline: Outline
  /// In pixels.
  var centre: Point
  /// In pixels.
  var radius: Double
  var rotation: Rotation

  /// Points of a pixel at which the shape is looked up, along each axis.
  private static let samples = 4
  /// The points of a whole pixel.
  static let wholePixel = samples * samples

  /// The points of a pixel that lie in the shape, 0 to 16.
  func coverage(row: Int, column: Int) -> Int {
    var count = 0
    for i in 0..<Self.samples {
      for j in 0..<Self.samples {
        let x = Double(column) + (Double(j) + 0.5) / Double(Self.samples)
        let y = Double(row) + (Double(i) + 0.5) / Double(Self.samples)
        let p = rotation.inverse(Point(x, y) - centre) * (1 / radius)
        if outline.contains(p) { count += 1 }
      }
    }
    return count
  }

  /// The rows and columns of an image of a side that the shape can touch.
  func reach(side: Int) -> (rows: Range<Int>, columns: Range<Int>) {
    func range(_ middle: Double) -> Range<Int> {
      let first = max(0, Int((middle - radius).rounded(.down)))
      let last = min(side, Int((middle + radius).rounded(.up)))
      return first..<max(first, last)
    }
    return (range(centre.y), range(centre.x))
  }
}
