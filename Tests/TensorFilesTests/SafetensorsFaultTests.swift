// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import TensorFiles

@Suite("Each fault of a safetensors file has its line and its byte")
struct SafetensorsFaultTests {
  /// A tensor's member of the header.
  private func entry(
    _ name: String, _ type: String = "U8", _ shape: String = "[2]", _ offsets: String = "[0,2]"
  ) -> String {
    #""\#(name)":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}"#
  }

  private func complaint(_ header: String, _ data: [UInt8] = [1, 2]) -> String? {
    line(.safetensors, safetensors(header, data))
  }

  @Test("Another file's first bytes, a pickle's and a zip's among them")
  func foreign() {
    for (bytes, expected) in [
      ([], "'f', byte 0: the file ends within the 8 bytes of its header's length"),
      ([2, 0, 0], "'f', byte 3: the file ends within the 8 bytes of its header's length"),
      (
        [0x80, 2, 0x7d, 0x71, 0, 0x58, 1, 0, 0, 0],
        "'f', byte 0: a pickle of Python, a program that is not run: save its tensors as "
          + "safetensors where they were made"
      ),
      (
        ZipBytes(members: [.init("archive/data.pkl", [1])]).bytes,
        "'f', byte 0: a checkpoint of PyTorch, a program that is not run: save its tensors as "
          + "safetensors where they were made"
      ),
      (
        ZipBytes(members: [.init("letters.txt", [1])]).bytes,
        "'f', byte 0: a zip archive: unzip it first"
      ),
      (
        ZipBytes(members: [.init("a.npy", [1])]).bytes,
        "'f', byte 0: an archive of NumPy's arrays (npz), not safetensors: give it a name that "
          + "ends in .npz"
      ),
      (
        npy("{}"),
        "'f', byte 0: an array of NumPy, not safetensors: give it a name that ends in .npy"
      ),
      (
        [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a],
        "'f', byte 0: an HDF5 file, not safetensors"
      ),
    ] as [([UInt8], String)] {
      #expect(line(.safetensors, bytes) == expected)
    }
  }

