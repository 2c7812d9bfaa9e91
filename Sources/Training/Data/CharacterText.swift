// SPDX-License-Identifier: Apache-2.0
import Foundation
import Measurements
import TensorFiles

/// A text as tokens, one per Unicode scalar, with the vocabulary the text itself has.
public struct CharacterText: Sendable {
  /// What the text is.
  public let description: TextDescription
  /// The distinct scalars, ascending; a token is an index into them.
  public let vocabulary: [Unicode.Scalar]
  /// The tokens of the text.
  public let tokens: [Int]
  /// The last tenth, which is kept from training; nil where that is too short for a window.
  public let heldOut: Range<Int>?
  /// The tokens to train on.
  public var training: Range<Int> { 0..<(heldOut?.lowerBound ?? tokens.count) }

  /// The greatest size of a file in bytes: a token takes eight, and a run sees few of more.
  public static let sizeLimit = 1 << 28

  /// The text of a file of at most `sizeLimit` bytes.
  ///
  /// - Throws: `TensorFileProblem`.
  public init(
    contentsOfFile path: String, context: Int, sizeLimit: Int = CharacterText.sizeLimit
  ) throws(TensorFileProblem) {
    try self.init(try FileContents(ofFile: path, sizeLimit: sizeLimit), context: context)
  }

  /// The text of a file's bytes.
  ///
  /// - Throws: `TensorFileProblem` when they are not UTF-8, too few for one window of `context`
  ///   characters and the one after it, or one character over and over.
  public init(_ file: FileContents, context: Int) throws(TensorFileProblem) {
    let scalars = try PlainText(file).scalars
    let needed = context + 1
    guard scalars.count >= needed else {
      throw TensorFileProblem(
        path: file.path,
        reason: "too short to train on: it has \(scalars.count) characters, and \(needed) are "
          + "needed")
    }
    let vocabulary = Set(scalars).sorted()
    guard vocabulary.count > 1 else {
      throw TensorFileProblem(
        path: file.path, reason: "it repeats one character: there is nothing to predict")
    }
    let index = Dictionary(uniqueKeysWithValues: zip(vocabulary, 0...))
    self.vocabulary = vocabulary
    tokens = scalars.compactMap { index[$0] }
    let first = tokens.count - tokens.count / 10
    heldOut = tokens.count - first >= needed && first >= needed ? first..<tokens.count : nil
    description = TextDescription(
      name: URL(fileURLWithPath: file.path).lastPathComponent, bytes: file.bytes.count,
      characters: scalars.count, vocabulary: vocabulary.count, digest: file.digest)
  }
}
