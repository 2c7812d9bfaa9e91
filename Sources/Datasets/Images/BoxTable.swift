// SPDX-License-Identifier: Apache-2.0

/// An object in an image: its class, and the columns and rows that it spans.
package struct ObjectBox: Sendable, Hashable {
  /// The class, from 1: 0 is the background, as in masks.
  package var objectClass: Int
  /// The columns, the first one and the one after the last.
  package var columns: Range<Int>
  /// The rows, the first one and the one after the last.
  package var rows: Range<Int>

  /// The object.
  package init(objectClass: Int, columns: Range<Int>, rows: Range<Int>) {
    self.objectClass = objectClass
    self.columns = columns
    self.rows = rows
  }
}

/// The objects of many images, each with the same number of slots, as their file holds them: shape
/// (image, slot, 5) with class, left, top, right, bottom; right and bottom are the first column and
/// row beyond. Empty slots hold zeros and come last.
package struct BoxTable: Sendable, Hashable {
  /// The most objects of an image.
  package let slots: Int
  /// The numbers, shape (image, slot, 5).
  package let values: [Int16]

  /// The numbers of a slot.
  package static let fields = 5

  /// The table.
  ///
  /// - Precondition: `values.count` is a multiple of `slots` times 5.
  package init(slots: Int, values: [Int16]) {
    precondition(slots > 0 && values.count.isMultiple(of: slots * Self.fields), "\(slots) slots")
    self.slots = slots
    self.values = values
  }

  /// The table of the objects of each image.
  ///
  /// - Precondition: no image has more than `slots`, and coordinates are below 2^15.
  package init(slots: Int, objects: [[ObjectBox]]) {
    let values = objects.flatMap { objects in
      precondition(objects.count <= slots, "\(objects.count) objects in \(slots) slots")
      let filled = objects.flatMap { object in
        [
          object.objectClass, object.columns.lowerBound, object.rows.lowerBound,
          object.columns.upperBound, object.rows.upperBound,
        ].map { Int16($0) }
      }
      return filled + [Int16](repeating: 0, count: slots * Self.fields - filled.count)
    }
    self.init(slots: slots, values: values)
  }

  /// The number of images.
  package var imageCount: Int { values.count / (slots * Self.fields) }

  /// The objects of an image.
  package func objects(ofImage index: Int) -> [ObjectBox] {
    (0..<slots).compactMap { slot in
      let v = self[index * slots + slot]
      guard v[0] != 0 else { return nil }
      return ObjectBox(objectClass: v[0], columns: v[1]..<v[3], rows: v[2]..<v[4])
    }
  }

  /// The five numbers of a slot, counted over all images.
  private subscript(_ slot: Int) -> [Int] {
    values[slot * Self.fields..<(slot + 1) * Self.fields].map { Int($0) }
  }

  /// The first number that no box in an image of a shape has: its index, and what is wrong.
  func firstFault(in shape: ImageShape) -> (index: Int, reason: String)? {
    for slot in 0..<imageCount * slots {
      let v = self[slot]
      let place = "object \(slot % slots + 1) of image \(slot / slots + 1)"
      func fault(_ field: Int, _ reason: String) -> (index: Int, reason: String) {
        (slot * Self.fields + field, "\(place) \(reason)")
      }
      if v[0] < 0 { return fault(0, "has class \(v[0]); classes count from 1, 0 is no object") }
      if v[0] == 0 {
        if let field = v.firstIndex(where: { $0 != 0 }) {
          return fault(field, "has no class but the number \(v[field])")
        }
        continue
      }
      if slot % slots > 0, self[slot - 1][0] == 0 { return fault(0, "follows an empty slot") }
      for (low, limit, axis) in [(1, shape.width, "columns"), (2, shape.height, "rows")] {
        let range = "\(axis) \(v[low]) to \(v[low + 2])"
        if v[low] < 0 { return fault(low, "spans \(range), which begins before 0") }
        if v[low + 2] <= v[low] { return fault(low + 2, "spans \(range), which is nothing") }
        if v[low + 2] > limit { return fault(low + 2, "spans \(range) of an image of \(limit)") }
      }
    }
    return nil
  }
}
