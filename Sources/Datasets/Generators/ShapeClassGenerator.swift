// SPDX-License-Identifier: Apache-2.0
import Randomness

/// Images of one shape each, of any colour, size and direction, on an uneven ground with specks and
/// noise: ten classes, 32 x 32 in colour, as CIFAR-10's images are.
struct ShapeClassGenerator: ImageGenerator {
  private static let side = ImageSet.cifarShape.width

  func sample(_ index: Int, stream: RandomStream) -> ImageSample {
    let classes = Outline.allCases
    let label = balancedClass(of: index, count: classes.count, stream: stream)
    var draws = Draws(stream.stream(UInt64(index)))
    var canvas = ColourCanvas(side: Self.side, &draws)
    let specks = draws.below(5)
    let object = PlacedOutline(
      outline: classes[label], radius: draws.number(7...13), side: Self.side, &draws)
    paint(object, on: &canvas, &draws)
    for _ in 0..<specks {
      let speck = PlacedOutline(
        outline: .circle, radius: draws.number(1...2), side: Self.side, &draws)
      paint(speck, on: &canvas, &draws)
    }
    let noise = draws.whole(4...24)
    return ImageSample(pixels: canvas.pixels(noise: noise, &draws), label: UInt8(label))
  }

  private func paint(
    _ object: PlacedOutline, on canvas: inout ColourCanvas, _ draws: inout Draws
  ) {
    let colour = canvas.contrastingColour(&draws)
    let (rows, columns) = object.reach(side: Self.side)
    for row in rows {
      for column in columns {
        let coverage = object.coverage(row: row, column: column)
        if coverage > 0 { canvas.paint(colour, row: row, column: column, coverage: coverage) }
      }
    }
  }
}

extension PlacedOutline {
  /// A shape anywhere inside an image of a side, turned by any angle.
  init(outline: Outline, radius: Double, side: Int, _ draws: inout Draws) {
    let range = radius...Double(side) - radius
    self.init(
      outline: outline, centre: Point(draws.number(range), draws.number(range)), radius: radius,
      rotation: Rotation(halfTangent: draws.number(-1...1)))
    // Half tangents of -1 to 1 are a half circle; the other half is the opposite of it.
    if draws.below(2) == 1 { rotation = rotation.opposite }
  }
}
