// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import TensorFiles

@Suite("safetensors")
struct SafetensorsTests {
  private func read(_ bytes: [UInt8]) throws -> SafetensorsFile {
    try SafetensorsFile(FileContents(path: "f", bytes: bytes))
  }

  /// safetensors 0.8.0: save({'b': arange(3, dtype='f4'), 'a"\n': array([1, 0], '?'),
  /// 'e': zeros((0, 3), 'i8')}, metadata={'format': 'pt'}).
  private static let saved = base64(
    """
    0AAAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJmb3JtYXQiOiJwdCJ9LCJlIjp7ImR0eXBlIjoiSTY0Iiwic2hhcGUi
    OlswLDNdLCJkYXRhX29mZnNldHMiOlswLDBdfSwiYiI6eyJkdHlwZSI6IkYzMiIsInNoYXBlIjpbM10sImRhdGFf
    b2Zmc2V0cyI6WzAsMTJdfSwiYVwiXG4iOnsiZHR5cGUiOiJCT09MIiwic2hhcGUiOlsyXSwiZGF0YV9vZmZzZXRz
    IjpbMTIsMTRdfX0gICAgICAgAAAAAAAAgD8AAABAAQA=
    """)

  @Test("What the reference wrote is read, and written again byte for byte")
  func reference() throws {
    let file = try read(Self.saved)
    #expect(
      file.tensors == [
        StoredTensor(name: "e", type: .int64, shape: [0, 3], contents: []),
        StoredTensor(
          name: "b", type: .fp32, shape: [3],
          contents: [0, 0, 0, 0, 0, 0, 0x80, 0x3f, 0, 0, 0, 0x40]),
        StoredTensor(name: "a\"\n", type: .bool, shape: [2], contents: [1, 0]),
      ])
    #expect(file.metadata == [SafetensorsFile.Note(name: "format", text: "pt")])
    #expect(try file.encoded(path: "f") == Self.saved)
    let shuffled = SafetensorsFile(tensors: file.tensors.reversed(), metadata: file.metadata)
    #expect(try shuffled.encoded(path: "f") == Self.saved)
    #expect(
      try SafetensorsFile(tensors: []).encoded(path: "f") == little(8, 8) + Array("{}      ".utf8))
  }

  @Test("Every name of a type stands for its bits, those below a byte packed")
  func types() throws {
    for (name, type, count, bytes) in [
      ("BOOL", .bool, 3, 3), ("U8", .uint8, 3, 3), ("I8", .int8, 3, 3), ("I16", .int16, 3, 6),
      ("U16", .uint16, 3, 6), ("F16", .fp16, 3, 6), ("BF16", .bf16, 3, 6), ("I32", .int32, 3, 12),
      ("U32", .uint32, 3, 12), ("F32", .fp32, 3, 12), ("F64", .fp64, 3, 24),
      ("I64", .int64, 3, 24), ("U64", .uint64, 3, 24), ("F8_E4M3", .e4m3, 3, 3),
      ("F8_E5M2", .e5m2, 3, 3), ("F8_E8M0", .e8m0, 3, 3), ("F4", .e2m1, 6, 3),
      ("F6_E2M3", .e2m3, 8, 6), ("F6_E3M2", .e3m2, 4, 3),
    ] as [(String, ElementType, Int, Int)] {
      let header = #"{"w":{"dtype":"\#(name)","shape":[\#(count)],"data_offsets":[0,\#(bytes)]}}"#
      let data = (0..<bytes).map { UInt8($0) }
      let tensors = try read(safetensors(header, data)).tensors
      #expect(
        tensors == [StoredTensor(name: "w", type: type, shape: [count], contents: data[...])],
        "\(name)")
      #expect(type.safetensorsName == name && ElementType(name: name) == type)
    }
    #expect(ElementType.allCases.count == 19)
  }

  @Test("Tensors share the file's bytes, in any order and at any alignment")
  func offsets() throws {
    let header =
      #"{"z":{"data_offsets":[1,9],"dtype":"F64","shape":[]},"# + "\n\t "
      + #""y":{"shape":[1],"dtype":"U8","data_offsets":[ 0 , 1 ]},"# + "\r"
      + #""x":{"dtype":"F32","shape":[3,0],"data_offsets":[9,9]}}   "#
    let file = FileContents(path: "f", bytes: safetensors(header, Array(1...9)))
    let tensors = try SafetensorsFile(file).tensors
    #expect(tensors.map(\.name) == ["z", "y", "x"])
    #expect(tensors.map { Array($0.contents) } == [Array(2...9), [1], []])
    let isShared = file.bytes.withUnsafeBytes { whole in
      tensors[0].contents.withUnsafeBytes {
        $0.baseAddress == whole.baseAddress.map { $0 + file.bytes.count - 8 }
      }
    }
    #expect(isShared)
  }

  @Test("Names are compared as they are written, not as they look")
  func names() throws {
    // An accent in a character, and one after it, look alike; so do a letter and its escape, which
    // are the same.
    let entry = { (name: String, start: Int) in
      #""\#(name)":{"dtype":"U8","shape":[],"data_offsets":[\#(start),\#(start + 1)]}"#
    }
    let bytes = safetensors("{\(entry("\u{e9}", 0)),\(entry("e\u{301}", 1))}", [1, 2])
    let file = try read(bytes)
    #expect(file.tensors.map { Array($0.name.utf8) } == [[0xc3, 0xa9], [0x65, 0xcc, 0x81]])
    #expect(try read(file.encoded(path: "f")).tensors.count == 2)
    let escaped = safetensors(#"{\#(entry("a", 0)),\#(entry(#"\u0061"#, 1))}"#, [1, 2])
    #expect(line(.safetensors, escaped) == "'f', byte 60: a second tensor 'a'")
  }

  @Test("Escapes are JSON's, both ways")
  func escapes() throws {
    let header =
      #"{"\"\\\/\b\f\n\r\t\u0001\u00e9\ud83d\ude00\uD83D\uDE00":"#
      + #"{"dtype":"U8","shape":[],"data_offsets":[0,1]}}"#
    let file = try read(safetensors(header, [5]))
    #expect(
      file.tensors.map(\.name) == ["\"\\/\u{8}\u{c}\n\r\t\u{1}\u{e9}\u{1f600}\u{1f600}"])
    let written = try file.encoded(path: "f")
    #expect(try read(written) == file)
    let expected = #"{"\"\\/\b\f\n\r\t\u0001é😀😀":{"dtype""#
    #expect(String(decoding: written.dropFirst(8), as: UTF8.self).hasPrefix(expected))
  }

  @Test("The writer refuses names that stand twice, and the one that is reserved")
  func refusals() {
    func complaint(_ names: [String], _ notes: [String] = []) -> String? {
      let file = SafetensorsFile(
        tensors: names.map { StoredTensor(name: $0, type: .uint8, shape: [], contents: [1]) },
        metadata: notes.map { SafetensorsFile.Note(name: $0, text: "") })
      do throws(TensorFileProblem) {
        _ = try file.encoded(path: "f")
        return nil
      } catch {
        return error.description
      }
    }
    #expect(complaint(["a", "b"], ["a", "b"]) == nil)
    #expect(complaint(["a", "b", "a"]) == "'f': two tensors with the name 'a'")
    #expect(complaint(["a"], ["n", "m", "n"]) == "'f': two notes with the name 'n'")
    #expect(complaint(["__metadata__"]) == "'f': no tensor can have the name '__metadata__'")
  }
}
