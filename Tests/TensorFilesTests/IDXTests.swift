// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import TensorFiles

@Suite("IDX files")
struct IDXTests {
  /// Two images of 2 x 3 bytes, byte for byte as the format's page has it.
  private static let images: [UInt8] =
    [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3] + Array(1...12)

  private func complaint(_ bytes: [UInt8]) -> String? {
    TensorFilesTests.complaint(bytes) { file throws(TensorFileProblem) in
      _ = try IDXTensor(file)
    }
  }

  @Test("Sizes are big-endian, elements row-major")
  func bytes() throws {
    let tensor = try IDXTensor(FileContents(path: "f", bytes: Self.images))
    #expect(tensor.shape == [2, 2, 3])
    #expect(tensor.elements == .uint8(Array(1...12)))
    #expect(tensor.shapeText == "2 x 2 x 3")
    #expect(tensor.encoded == Self.images)
    let count = 0x01_02_03
    let large = [0, 0, 8, 1, 0, 1, 2, 3] + [UInt8](repeating: 7, count: count)
    #expect(try IDXTensor(FileContents(path: "f", bytes: large)).shape == [count])
  }

  @Test("16-bit elements are big-endian and signed")
  func words() throws {
    let bytes: [UInt8] = [0, 0, 0x0b, 1, 0, 0, 0, 3, 0x01, 0x02, 0xff, 0xfe, 0x80, 0]
    let tensor = try IDXTensor(FileContents(path: "f", bytes: bytes))
    #expect(tensor.elements == .int16([258, -2, -32768]))
    #expect(tensor.encoded == bytes)
    #expect(tensor.byte(ofElement: 2) == 12)
  }

  @Test("Each fault has its line and its byte")
  func faults() {
    func header(_ type: UInt8, _ rank: UInt8, _ sizes: [UInt8]) -> [UInt8] {
      [0, 0, type, rank] + sizes
    }
    let largest: [UInt8] = [0xff, 0xff, 0xff, 0xff]
    let cases: [([UInt8], String)] = [
      ([], "'f', byte 0: the file ends within the 4 bytes that IDX starts with"),
      ([0, 0, 8], "'f', byte 3: the file ends within the 4 bytes that IDX starts with"),
      ([0x1f, 0x8b, 8, 8, 0, 0], "'f', byte 0: gzip data: gunzip it first"),
      ([0x50, 0x4b, 3, 4, 0, 0], "'f', byte 0: a zip archive: unzip it first"),
      ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], "'f', byte 0: xz data: unxz it first"),
      ([7, 0, 8, 3, 0], "'f', byte 0: 0x07, where IDX has 0x00: not IDX"),
      ([0, 9, 8, 3, 0], "'f', byte 1: 0x09, where IDX has 0x00: not IDX"),
      (
        header(0x0a, 1, [0, 0, 0, 1, 0]),
        "'f', byte 2: 0x0a is no type of IDX; u8 (0x08) and i16 (0x0b) are read"
      ),
      (
        header(0x09, 1, [0, 0, 0, 1, 0]),
        "'f', byte 2: elements are i8 (0x09); only u8 (0x08) and i16 (0x0b) are read"
      ),
      (
        header(0x0c, 1, [0, 0, 0, 1, 0]),
        "'f', byte 2: elements are i32 (0x0c); only u8 (0x08) and i16 (0x0b) are read"
      ),
      (
        header(0x0d, 1, [0, 0, 0, 1, 0]),
        "'f', byte 2: elements are f32 (0x0d); only u8 (0x08) and i16 (0x0b) are read"
      ),
      (
        header(0x0e, 1, [0, 0, 0, 1, 0]),
        "'f', byte 2: elements are f64 (0x0e); only u8 (0x08) and i16 (0x0b) are read"
      ),
      (header(8, 0, [0]), "'f', byte 3: 0 dimensions; 1 to 4 are read"),
      (header(8, 5, [0]), "'f', byte 3: 5 dimensions; 1 to 4 are read"),
      (
        header(8, 3, [0, 0, 0, 1, 0, 0, 0]),
        "'f', byte 11: the file ends within its 3 sizes, bytes 4 to 15"
      ),
      (
        header(8, 2, [0, 0, 0, 1, 0, 0, 0, 0]),
        "'f', byte 8: size 2 of 2 is 0: the file holds nothing"
      ),
      (
        header(8, 2, largest + largest + [1]),
        "'f', byte 4: sizes 4294967295 x 4294967295 ask for more than 2^63 bytes"
      ),
      (
        header(8, 1, largest + [1]),
        "'f', byte 9: the file ends; its sizes 4294967295 ask for 4294967303 bytes"
      ),
      (
        Self.images.dropLast(), "'f', byte 27: the file ends; its sizes 2 x 2 x 3 ask for 28 bytes"
      ),
      (
        Self.images + [1, 2], "'f', byte 28: 2 bytes more than the sizes 2 x 2 x 3 ask for"
      ),
      (
        header(0x0b, 1, [0, 0, 0, 2, 1, 2, 3]),
        "'f', byte 11: the file ends; its sizes 2 ask for 12 bytes"
      ),
    ]
    for (bytes, line) in cases { #expect(complaint(Array(bytes)) == line) }
  }

  @Test("No byte of a header may be lost or changed unseen")
  func damage() {
    for length in 0..<Self.images.count {
      #expect(complaint(Array(Self.images.prefix(length))) != nil, "\(length)")
    }
    for place in 0..<16 {
      for value in UInt8.min...UInt8.max where value != Self.images[place] {
        var bytes = Self.images
        bytes[place] = value
        #expect(complaint(bytes) != nil, "byte \(place) = \(value)")
      }
    }
  }
}
