// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import TensorFiles

@Suite("CIFAR-10's binary version, and text")
struct CIFAR10Tests {
  private func complaint(_ bytes: [UInt8]) -> String? {
    TensorFilesTests.complaint(bytes) { file throws(TensorFileProblem) in
      _ = try CIFAR10Records(file)
    }
  }

  /// Records whose pixels count up, so that a shift by one byte is seen.
  private static func records(_ labels: [UInt8]) -> [UInt8] {
    labels.flatMap { label in [label] + (0..<3072).map { UInt8(($0 + Int(label)) % 251) } }
  }

  @Test("A record is a label, then the planes")
  func records() throws {
    let bytes = Self.records([3, 9, 0])
    let records = try CIFAR10Records(FileContents(path: "f", bytes: bytes))
    #expect(records.labels == [3, 9, 0])
    #expect(records.pixels.count == 3 * 3072)
    #expect(records.pixels[0] == 3 && records.pixels[3072] == 9 && records.pixels[6144] == 0)
    #expect(records.encoded == bytes)
  }

  @Test("Each fault has its line and its byte")
  func faults() {
    #expect(complaint([]) == "'f': the file is empty")
    #expect(
      complaint(Self.records([1, 2]) + [0, 0])
        == "'f', byte 6148: the file ends after 2 of the 3073 bytes of record 3")
    #expect(
      complaint(Self.records([1, 2]).dropLast())
        == "'f', byte 6145: the file ends after 3072 of the 3073 bytes of record 2")
    #expect(
      complaint(Self.records([1, 2, 10, 4]))
        == "'f', byte 6146: label 10 of record 3; CIFAR-10's are 0 to 9")
    #expect(complaint([0x1f, 0x8b, 8]) == "'f', byte 0: gzip data: gunzip it first")
  }

  @Test("A text is UTF-8 or is refused at the first byte that begins no character")
  func text() throws {
    let bytes = Array("añ\u{1f600}\n".utf8)
    let text = try PlainText(FileContents(path: "f", bytes: bytes))
    var scalars: [Unicode.Scalar] = []
    text.forEach { scalars.append($0) }
    #expect(scalars == ["a", "ñ", "\u{1f600}", "\n"] && text.count == 4)
    #expect(text.vocabulary == ["\n", "a", "ñ", "\u{1f600}"])
    func complaint(_ bytes: [UInt8]) -> String? {
      TensorFilesTests.complaint(bytes) { file throws(TensorFileProblem) in
        _ = try PlainText(file)
      }
    }
    #expect(complaint([]) == nil)
    #expect(
      complaint(bytes + [0xff, 0x41])
        == "'f', byte 8: 0xff begins no character: not UTF-8 text")
    #expect(
      complaint([0x41, 0xc0, 0x80]) == "'f', byte 1: 0xc0 begins no character: not UTF-8 text")
    #expect(
      complaint([0x41, 0xe2, 0x82]) == "'f', byte 1: 0xe2 begins no character: not UTF-8 text")
    #expect(
      complaint([0x93] + "NUMPY".utf8) == "'f', byte 0: an array of NumPy, which is not read")
    #expect(complaint([0x89] + "PNG".utf8) == "'f', byte 0: a PNG image, not a data set")
    #expect(complaint([0xff, 0xd8, 0xff, 0xe0]) == "'f', byte 0: a JPEG image, not a data set")
  }
}
