// SPDX-License-Identifier: Apache-2.0
import TensorFiles

/// What a data file is and holds.
package struct DataFileSummary: Encodable, Sendable, Hashable {
  /// The path as it was given.
  package var path: String
  /// The format of the file.
  package var kind: Kind
  /// What its shape says it holds.
  package var content: Content
  /// The type of its elements: `u8`, `i16`, or `utf-8`.
  package var element: String
  /// The sizes, the slowest first; for a text the number of its characters.
  package var shape: [Int]
  /// The size of the file.
  package var bytes: Int
  /// The 64-bit FNV-1a hash of the file, sixteen hexadecimal digits.
  package var digest: String
  /// The smallest and the largest element; nil for a text.
  package var range: ClosedRange<Int>?
  /// The number of images of each class, from 0, or of objects of each class, where classes are
  /// told; class 0 has no objects.
  package var classCounts: [Int]?
  /// The distinct characters of a text.
  package var vocabulary: Int?

  /// The formats that are read.
  package enum Kind: String, Encodable, Sendable {
    case idx
    case cifar10 = "cifar-10"
    case text
  }

  /// What arrays of a shape are in a data set.
  package enum Content: String, Encodable, Sendable {
    /// One dimension of bytes: the class of each image.
    case labels
    /// Three dimensions of bytes: grey images or masks.
    case planes
    /// Four dimensions of bytes.
    case images
    /// Three dimensions of 16-bit numbers, five an object.
    case boxes
    /// Images, each with its class.
    case labelledImages = "labelled images"
    case characters
    /// Anything else.
    case numbers
  }

  /// The summary of a file: CIFAR-10's by the suffix .bin, IDX by its first byte, which is zero and
  /// begins no text, otherwise a text.
  ///
  /// - Throws: `TensorFileProblem`.
  package init(ofFile path: String) throws(TensorFileProblem) {
    try self.init(try FileContents(ofFile: path))
  }

  /// The summary of a file's bytes.
  ///
  /// - Throws: `TensorFileProblem`.
  package init(_ file: FileContents) throws(TensorFileProblem) {
    path = file.path
    bytes = file.bytes.count
    digest = file.digest
    guard !file.bytes.isEmpty else {
      throw TensorFileProblem(path: file.path, reason: "the file is empty")
    }
    if file.path.lowercased().hasSuffix(".bin") {
      let records = try CIFAR10Records(file)
      let shape = ImageSet.cifarShape
      (kind, content, element) = (.cifar10, .labelledImages, IDXType.uint8.description)
      self.shape = [records.labels.count, shape.channels, shape.height, shape.width]
      range = Self.range(records.pixels)
      classCounts = Self.counts(records.labels, atLeast: CIFAR10Records.classCount)
    } else if file.bytes[0] == 0 {
      let tensor = try IDXTensor(file)
      kind = .idx
      element = tensor.elements.type.description
      shape = tensor.shape
      switch tensor.elements {
      case .uint8(let values):
        content = [1: .labels, 3: .planes, 4: .images][shape.count] ?? .numbers
        range = Self.range(values)
        if content == .labels { classCounts = Self.counts(values) }
      case .int16(let values):
        let isBoxes = shape.count == 3 && shape[2] == BoxTable.fields
        content = isBoxes ? .boxes : .numbers
        range = Self.range(values)
        if isBoxes { classCounts = Self.objectCounts(values) }
      }
    } else {
      let text = try PlainText(file)
      (kind, content, element) = (.text, .characters, "utf-8")
      shape = [text.count]
      vocabulary = text.vocabulary.count
    }
  }

  private enum CodingKeys: String, CodingKey {
    case path, kind, content, element, shape, bytes, digest, smallest, largest, classCounts
    case vocabulary
  }

  /// The keys of docs/schema/data-1.json.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(path, forKey: .path)
    try container.encode(kind, forKey: .kind)
    try container.encode(content, forKey: .content)
    try container.encode(element, forKey: .element)
    try container.encode(shape, forKey: .shape)
    try container.encode(bytes, forKey: .bytes)
    try container.encode(digest, forKey: .digest)
    try container.encodeIfPresent(range?.lowerBound, forKey: .smallest)
    try container.encodeIfPresent(range?.upperBound, forKey: .largest)
    try container.encodeIfPresent(classCounts, forKey: .classCounts)
    try container.encodeIfPresent(vocabulary, forKey: .vocabulary)
  }

  private static func range(_ values: [some FixedWidthInteger]) -> ClosedRange<Int>? {
    guard let smallest = values.min(), let largest = values.max() else { return nil }
    return Int(smallest)...Int(largest)
  }

  private static func counts(_ labels: [UInt8], atLeast classes: Int = 0) -> [Int] {
    var counts = [Int](repeating: 0, count: max(classes, Int(labels.max() ?? 0) + 1))
    for label in labels { counts[Int(label)] += 1 }
    return counts
  }

  /// The objects of each class; a number below zero is no class.
  private static func objectCounts(_ values: [Int16]) -> [Int] {
    let classes = stride(from: 0, to: values.count, by: BoxTable.fields).map { Int(values[$0]) }
    var counts = [Int](repeating: 0, count: max(0, classes.max() ?? 0) + 1)
    for objectClass in classes where objectClass > 0 { counts[objectClass] += 1 }
    return counts
  }
}
