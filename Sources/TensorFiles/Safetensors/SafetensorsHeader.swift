// SPDX-License-Identifier: Apache-2.0

/// What a safetensors file says before its tensors' bytes: the length of a JSON object, and the
/// object, one member a tensor.
struct SafetensorsHeader {
  /// A tensor as the header tells it; places are offsets in the file.
  struct Entry {
    let name: String
    let place: Int
    let type: ElementType
    let shape: [Int]
    let shapePlace: Int
    /// From the buffer's start.
    let range: Range<Int>
    let rangePlace: Int
  }

  private(set) var entries: [Entry] = []
  private(set) var metadata: [SafetensorsFile.Note] = []
  /// Where the buffer starts.
  let size: Int

  static let lengthSize = 8
  /// The longest header that the format's reference reads.
  static let longest = 100_000_000
  static let metadataName = "__metadata__"

  /// The header of a file; its tensors are not yet compared with each other.
  init(_ region: FileRegion) throws(TensorFileProblem) {
    guard region.count >= Self.lengthSize else {
      throw region.problem(
        at: region.count, "the file ends within the 8 bytes of its header's length")
    }
    let length = region.littleEndian(at: 0, size: Self.lengthSize)
    guard length <= UInt64(Self.longest) else {
      throw region.problem(
        at: 0, "a header of \(length) bytes, and at most \(Self.longest) are read: not safetensors")
    }
    guard length <= UInt64(region.count - Self.lengthSize) else {
      throw region.problem(
        at: 0,
        "a header of \(length) bytes, and the file has \(region.count - Self.lengthSize) after its "
          + "length")
    }
    size = Self.lengthSize + Int(length)
    var cursor = HeaderCursor(region, header: Self.lengthSize..<size)
    guard cursor.next == UInt8(ascii: "{") else { throw cursor.unexpected("the header's '{'") }
    var names: Set<[UInt8]> = []
    var entries: [Entry] = []
    var metadata: [SafetensorsFile.Note] = []
    try cursor.object { cursor, name, place throws(TensorFileProblem) in
      guard names.insert(Array(name.utf8)).inserted else {
        throw region.problem(at: place, "a second tensor \(quoted(name))")
      }
      if name == Self.metadataName {
        metadata = try Self.metadata(&cursor)
      } else {
        entries.append(try Self.entry(&cursor, name: name, place: place))
      }
    }
    while cursor.skip(" ") {}
    guard cursor.isAtEnd else {
      throw cursor.unexpected("the end of the header, or a space before it,")
    }
    self.entries = entries
    self.metadata = metadata
  }

  private static func metadata(
    _ cursor: inout HeaderCursor
  ) throws(TensorFileProblem) -> [SafetensorsFile.Note] {
    var names: Set<[UInt8]> = []
    var notes: [SafetensorsFile.Note] = []
    try cursor.object { cursor, name, place throws(TensorFileProblem) in
      guard names.insert(Array(name.utf8)).inserted else {
        throw cursor.region.problem(at: place, "a second \(quoted(name)) in \(metadataName)")
      }
      let text = try cursor.string("text, as all of \(metadataName) is,")
      notes.append(SafetensorsFile.Note(name: name, text: text))
    }
    return notes
  }

  private static func entry(
    _ cursor: inout HeaderCursor, name: String, place: Int
  ) throws(TensorFileProblem) -> Entry {
    var type: ElementType?
    var shape: (sizes: [Int], place: Int)?
    var range: (range: Range<Int>, place: Int)?
    try cursor.object { cursor, key, keyPlace throws(TensorFileProblem) in
      let isRepeated: Bool
      let place = cursor.offset
      switch key {
      case "dtype":
        isRepeated = type != nil
        type = try elementType(&cursor)
      case "shape":
        isRepeated = shape != nil
        shape = (try cursor.wholeNumbers("size", most: StoredTensor.rankLimit), place)
      case "data_offsets":
        isRepeated = range != nil
        range = (try offsets(&cursor), place)
      default:
        throw cursor.region.problem(
          at: keyPlace, "\(quoted(key)), and a tensor has only dtype, shape and data_offsets")
      }
      if isRepeated {
        throw cursor.region.problem(at: keyPlace, "a second '\(key)' of tensor \(quoted(name))")
      }
    }
    func lacks(_ key: String) -> TensorFileProblem {
      cursor.region.problem(at: place, "tensor \(quoted(name)) has no '\(key)'")
    }
    guard let type else { throw lacks("dtype") }
    guard let shape else { throw lacks("shape") }
    guard let range else { throw lacks("data_offsets") }
    return Entry(
      name: name, place: place, type: type, shape: shape.sizes, shapePlace: shape.place,
      range: range.range, rangePlace: range.place)
  }

  private static func elementType(
    _ cursor: inout HeaderCursor
  ) throws(TensorFileProblem) -> ElementType {
    let place = cursor.offset
    let name = try cursor.string("the name of a type")
    if let type = ElementType.allCases.first(where: { $0.safetensorsName == name }) { return type }
    let known = ElementType.allCases.map(\.safetensorsName).joined(separator: ", ")
    throw cursor.region.problem(
      at: place,
      name == "C64"
        ? "complex numbers (C64), which are not read: save real and imaginary parts apart"
        : "dtype \(quoted(name)) is not read; \(known) are")
  }

  private static func offsets(
    _ cursor: inout HeaderCursor
  ) throws(TensorFileProblem) -> Range<Int> {
    let place = cursor.offset
    let numbers = try cursor.wholeNumbers("data_offsets", most: 2)
    guard numbers.count == 2, numbers[0] <= numbers[1] else {
      throw cursor.region.problem(
        at: place, "data_offsets \(numbers) are not a start and an end that is not before it")
    }
    return numbers[0]..<numbers[1]
  }
}