  @Test("A header longer than the file, or than any that is read")
  func lengths() {
    let header = Array("{}".utf8)
    #expect(line(.safetensors, little(2, 8) + header) == nil)
    #expect(
      line(.safetensors, little(3, 8) + header)
        == "'f', byte 0: a header of 3 bytes, and the file has 2 after its length")
    #expect(
      line(.safetensors, little(100_000_000, 8) + header)
        == "'f', byte 0: a header of 100000000 bytes, and the file has 2 after its length")
    for length in [100_000_001, .max] as [UInt64] {
      #expect(
        line(.safetensors, little(length, 8) + header)
          == "'f', byte 0: a header of \(length) bytes, and at most 100000000 are read: not "
          + "safetensors")
    }
    #expect(
      line(.safetensors, little(0, 8))
        == "'f', byte 8: the header ends where the header's '{' is due")
  }

  @Test("A space before the header, and anything but spaces after it")
  func spaces() {
    #expect(complaint("{}   ", []) == nil)
    #expect(complaint(" {}", []) == "'f', byte 8: ' ', where the header's '{' is due")
    #expect(complaint("[]", []) == "'f', byte 8: '[', where the header's '{' is due")
    for (end, found) in [("\n", "0x0a"), ("\0", "0x00"), ("}", "'}'")] {
      #expect(
        complaint("{} " + end, [])
          == "'f', byte 11: \(found), where the end of the header, or a space before it, is due")
    }
  }

  @Test("A name, or a key, that stands twice")
  func duplicates() {
    #expect(
      complaint("{\(entry("w")),\(entry("w"))}") == "'f', byte 61: a second tensor 'w'")
    #expect(
      complaint(#"{"__metadata__":{},"__metadata__":{}}"#, [])
        == "'f', byte 27: a second tensor '__metadata__'")
    #expect(
      complaint(#"{"__metadata__":{"a":"1","a":"2"}}"#, [])
        == "'f', byte 33: a second 'a' in __metadata__")
    #expect(
      complaint(#"{"w":{"dtype":"U8","dtype":"U8"}}"#)
        == "'f', byte 27: a second 'dtype' of tensor 'w'")
  }

  @Test("Metadata that is not text")
  func metadata() {
    for (value, found) in [
      ("1", "'1'"), ("null", "'n'"), ("{}", "'{'"), ("[]", "'['"), ("true", "'t'"),
    ] {
      #expect(
        complaint("{\"__metadata__\":{\"a\":\(value)}}", [])
          == "'f', byte 29: \(found), where text, as all of __metadata__ is, in double quotes "
          + "is due"
      )
    }
    #expect(complaint(#"{"__metadata__":null}"#, []) == "'f', byte 24: 'n', where '{' is due")
  }

  @Test("A tensor that lacks a key, has another, or an unknown type")
  func keys() {
    for (header, expected) in [
      (#"{"w":{}}"#, "byte 9: tensor 'w' has no 'dtype'"),
      (#"{"w":{"dtype":"U8"}}"#, "byte 9: tensor 'w' has no 'shape'"),
      (#"{"w":{"dtype":"U8","shape":[2]}}"#, "byte 9: tensor 'w' has no 'data_offsets'"),
      (
        #"{"w":{"strides":[1]}}"#,
        "byte 14: 'strides', and a tensor has only dtype, shape and data_offsets"
      ),
      (#"{"w":3}"#, "byte 13: '3', where '{' is due"),
      (#"{"w":{"dtype":8}}"#, "byte 22: '8', where the name of a type in double quotes is due"),
      (
        #"{"w":{"dtype":"C64"}}"#,
        "byte 22: complex numbers (C64), which are not read: save real and imaginary parts apart"
      ),
      (
        #"{"w":{"dtype":"f32"}}"#,
        "byte 22: dtype 'f32' is not read; BOOL, F4, F6_E2M3, F6_E3M2, U8, I8, F8_E5M2, F8_E4M3, "
          + "F8_E8M0, I16, U16, F16, BF16, I32, U32, F32, F64, I64, U64 are"
      ),
    ] {
      #expect(complaint(header) == "'f', \(expected)", "\(header)")
    }
  }

  @Test("A size or an offset that is no whole number from 0 to 2^63 - 1")
  func numbers() {
    for (shape, expected) in [
      ("[-1]", "byte 36: '-', where size 1, a whole number, is due"),
      ("[1.0]", "byte 37: '.', where the end of a whole number is due"),
      ("[1e3]", "byte 37: 'e', where the end of a whole number is due"),
      ("[01]", "byte 36: size 1 begins with 0"),
      ("[1,]", "byte 38: ']', where size 2, a whole number, is due"),
      ("[1 2]", "byte 38: '2', where ',' or ']' is due"),
      ("[\"1\"]", "byte 36: '\"', where size 1, a whole number, is due"),
      ("[[1]]", "byte 36: '[', where size 1, a whole number, is due"),
      ("{}", "byte 35: '{', where '[' is due"),
      ("[9223372036854775808]", "byte 36: size 1 is above 2^63 - 1"),
      ("[2,340282366920938463463374607431768211456]", "byte 38: size 2 is above 2^63 - 1"),
    ] {
      #expect(complaint("{\(entry("w", "U8", shape))}") == "'f', \(expected)", "\(shape)")
    }
    for (offsets, expected) in [
      ("[0]", "data_offsets [0] are not a start and an end that is not before it"),
      ("[]", "data_offsets [] are not a start and an end that is not before it"),
      ("[2,0]", "data_offsets [2, 0] are not a start and an end that is not before it"),
      ("[0,1,2]", "data_offsets: more than 2 numbers"),
    ] {
      #expect(
        complaint("{\(entry("w", "U8", "[2]", offsets))}") == "'f', byte 54: \(expected)",
        "\(offsets)")
    }
    let sizes = "[" + [String](repeating: "1", count: 65).joined(separator: ",") + "]"
    #expect(complaint("{\(entry("w", "U8", sizes))}") == "'f', byte 35: size: more than 64 numbers")
  }

  @Test("Sizes that overflow, end within a byte, or are not those of the offsets")
  func sizes() {
    for shape in [
      "[4294967296,4294967296]", "[0,4294967296,4294967296]", "[4294967296,4294967296,0]",
      "[9223372036854775807,2]",
    ] {
      let sizes = shape.replacing(",", with: ", ")
      #expect(
        complaint("{\(entry("w", "U8", shape, "[0,0]"))}", [])
          == "'f', byte 35: tensor 'w': \(sizes) of uint8 are more than 2^63 bits", "\(shape)")
    }
    for (type, name, count, bits) in [("F4", "e2m1", 3, 12), ("F6_E3M2", "e3m2", 2, 12)] {
      #expect(
        complaint("{\(entry("w", type, "[\(count)]"))}")
          == "'f', byte \(33 + type.utf8.count): tensor 'w': [\(count)] of \(name) are \(bits) "
          + "bits, which are not whole bytes")
    }
    #expect(
      complaint("{\(entry("w", "U8", "[3]"))}")
        == "'f', byte 54: tensor 'w': [3] of uint8 are 3 bytes, and data_offsets have 2")
    #expect(
      complaint("{\(entry("w", "F32", "[]"))}")
        == "'f', byte 54: tensor 'w': [] of fp32 are 4 bytes, and data_offsets have 2")
  }

  @Test("A hole, an overlap, and an end that is not the file's")
  func cover() {
    let one = entry("a", "U8", "[2]", "[0,2]")
    #expect(
      complaint("{\(one),\(entry("b", "U8", "[1]", "[3,4]"))}", [1, 2, 3, 4])
        == "'f', byte 106: tensor 'b' starts at 3 of the buffer, and those before it end at 2")
    #expect(
      complaint("{\(entry("b", "U8", "[1]", "[1,2]"))}")
        == "'f', byte 54: tensor 'b' starts at 1 of the buffer, and those before it end at 0")
    #expect(
      complaint("{\(one),\(entry("b", "U8", "[2]", "[1,3]"))}", [1, 2, 3])
        == "'f', byte 106: tensor 'b' starts at 1 of the buffer, before the end of another at 2")
    #expect(
      complaint("{\(one),\(entry("b", "U8", "[2]", "[0,2]"))}")
        == "'f', byte 106: tensor 'b' starts at 0 of the buffer, before the end of another at 2")
    #expect(
      complaint("{\(one)}", [1])
        == "'f', byte 54: tensor 'a' ends at 2 of the buffer, which has 1 bytes in the file")
    #expect(
      complaint("{\(one)}", [1, 2, 3])
        == "'f', byte 63: 1 bytes more than the header's tensors have")
    #expect(
      complaint("{\(entry("w", "U8", "[9223372036854775]", "[0,9223372036854775]"))}")
        == "'f', byte 69: tensor 'w' ends at 9223372036854775 of the buffer, which has 2 bytes in "
        + "the file")
  }

  @Test("Text that is not JSON, or not UTF-8")
  func json() {
    for (header, expected) in [
      ("{", "byte 9: the header ends where a name in double quotes is due"),
      ("{a:1}", "byte 9: 'a', where a name in double quotes is due"),
      ("{'a':1}", "byte 9: ''', where a name in double quotes is due"),
      (#"{"a""#, "byte 12: the header ends where ':' is due"),
      (#"{"a"#, "byte 11: the header ends where the closing quote is due"),
      ("{\"a\n\"", "byte 11: 0x0a, where no control character but an escape is due"),
      (#"{"\x""#, "byte 11: 'x', where an escape of JSON is due"),
      (#"{"\u12G4""#, "byte 14: 'G', where a hexadecimal digit is due"),
      (#"{"\ud83d""#, "byte 10: half of a surrogate pair, which is no character"),
      (#"{"\ude00\ud83d""#, "byte 10: half of a surrogate pair, which is no character"),
      (#"{"\ud83d\u0041""#, "byte 10: half of a surrogate pair, which is no character"),
      ("{/**/}", "byte 9: '/', where a name in double quotes is due"),
      (#"{"__metadata__":{},}"#, "byte 27: '}', where a name in double quotes is due"),
      (#"{"__metadata__":{} "w":{}}"#, "byte 27: '\"', where ',' or '}' is due"),
    ] {
      #expect(complaint(header, []) == "'f', \(expected)", "\(header)")
    }
    for (bytes, place) in [
      ([0xff], 10), ([0x61, 0xc0, 0x80], 11), ([0xed, 0xa0, 0x80], 10), ([0xe2, 0x82], 10),
      ([0xc3, 0xa9, 0xf4, 0x90, 0x80, 0x80], 12),
    ] as [([UInt8], Int)] {
      let header = Array("{\"".utf8) + bytes + Array("\":{}}".utf8)
      #expect(
        line(.safetensors, little(UInt64(header.count), 8) + header)
          == "'f', byte \(place): not UTF-8")
    }
  }

  @Test("Brackets nested a million deep are refused at the first that has no place")
  func depth() {
    let deep = String(repeating: "[", count: 1_000_000)
    #expect(complaint("{\"w\":" + deep) == "'f', byte 13: '[', where '{' is due")
    let objects = String(repeating: "{\"w\":", count: 1_000_000)
    #expect(complaint(objects)?.hasPrefix("'f', byte 14: 'w', and a tensor has only") == true)
  }

  @Test("A name in a message is short, and nothing in it moves a cursor")
  func visible() {
    let name = String(repeating: "n", count: 10_000)
    let line = complaint("{\(entry("\\u001b[2J" + name, "U8", "[3]"))}")
    #expect(line?.contains("tensor '\\u{1b}[2Jnn") == true && line?.utf8.count ?? 999 < 200)
  }

  @Test("No byte of a file may be lost unseen")
  func truncation() {
    let bytes = safetensors("{\(entry("w"))}", [1, 2])
    #expect(line(.safetensors, bytes) == nil)
    for length in bytes.indices {
      #expect(line(.safetensors, Array(bytes.prefix(length))) != nil, "\(length)")
    }
  }
}
