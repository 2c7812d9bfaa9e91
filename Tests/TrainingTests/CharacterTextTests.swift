// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFiles
import Testing

@testable import Datasets
@testable import Models
@testable import Network
@testable import Policies
@testable import Twins

@Suite struct CharacterTextTests {
  @Test("Tokens are Unicode scalars, and the vocabulary is what the text has")
  func tokens() throws {
    let text = try CharacterText(
      FileContents(path: "/a/b.txt", bytes: Array("añb\u{1f600}a".utf8)), context: 2)
    #expect(text.vocabulary == ["a", "b", "ñ", "\u{1f600}"])
    #expect(Array(text.tokens) == [0, 2, 1, 3, 0])
    #expect(text.description.name == "b.txt" && text.description.bytes == 9)
  }

  @Test("A text that cannot be trained on is refused with its reason")
  func problems() throws {
    func problem(_ bytes: [UInt8]) -> String? {
      do throws(TensorFileProblem) {
        _ = try CharacterText(FileContents(path: "t", bytes: bytes), context: 3)
        return nil
      } catch {
        return error.description
      }
    }
    let short = "'t': too short to train on: it has "
    #expect(problem([]) == short + "0 characters, and 4 are needed")
    #expect(problem(Array("abc".utf8)) == short + "3 characters, and 4 are needed")
    #expect(problem(Array("abcd".utf8)) == nil)
    #expect(
      problem(Array("aaaaa".utf8)) == "'t': it repeats one character: there is nothing to predict")
    #expect(
      problem(Array("añ".utf8) + [0xff, 0x41])
        == "'t', byte 3: 0xff begins no character: not UTF-8 text")
    #expect(problem([0x1f, 0x8b, 8, 0]) == "'t', byte 0: gzip data: gunzip it first")
  }

  @Test("A file of more bytes than a text may have is refused")
  func limit() throws {
    let size = try #require(
      FileManager.default.attributesOfItem(atPath: #filePath)[.size] as? Int)
    #expect(
      throws: TensorFileProblem(
        path: #filePath, reason: "\(size) bytes, and at most 9 are read; take a part of it")
    ) {
      try CharacterText(contentsOfFile: #filePath, context: 3, sizeLimit: 9)
    }
  }

  @Test("A batch is a function of seed and step; every window precedes its target")
  func batches() throws {
    let text = try Fixture.text()
    let batches = TextBatches(text, size: 16, context: 4, seed: 3)
    #expect(batches.batch(step: 2).tokens == batches.batch(step: 2).tokens)
    #expect(batches.batch(step: 1).tokens != batches.batch(step: 2).tokens)
    #expect(
      batches.batch(step: 1).tokens
        != TextBatches(text, size: 16, context: 4, seed: 4).batch(step: 1).tokens)
    let batch = batches.batch(step: 7)
    let windows = Set((0..<text.tokens.count - 4).map { Array(text.tokens[$0...$0 + 4]) })
    for example in 0..<16 {
      let window = Array(batch.tokens[example * 4..<example * 4 + 4]) + [batch.targets[example]]
      #expect(windows.contains(window))
    }
  }
}
