// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import TensorFiles

@Suite("NumPy's npy")
struct NPYTests {
  private func read(_ bytes: [UInt8], as type: ElementType? = nil) throws -> StoredTensor {
    try NPYFile.read(FileContents(path: "f", bytes: bytes), as: type)
  }

  @Test("Versions 1.0 to 3.0 hold the same array, in bytes that are not copied")
  func versions() throws {
    let data = Array(UInt8(1)...12)
    for version in [1, 2, 3] as [UInt8] {
      let file = FileContents(
        path: "f", bytes: npy(dictionary("<i2", "(2, 3)") + "  \n", data, version: version))
      let tensor = try NPYFile.read(file, name: "t")
      #expect(tensor.name == "t" && tensor.type == .int16 && tensor.shape == [2, 3])
      #expect(Array(tensor.contents) == data && tensor.count == 6)
      #expect(tensor.words(as: UInt16.self) == [0x201, 0x403, 0x605, 0x807, 0xa09, 0xc0b])
      let isShared = file.bytes.withUnsafeBytes { whole in
        tensor.contents.withUnsafeBytes {
          $0.baseAddress == whole.baseAddress.map { $0 + file.bytes.count - 12 }
        }
      }
      #expect(isShared)
    }
  }

  @Test("Every type of NumPy's is read as what it is")
  func types() throws {
    for (text, type) in [
      ("|b1", .bool), ("|i1", .int8), ("|u1", .uint8), ("<i2", .int16), ("<u2", .uint16),
      ("<i4", .int32), ("<u4", .uint32), ("<i8", .int64), ("<u8", .uint64), ("<f2", .fp16),
      ("<f4", .fp32), ("<f8", .fp64), ("<u1", .uint8), (">i1", .int8),
    ] as [(String, ElementType)] {
      let data = [UInt8](repeating: 1, count: type.bitWidth / 8)
      let tensor = try read(npy(dictionary(text, "(1,)"), data))
      #expect(tensor.type == type && Array(tensor.contents) == data, "\(text)")
    }
  }

