// SPDX-License-Identifier: Apache-2.0
import Randomness

/// Scenes of circles, squares and triangles that may cover one another, on an uneven ground with
/// noise. Class 1 is a circle, 2 a square, 3 a triangle; 0 is the ground.
struct SceneGenerator: ImageGenerator {
  let side: Int
  let objectLimit: Int

  private static let outlines: [Outline] = [.circle, .square, .triangle]
  /// Places that are tried for an object.
  private static let attempts = 8
  /// No object has less than this share of its pixels left in sight: 3 of 5.
  private static let leastVisible = (numerator: 3, denominator: 5)

  /// An object in the scene.
  private struct Object {
    var objectClass: Int
    /// The pixels that are its own, also where another lies above it.
    var area: Int
  }

  func sample(_ index: Int, stream: RandomStream) -> ImageSample {
    var draws = Draws(stream.stream(UInt64(index)))
    var canvas = ColourCanvas(side: side, &draws)
    var objects: [Object] = []
    // The number of the uppermost object at each pixel, from 1.
    var owners = [Int](repeating: 0, count: side * side)
    for _ in 0..<draws.whole(1...objectLimit) {
      let objectClass = draws.whole(1...Self.outlines.count)
      let colour = canvas.contrastingColour(&draws)
      for _ in 0..<Self.attempts {
        let placed = PlacedOutline(
          outline: Self.outlines[objectClass - 1],
          radius: draws.number(Double(side) * 0.13...Double(side) * 0.28), side: side, &draws)
        let touched = touchedPixels(placed)
        // A pixel belongs to an object that covers half of it.
        let own = touched.filter { 2 * $0.coverage >= PlacedOutline.wholePixel }.map(\.place)
        var covered = owners
        for place in own { covered[place] = objects.count + 1 }
        guard areVisible(objects, in: covered) else { continue }
        owners = covered
        objects.append(Object(objectClass: objectClass, area: own.count))
        for (place, coverage) in touched {
          canvas.paint(colour, row: place / side, column: place % side, coverage: coverage)
        }
        break
      }
    }
    let noise = draws.whole(4...24)
    return ImageSample(
      pixels: canvas.pixels(noise: noise, &draws),
      mask: owners.map { $0 == 0 ? 0 : UInt8(objects[$0 - 1].objectClass) },
      objects: boxes(of: objects, in: owners))
  }

  /// The pixels that a shape covers a part of, with that part.
  private func touchedPixels(_ placed: PlacedOutline) -> [(place: Int, coverage: Int)] {
    let (rows, columns) = placed.reach(side: side)
    return rows.flatMap { row in
      columns.compactMap { column in
        let coverage = placed.coverage(row: row, column: column)
        return coverage > 0 ? (row * side + column, coverage) : nil
      }
    }
  }

  private func areVisible(_ objects: [Object], in owners: [Int]) -> Bool {
    var visible = [Int](repeating: 0, count: objects.count + 2)
    for owner in owners { visible[owner] += 1 }
    let (numerator, denominator) = Self.leastVisible
    return objects.enumerated().allSatisfy { index, object in
      visible[index + 1] * denominator >= object.area * numerator
    }
  }

  /// The tightest box around what is seen of each object.
  private func boxes(of objects: [Object], in owners: [Int]) -> [ObjectBox] {
    var boxes = objects.map {
      ObjectBox(objectClass: $0.objectClass, columns: 0..<0, rows: 0..<0)
    }
    for (place, owner) in owners.enumerated() where owner > 0 {
      let (row, column) = place.quotientAndRemainder(dividingBy: side)
      boxes[owner - 1].columns = boxes[owner - 1].columns.extended(to: column)
      boxes[owner - 1].rows = boxes[owner - 1].rows.extended(to: row)
    }
    return boxes
  }
}

extension Range<Int> {
  /// The shortest range that holds this one, unless it is empty, and a number.
  fileprivate func extended(to number: Int) -> Range<Int> {
    guard !isEmpty else { return number..<number + 1 }
    return Swift.min(lowerBound, number)..<Swift.max(upperBound, number + 1)
  }
}
