// SPDX-License-Identifier: Apache-2.0

/// A point of the plane, x to the right and y down.
package struct Point: Sendable, Hashable {
  var x: Double
  var y: Double

  init(_ x: Double, _ y: Double) {
    self.x = x
    self.y = y
  }

  static func + (a: Point, b: Point) -> Point { Point(a.x + b.x, a.y + b.y) }
  static func - (a: Point, b: Point) -> Point { Point(a.x - b.x, a.y - b.y) }
  static func * (a: Point, k: Double) -> Point { Point(a.x * k, a.y * k) }

  /// The inner product.
  func dot(_ other: Point) -> Double { x * other.x + y * other.y }
}

/// A rotation from the tangent u of half its angle: cos = (1-u²)/(1+u²), sin = 2u/(1+u²). Unlike
/// libm's functions these are the same on every machine.
struct Rotation: Sendable {
  let cosine: Double
  let sine: Double

  init(halfTangent u: Double) {
    self.init(cosine: (1 - u * u) / (1 + u * u), sine: 2 * u / (1 + u * u))
  }

  private init(cosine: Double, sine: Double) {
    self.cosine = cosine
    self.sine = sine
  }

  /// The rotation by half a turn more.
  var opposite: Rotation { Rotation(cosine: -cosine, sine: -sine) }

  /// The point turned about the origin, from x towards y.
  func callAsFunction(_ p: Point) -> Point {
    Point(cosine * p.x - sine * p.y, sine * p.x + cosine * p.y)
  }

  /// The point turned back.
  func inverse(_ p: Point) -> Point {
    Point(cosine * p.x + sine * p.y, cosine * p.y - sine * p.x)
  }
}
