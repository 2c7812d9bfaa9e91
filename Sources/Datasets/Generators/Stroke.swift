// SPDX-License-Identifier: Apache-2.0

/// A line that a pen draws: through its points straight, or as a curve.
struct Stroke: Sendable {
  var points: [Point]
  var isCurve: Bool

  /// Straight from point to point.
  static func line(_ points: (Double, Double)...) -> Stroke {
    Stroke(points: points.map { Point($0.0, $0.1) }, isCurve: false)
  }

  /// A curve through the points.
  static func curve(_ points: (Double, Double)...) -> Stroke {
    Stroke(points: points.map { Point($0.0, $0.1) }, isCurve: true)
  }

  private static let piecesPerPoint = 6

  /// The corners of the stroke as a chain of straight pieces. A curve is the uniform spline of
  /// Catmull and Rom ("A class of local interpolating splines", 1974); one that ends where it
  /// starts is closed smoothly.
  var polyline: [Point] {
    guard isCurve, points.count > 2 else { return points }
    let last = points.count - 1
    let isClosed = points[0] == points[last]
    var result = [points[0]]
    for index in 0..<last {
      let before = index > 0 ? points[index - 1] : isClosed ? points[last - 1] : points[0]
      let after =
        index + 2 <= last ? points[index + 2] : isClosed ? points[1] : points[last]
      let (a, b) = (points[index], points[index + 1])
      for piece in 1...Self.piecesPerPoint {
        let t = Double(piece) / Double(Self.piecesPerPoint)
        let linear = (b - before) * t
        let square = (before * 2 - a * 5 + b * 4 - after) * (t * t)
        let cube = (a * 3 - b * 3 + after - before) * (t * t * t)
        result.append((a * 2 + linear + square + cube) * 0.5)
      }
    }
    return result
  }
}
