// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import Training

@Suite struct CharacterTextTests {
  @Test("Tokens are Unicode scalars, and the vocabulary is what the text has")
  func tokens() throws {
    let text = try CharacterText(Data("añb\u{1f600}a".utf8), name: "/a/b.txt", context: 2)
    #expect(text.vocabulary == ["a", "b", "ñ", "\u{1f600}"])
    #expect(text.tokens == [0, 2, 1, 3, 0])
    #expect(text.description.name == "b.txt" && text.description.bytes == 9)
  }

  @Test("A text that cannot be trained on is refused with its reason")
  func problems() throws {
    func problem(_ bytes: [UInt8]) -> CharacterText.Problem? {
      do throws(CharacterText.Problem) {
        _ = try CharacterText(Data(bytes), name: "t", context: 3)
        return nil
      } catch {
        return error
      }
    }
    #expect(problem([]) == .tooShort(path: "t", characters: 0, needed: 4))
    #expect(problem(Array("abc".utf8)) == .tooShort(path: "t", characters: 3, needed: 4))
    #expect(problem(Array("abcd".utf8)) == nil)
    #expect(problem(Array("aaaaa".utf8)) == .oneCharacter(path: "t"))
    #expect(problem(Array("añ".utf8) + [0xff, 0x41]) == .notUTF8(path: "t", offset: 3))
    #expect(throws: CharacterText.Problem.self) {
      try CharacterText(contentsOfFile: "/nonexistent/text", context: 3)
    }
    #expect(throws: CharacterText.Problem.self) {
      try CharacterText(contentsOfFile: "/", context: 3)
    }
    let size = try #require(
      FileManager.default.attributesOfItem(atPath: #filePath)[.size] as? Int)
    #expect(throws: CharacterText.Problem.tooLarge(path: #filePath, bytes: size, limit: 9)) {
      try CharacterText(contentsOfFile: #filePath, context: 3, sizeLimit: 9)
    }
    #expect(
      throws: CharacterText.Problem.unreadable(path: "/dev/zero", reason: "not a regular file")
    ) {
      try CharacterText(contentsOfFile: "/dev/zero", context: 3)
    }
  }

  @Test("A batch is a function of seed and step; every window precedes its target")
  func batches() throws {
    let text = try Fixture.text()
    let batches = Batches(text, size: 16, context: 4, seed: 3)
    #expect(batches.batch(step: 2).tokens == batches.batch(step: 2).tokens)
    #expect(batches.batch(step: 1).tokens != batches.batch(step: 2).tokens)
    #expect(
      batches.batch(step: 1).tokens
        != Batches(text, size: 16, context: 4, seed: 4).batch(step: 1).tokens)
    let batch = batches.batch(step: 7)
    let windows = Set((0..<text.tokens.count - 4).map { Array(text.tokens[$0...$0 + 4]) })
    for example in 0..<16 {
      let window = Array(batch.tokens[example * 4..<example * 4 + 4]) + [batch.targets[example]]
      #expect(windows.contains(window))
    }
  }
}
