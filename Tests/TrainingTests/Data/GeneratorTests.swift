// SPDX-License-Identifier: Apache-2.0
import TensorFiles
import Testing

@testable import Datasets
@testable import Models
@testable import Network
@testable import Policies
@testable import Twins

@Suite("Generated data sets")
struct GeneratorTests {
  private static let sets: [GeneratedSet] = [
    .digits, .shapes(side: 32, objects: 4), .shapes(side: 64, objects: 7), .shapes10,
  ]

  private func images(
    _ set: GeneratedSet, _ range: Range<Int> = 0..<60, _ split: ImageFolder.Split = .train,
    seed: UInt64 = 1, threads: Int = 2
  ) -> ImageSet {
    set.images(range, split: split, seed: seed, threads: threads)
  }

  @Test("An image is a function of seed, half and index: not of threads, ranges or counts")
  func determinism() {
    for set in Self.sets {
      let whole = images(set)
      #expect(images(set, threads: 1) == whole && images(set, threads: 7) == whole)
      #expect(ImageSet(joining: [images(set, 0..<23), images(set, 23..<60)]) == whole)
      #expect(images(set, seed: 2) != whole)
      let test = images(set, 0..<60, .test)
      let all = (whole.pixels + test.pixels).count / set.shape.count
      let different = Set(
        (0..<60).flatMap { [whole.pixels(ofImage: $0), test.pixels(ofImage: $0)] })
      #expect(different.count == all)
    }
  }

  @Test("Seed 1 gives the same bytes on every machine and in every version")
  func digests() {
    let digests = Self.sets.map { set in
      images(set).files(set.layout, split: .train).map { file in
        FileContents(path: file.name, bytes: file.bytes).digest
      }
    }
    #expect(
      digests == [
        ["99460dd5ec4653dc", "cb16e2512032bf62"],
        ["5cc1701403fc3ed2", "5cbacc84bd659ee2", "d45927c9d0d3a478"],
        ["fda942a79c5d0482", "c27abd13e2d59836", "1b8796a6b2587492"],
        ["71d60b769e4df325"],
      ])
  }

  @Test("Every ten images have each class once")
  func balance() throws {
    for set in [GeneratedSet.digits, .shapes10] {
      let labels = try #require(images(set, 0..<200).labels)
      for start in stride(from: 0, to: 200, by: 10) {
        #expect(labels[start..<start + 10].sorted() == Array(0..<10))
      }
      #expect(Array(labels[0..<10]) != Array(labels[10..<20]))
    }
  }

  @Test("A box is tight around pixels of its class, and no such pixel lies outside all boxes")
  func boxes() throws {
    var objectCounts: [Int: Int] = [:]
    for (side, limit) in [(32, 4), (64, 7)] {
      let set = images(.shapes(side: side, objects: limit), 0..<150)
      let boxes = try #require(set.boxes)
      for image in 0..<set.count {
        let mask = Array(try #require(set.mask(ofImage: image)))
        let objects = boxes.objects(ofImage: image)
        #expect((1...limit).contains(objects.count))
        objectCounts[objects.count, default: 0] += 1
        for object in objects {
          func has(_ rows: Range<Int>, _ columns: Range<Int>) -> Bool {
            rows.contains { row in
              columns.contains { Int(mask[row * side + $0]) == object.objectClass }
            }
          }
          let (rows, columns) = (object.rows, object.columns)
          #expect(has(rows, columns.lowerBound..<columns.lowerBound + 1))
          #expect(has(rows, columns.upperBound - 1..<columns.upperBound))
          #expect(has(rows.lowerBound..<rows.lowerBound + 1, columns))
          #expect(has(rows.upperBound - 1..<rows.upperBound, columns))
        }
        let strays = mask.indices.filter { place in
          mask[place] != 0
            && !objects.contains {
              $0.objectClass == Int(mask[place]) && $0.rows.contains(place / side)
                && $0.columns.contains(place % side)
            }
        }
        #expect(strays.isEmpty, "image \(image)")
      }
    }
    #expect(objectCounts.count >= 6, "\(objectCounts)")
  }

  @Test("Objects alone have the mask and the box of their geometry")
  func areas() throws {
    let set = images(.shapes(side: 64, objects: 1), 0..<120)
    let boxes = try #require(set.boxes)
    for image in 0..<set.count {
      let object = try #require(boxes.objects(ofImage: image).first)
      let mask = try #require(set.mask(ofImage: image))
      let area = Double(mask.count { $0 != 0 })
      let box = Double(object.rows.count * object.columns.count)
      // A circle fills pi/4 of its box; a square or a triangle at any angle half of it at least.
      let share = area / box
      if object.objectClass == 1 {
        #expect(abs(share - 0.785) < 0.06, "\(share)")
        #expect(abs(object.rows.count - object.columns.count) <= 1)
      } else {
        #expect(share > 0.42 && share <= 1, "\(object.objectClass): \(share)")
      }
    }
  }

  @Test("Digits are light strokes on a dark ground, inside the image")
  func digits() throws {
    let set = images(.digits, 0..<300)
    var border = 0
    for image in 0..<set.count {
      let pixels = Array(set.pixels(ofImage: image))
      let light = pixels.count { $0 > 96 }
      #expect((12...330).contains(light), "\(light)")
      border += (0..<28).count { pixels[$0] > 96 || pixels[27 * 28 + $0] > 96 }
    }
    #expect(border < 300, "\(border)")
  }
}
