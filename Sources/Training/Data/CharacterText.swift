// SPDX-License-Identifier: Apache-2.0
import Foundation
import Measurements

/// A text as tokens, one per Unicode scalar, with the vocabulary the text itself has.
public struct CharacterText: Sendable {
  /// What the text is.
  public let description: TextDescription
  /// The distinct scalars, ascending; a token is an index into them.
  public let vocabulary: [Unicode.Scalar]
  /// The tokens of the text.
  public let tokens: [Int]

  /// Why a file cannot be trained on.
  public enum Problem: Error, Sendable, Equatable, CustomStringConvertible {
    case unreadable(path: String, reason: String)
    case notUTF8(path: String, offset: Int)
    case tooShort(path: String, characters: Int, needed: Int)
    case tooLarge(path: String, bytes: Int, limit: Int)
    case oneCharacter(path: String)

    /// One line that says which file and what is wrong with it.
    public var description: String {
      switch self {
      case .unreadable(let path, let reason): "cannot read '\(path)': \(reason)"
      case .notUTF8(let path, let offset):
        "'\(path)' is not UTF-8 text: byte \(offset) begins no character"
      case .tooShort(let path, let characters, let needed):
        "'\(path)' is too short to train on: it has \(characters) characters, and \(needed) are "
          + "needed"
      case .tooLarge(let path, let bytes, let limit):
        "'\(path)' is too large to train on: it has \(bytes) bytes, and at most \(limit) are read; "
          + "take a part of it"
      case .oneCharacter(let path):
        "'\(path)' repeats one character: there is nothing to predict"
      }
    }
  }

  /// The greatest size of a file in bytes: a token takes eight, and a run sees few of more.
  public static let sizeLimit = 1 << 28

  /// The text of a file of at most `sizeLimit` bytes.
  ///
  /// - Throws: `Problem`.
  public init(
    contentsOfFile path: String, context: Int, sizeLimit: Int = CharacterText.sizeLimit
  ) throws(Problem) {
    // `open` names the reason; Foundation's errors on Linux hold a number. A pipe without a writer would
    // block, and a device may never end.
    let descriptor = open(path, O_RDONLY | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw .unreadable(path: path, reason: String(cString: strerror(errno)))
    }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      let isFolder = status.st_mode & S_IFMT == S_IFDIR
      throw .unreadable(path: path, reason: isFolder ? "it is a folder" : "not a regular file")
    }
    guard status.st_size <= sizeLimit else {
      throw .tooLarge(path: path, bytes: Int(status.st_size), limit: sizeLimit)
    }
    guard let data = try? file.readToEnd() ?? Data() else {
      throw .unreadable(path: path, reason: "read error")
    }
    try self.init(data, name: path, context: context)
  }

  /// The text of bytes that came from a file of the given name.
  ///
  /// - Throws: `Problem`.
  public init(_ data: Data, name path: String, context: Int) throws(Problem) {
    var scalars: [Unicode.Scalar] = []
    scalars.reserveCapacity(data.count)
    var decoder = Unicode.UTF8()
    var bytes = data.makeIterator()
    var offset = 0
    decoding: while true {
      switch decoder.decode(&bytes) {
      case .scalarValue(let scalar):
        scalars.append(scalar)
        offset += UTF8.width(scalar)
      case .emptyInput: break decoding
      case .error: throw .notUTF8(path: path, offset: offset)
      }
    }
    let needed = context + 1
    guard scalars.count >= needed else {
      throw .tooShort(path: path, characters: scalars.count, needed: needed)
    }
    let vocabulary = Set(scalars).sorted()
    guard vocabulary.count > 1 else { throw .oneCharacter(path: path) }
    let index = Dictionary(uniqueKeysWithValues: zip(vocabulary, 0...))
    self.vocabulary = vocabulary
    tokens = scalars.compactMap { index[$0] }
    description = TextDescription(
      name: URL(fileURLWithPath: path).lastPathComponent, bytes: data.count,
      characters: scalars.count, vocabulary: vocabulary.count, digest: Self.digest(data))
  }

  /// FNV-1a (Fowler, Noll and Vo), 64 bits.
  private static func digest(_ data: Data) -> String {
    let hash = data.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
