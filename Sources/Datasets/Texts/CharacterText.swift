// SPDX-License-Identifier: Apache-2.0
import Foundation
import Measurements
import TensorFiles

/// A text as tokens, one per Unicode scalar, with the vocabulary the text itself has.
package struct CharacterText: Sendable {
  /// What the text is.
  package let description: TextDescription
  /// The distinct scalars, ascending; a token is an index into them.
  package let vocabulary: [Unicode.Scalar]
  /// The tokens of the text.
  package let tokens: TokenList
  /// The last tenth, which is kept from training; nil where that is too short for a window.
  package let heldOut: Range<Int>?
  /// The tokens to train on.
  package var training: Range<Int> { 0..<(heldOut?.lowerBound ?? tokens.count) }

  /// The greatest size of a file in bytes: a run sees little of more.
  package static let sizeLimit = 1 << 28

  /// The text of a file of at most `sizeLimit` bytes.
  ///
  /// - Throws: `TensorFileProblem`.
  package init(
    contentsOfFile path: String, context: Int, sizeLimit: Int = CharacterText.sizeLimit
  ) throws(TensorFileProblem) {
    try self.init(try FileContents(ofFile: path, sizeLimit: sizeLimit), context: context)
  }

  /// The text of a file's bytes.
  ///
  /// - Throws: `TensorFileProblem` when they are not UTF-8, too few for one window of `context`
  ///   characters and the one after it, or one character over and over.
  package init(_ file: FileContents, context: Int) throws(TensorFileProblem) {
    let text = try PlainText(file)
    let needed = context + 1
    guard text.count >= needed else {
      throw TensorFileProblem(
        path: file.path,
        reason: "too short to train on: it has \(text.count) characters, and \(needed) are "
          + "needed")
    }
    let vocabulary = text.vocabulary
    guard vocabulary.count > 1 else {
      throw TensorFileProblem(
        path: file.path, reason: "it repeats one character: there is nothing to predict")
    }
    self.vocabulary = vocabulary
    let largest = Int(vocabulary.last?.value ?? 0)
    var index = [Int](repeating: 0, count: largest + 1)
    for (token, scalar) in vocabulary.enumerated() { index[Int(scalar.value)] = token }
    tokens = TokenList(count: text.count, vocabulary: vocabulary.count) { next in
      text.forEach { next(index[Int($0.value)]) }
    }
    let first = tokens.count - tokens.count / 10
    heldOut = tokens.count - first >= needed && first >= needed ? first..<tokens.count : nil
    description = TextDescription(
      name: URL(fileURLWithPath: file.path).lastPathComponent, bytes: file.bytes.count,
      characters: text.count, vocabulary: vocabulary.count, digest: file.digest)
  }
}
