// SPDX-License-Identifier: Apache-2.0
import Words

extension PlacedTensors {
  /// The note of a safetensors file that has the names of its tensors in the order in which they
  /// were computed: an array of strings in JSON.
  package static let orderNote = "halfway.order"

  /// The note with the ending of names of exact results: of a tensor NAME the tensor NAME and the
  /// ending is what the operation makes exactly of the operands that it had.
  package static let exactNote = "halfway.exact"

  /// The names of tensors that are exact results of others, by the names of those; empty without
  /// the note.
  package var exactNames: [String: String] {
    guard let ending = notes.first(where: { $0.name == Self.exactNote })?.text, !ending.isEmpty
    else { return [:] }
    let known = Set(tensors.map(\.name))
    return Dictionary(
      tensors.compactMap { known.contains($0.name + ending) ? ($0.name, $0.name + ending) : nil },
      uniquingKeysWith: { first, _ in first })
  }

  /// The names of the note; nil without one.
  ///
  /// - Throws: `TensorFileProblem` where it is no array of names, or one of them is no tensor's or
  ///   stands twice; its byte counts from the note's first.
  package var noted: [String]? {
    get throws(TensorFileProblem) {
      guard let note = notes.first(where: { $0.name == Self.orderNote }) else { return nil }
      let path = "\(files.first ?? "")/\(SafetensorsHeader.metadataName)/\(Self.orderNote)"
      let region = FileRegion(path: path, bytes: Array(note.text.utf8)[...])
      var cursor = HeaderCursor(region, header: 0..<region.count)
      let known = Set(tensors.map(\.name))
      var names: [String] = []
      var seen: Set<String> = []
      try cursor.expect("[")
      cursor.skipSpace()
      if !cursor.skip("]") {
        repeat {
          cursor.skipSpace()
          let place = cursor.offset
          let name = try cursor.string("the name of a tensor")
          guard known.contains(name) else {
            let near = NearestNames.of(name, among: known.sorted())
            throw region.problem(
              at: place,
              "\(quoted(name)) is no tensor of the file"
                + (near.isEmpty ? "" : "; it has \(near.map(quoted).joined(separator: ", "))"))
          }
          guard seen.insert(name).inserted else {
            throw region.problem(at: place, "\(quoted(name)) stands twice")
          }
          names.append(name)
          cursor.skipSpace()
        } while cursor.skip(",")
        guard cursor.skip("]") else { throw cursor.unexpected("',' or ']'") }
      }
      cursor.skipSpace()
      guard cursor.isAtEnd else { throw cursor.unexpected("the end of the array") }
      return names
    }
  }
}
