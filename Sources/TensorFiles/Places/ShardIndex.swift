// SPDX-License-Identifier: Apache-2.0

/// The index of a model in several files of safetensors, as Hugging Face's `save_pretrained` writes
/// it: a JSON object whose `weight_map` has the file of each tensor.
struct ShardIndex: Sendable {
  /// A tensor of the index.
  struct Entry: Sendable {
    let name: String
    let file: String
    /// Where the name stands.
    let place: Int
  }

  /// The path of the index.
  let path: String
  /// The tensors, in the order of the index.
  let entries: [Entry]

  /// The index in a file.
  init(ofFile path: String) throws(TensorFileProblem) {
    let file = try FileContents(ofFile: path, sizeLimit: SafetensorsHeader.longest)
    let region = FileRegion(file)
    var cursor = HeaderCursor(region, header: 0..<region.count)
    cursor.skipSpace()
    var entries: [Entry]?
    try cursor.object { cursor, key, place throws(TensorFileProblem) in
      guard key == "weight_map" else { return try cursor.skipValue() }
      guard entries == nil else { throw region.problem(at: place, "a second 'weight_map'") }
      var names: Set<[UInt8]> = []
      var found: [Entry] = []
      try cursor.object { cursor, name, place throws(TensorFileProblem) in
        guard names.insert(Array(name.utf8)).inserted else {
          throw region.problem(at: place, "a second tensor \(quoted(name))")
        }
        let valuePlace = cursor.offset
        let file = try cursor.string("the name of a file")
        guard !file.isEmpty, !file.contains("/"), file != "..", file != "." else {
          throw region.problem(
            at: valuePlace, "\(quoted(file)) is no file beside the index, as all of it are")
        }
        found.append(Entry(name: name, file: file, place: place))
      }
      entries = found
    }
    cursor.skipSpace()
    guard cursor.isAtEnd else { throw cursor.unexpected("the end of the index") }
    guard let entries else {
      throw region.problem("no 'weight_map': it is no index of a model in several files")
    }
    self.path = path
    self.entries = entries
  }

  /// The path of a file of the index, which lies beside it.
  func path(of file: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return file }
    return path[...slash] + file
  }
}

extension HeaderCursor {
  /// Steps over a value of JSON without a look at more than its brackets and strings.
  mutating func skipValue() throws(TensorFileProblem) {
    var depth = 0
    repeat {
      skipSpace()
      guard let byte = next else { throw unexpected("a value") }
      switch byte {
      case UInt8(ascii: "\""): _ = try string("a string")
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        depth += 1
        advance()
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        guard depth > 0 else { throw unexpected("a value") }
        depth -= 1
        advance()
      case UInt8(ascii: ","), UInt8(ascii: ":"):
        guard depth > 0 else { throw unexpected("a value") }
        advance()
      default:
        let start = offset
        while let byte = next, !#","":{}[] \#t\#r\#n"#.utf8.contains(byte) { advance() }
        guard offset > start else { throw unexpected("a value") }
      }
    } while depth > 0
  }
}