  @Test("Big-endian elements are turned, and those of one byte are not")
  func bigEndian() throws {
    for (text, data, expected) in [
      (">i2", [1, 2, 3, 4], [2, 1, 4, 3]), (">f4", [1, 2, 3, 4], [4, 3, 2, 1]),
      (">u8", [1, 2, 3, 4, 5, 6, 7, 8], [8, 7, 6, 5, 4, 3, 2, 1]), (">u1", [1, 2], [1, 2]),
    ] as [(String, [UInt8], [UInt8])] {
      let count = text == ">i2" || text == ">u1" ? 2 : 1
      #expect(
        Array(try read(npy(dictionary(text, "(\(count),)"), data)).contents) == expected, "\(text)")
    }
    #expect(
      try Array(read(npy(dictionary(">V2", "()"), [0x3f, 0x80]), as: .bf16).contents) == [
        0x80, 0x3f,
      ])
  }

  @Test("In Fortran's order the first dimension is the fastest")
  func fortran() throws {
    // Element (i, j, k) is 100 i + 10 j + k; sizes 2 x 3 x 2.
    var data: [UInt8] = []
    for k in 0..<2 {
      for j in 0..<3 { for i in 0..<2 { data.append(UInt8(100 * i + 10 * j + k)) } }
    }
    let bytes = try read(npy(dictionary("|u1", "(2, 3, 2)", fortran: "True"), data)).contents
    #expect(Array(bytes) == [0, 1, 10, 11, 20, 21, 100, 101, 110, 111, 120, 121])
    let words = data.flatMap { [0, $0] as [UInt8] }
    let turned = try read(npy(dictionary(">u2", "(2, 3, 2)", fortran: "True"), words))
    #expect(turned.words(as: UInt16.self) == bytes.map(UInt16.init))
    for shape in ["(6,)", "(1, 6)", "(6, 1, 1)"] {
      let array = npy(dictionary("|u1", shape, fortran: "True"), [1, 2, 3, 4, 5, 6])
      #expect(Array(try read(array).contents) == [1, 2, 3, 4, 5, 6], "\(shape)")
    }
    #expect(try read(npy(dictionary("<f4", "(2, 0, 3)", fortran: "True"))).shape == [2, 0, 3])
  }

  @Test("A scalar has no sizes, an array of nothing no bytes")
  func ranks() throws {
    let scalar = try read(npy(dictionary("<f8", "()"), Array(1...8)))
    #expect(scalar.shape == [] && scalar.count == 1 && scalar.contents.count == 8)
    let empty = try read(npy(dictionary("<f8", "(3, 0)")))
    #expect(empty.shape == [3, 0] && empty.count == 0 && empty.contents.isEmpty)
    let sizes = "(" + String(repeating: "1, ", count: 64) + ")"
    #expect(try read(npy(dictionary("|u1", sizes), [7])).shape.count == 64)
  }

  @Test("The dictionary's order, quotes and spaces are free, and Python 2's numbers end in L")
  func dictionaries() throws {
    for text in [
      "{'shape': (2,), 'fortran_order': False, 'descr': '|u1'}",
      "{\"descr\":\"|u1\",\"shape\":(2,),\"fortran_order\":False,}\n\n",
      "\n { 'descr' :\t'|u1' , 'fortran_order' : False , 'shape' : ( 2 , ) , } ",
      "{'descr': '|u1', 'fortran_order': False, 'shape': (2L,), }",
    ] {
      #expect(try read(npy(text, [4, 5])).contents == [4, 5], "\(text)")
    }
  }

  @Test("What NumPy has no type for is read as what is asked for, and never guessed")
  func asked() throws {
    let words: [UInt8] = [0x80, 0x3f]
    // ml_dtypes 0.6.0 saves BF16 as <V2 and FP8 as <V1, apart from E5M2; NumPy makes |V2 of <V2.
    for text in ["<V2", "|V2", "<u2"] {
      let tensor = try read(npy(dictionary(text, "(1,)"), words), as: .bf16)
      #expect(tensor.type == .bf16 && tensor.contents == [0x80, 0x3f])
    }
    for text in ["<V1", "|V1", "<f1", "|u1"] {
      #expect(try read(npy(dictionary(text, "(1,)"), [0x38]), as: .e4m3).type == .e4m3)
    }
    func complaint(_ text: String, _ type: ElementType?) -> String? {
      line(.npy, npy(dictionary(text, "(1,)"), words), as: type)
    }
    #expect(
      complaint("<V2", nil)
        == "'f', byte 20: elements are '<V2': 2 bytes whose meaning the file does not tell; ask "
        + "for int16, uint16, fp16, bf16")
    #expect(
      complaint("|V1", nil)
        == "'f', byte 20: elements are '|V1': 1 byte whose meaning the file does not tell; ask "
        + "for bool, uint8, int8, e5m2, e4m3, e8m0")
    #expect(
      complaint("<V2", .e4m3)
        == "'f', byte 20: elements are '<V2': 16 bits, and e4m3, which was asked for, has 8")
    #expect(
      complaint("<f2", .bf16)
        == "'f', byte 20: elements are '<f2': they are fp16, and bf16 was asked for")
    #expect(
      complaint("<V1", .e2m1)
        == "'f', byte 20: elements are '<V1': one in 8 bits, and e2m1 is read only packed, from "
        + "safetensors")
  }

  @Test("The writer's bytes are those of numpy.save")
  func writer() throws {
    // NumPy 2.4.6: np.save of each array. The header and its spaces fill a multiple of 64.
    func header(_ text: String) -> [UInt8] {
      [0x93] + "NUMPY".utf8 + [1, 0, 0x76, 0]
        + Array((text + String(repeating: " ", count: 117 - text.utf8.count) + "\n").utf8)
    }
    for (type, shape, text) in [
      (.fp32, [2, 3], "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"),
      (.bool, [], "{'descr': '|b1', 'fortran_order': False, 'shape': (), }"),
      (.int8, [5], "{'descr': '|i1', 'fortran_order': False, 'shape': (5,), }"),
      (.bf16, [2, 0, 3], "{'descr': '<V2', 'fortran_order': False, 'shape': (2, 0, 3), }"),
      (.e4m3, [1], "{'descr': '<V1', 'fortran_order': False, 'shape': (1,), }"),
    ] as [(ElementType, [Int], String)] {
      let count = try #require(StoredTensor.byteCount(type: type, shape: shape))
      let data = (0..<count).map { UInt8($0) }
      let tensor = StoredTensor(name: "", type: type, shape: shape, contents: data[...])
      let bytes = try NPYFile.encoded(tensor, path: "f")
      #expect(bytes == header(text) + data, "\(text)")
      #expect(try read(bytes, as: type) == tensor)
    }
    // With 36 sizes of 1 a header fills its block to the last byte, and NumPy adds a whole block of
    // spaces to it.
    let sizes = [Int](repeating: 1, count: 36)
    let full = try NPYFile.encoded(
      StoredTensor(name: "", type: .uint8, shape: sizes, contents: [9]), path: "f")
    #expect(full.count == 257 && full[8] == 0xf6)
    for rank in 0...64 {
      let sizes = [Int](repeating: 1, count: rank)
      let bytes = try NPYFile.encoded(
        StoredTensor(name: "", type: .uint8, shape: sizes, contents: [9]), path: "f")
      #expect(bytes.count % 64 == 1 && bytes[bytes.count - 2] == 0x0a)
    }
  }

  @Test("Elements below a byte are not written as npy")
  func subBytes() {
    let tensor = StoredTensor(name: "t", type: .e2m1, shape: [4], contents: [1, 2])
    #expect(throws: TensorFileProblem.self) { try NPYFile.encoded(tensor, path: "f") }
  }
}
