// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import TensorFiles

@Suite("NumPy's npz")
struct NPZTests {
  private let one = npy(dictionary("|u1", "(3,)"), [1, 2, 3])
  private let two = npy(dictionary("<V2", "()"), [0x80, 0x3f])

  /// NumPy 2.4.6: savez(a=arange(3, dtype='u1'), **{'b/ä': array(-2, '<f4')}).
  private static let saved = base64(
    """
    UEsDBC0AAAAAAAAAIQBI6mbs//////////8FABQAYS5ucHkBABAAgwAAAAAAAACDAAAAAAAAAJNOVU1QWQEAdgB7
    J2Rlc2NyJzogJ3x1MScsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgzLCksIH0gICAgICAgICAg
    ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAAECUEsDBC0AAAgAAAAA
    IQDmKx67//////////8IABQAYi/DpC5ucHkBABAAhAAAAAAAAACEAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzog
    JzxmNCcsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgpLCB9ICAgICAgICAgICAgICAgICAgICAg
    ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAAAAwFBLAQItAy0AAAAAAAAAIQBI6mbs
    gwAAAIMAAAAFAAAAAAAAAAAAAACAAQAAAABhLm5weVBLAQItAy0AAAgAAAAAIQDmKx67hAAAAIQAAAAIAAAAAAAA
    AAAAAACAAboAAABiL8OkLm5weVBLBQYAAAAAAgACAGkAAAB4AQAAAAA=
    """)

  /// NumPy 2.4.6: savez_compressed(w=array([[1, 2], [3, 4]], '>i2', order='F')).
  private static let compressed = base64(
    """
    UEsDBC0AAAAIAAAAIQDXteyr//////////8FABQAdy5ucHkBABAAiAAAAAAAAABNAAAAAAAAAJvsF+obEMnIUMZQ
    rZ6SWpxcpG6loG6XaaSuo6Cell9UUpSYF59flJIKEg8pKk0FChdnJBakArkaRjoKRpo6CrUK5AMuBkYGZgYmBhYA
    UEsBAi0DLQAAAAgAAAAhANe17KtNAAAAiAAAAAUAAAAAAAAAAAAAAIABAAAAAHcubnB5UEsFBgAAAAABAAEAMwAA
    AIQAAAAAAA==
    """)

  private func read(_ bytes: [UInt8], as type: ElementType? = nil) throws -> [StoredTensor] {
    try NPZFile.read(FileContents(path: "f", bytes: bytes), as: type)
  }

  private static let tensors = [
    StoredTensor(name: "a", type: .uint8, shape: [3], contents: [0, 1, 2]),
    StoredTensor(name: "b/ä", type: .fp32, shape: [], contents: [0, 0, 0, 0xc0]),
  ]

  @Test("What numpy.savez wrote is read, and written again byte for byte")
  func numpy() throws {
    #expect(try read(Self.saved) == Self.tensors)
    #expect(try NPZFile.encoded(Self.tensors, path: "f") == Self.saved)
    #expect(
      try read(Self.compressed) == [
        StoredTensor(
          name: "w", type: .int16, shape: [2, 2], contents: [1, 0, 2, 0, 3, 0, 4, 0])
      ])
  }

  @Test("Stored and deflated members are read under their names, whatever paths they look like")
  func members() throws {
    let archive = ZipBytes(members: [
      .init("../../etc/w.npy", one), .init(deflated: "layer/0/b.npy", two), .init(".npy", one),
    ])
    let tensors = try read(archive.bytes, as: .bf16)
    #expect(tensors.map(\.name) == ["../../etc/w", "layer/0/b", ""])
    #expect(tensors.map(\.type) == [.uint8, .bf16, .uint8])
    #expect(tensors.map { Array($0.contents) } == [[1, 2, 3], [0x80, 0x3f], [1, 2, 3]])
    #expect(try read(ZipBytes(members: []).bytes) == [])
  }

  @Test("Zip64's sizes, offsets and end record are read")
  func large() throws {
    let members: [ZipBytes.Member] = [.init("a.npy", one), .init(deflated: "b.npy", one)]
    let archive = ZipBytes(
      members: members, isLarge: true, comment: Array("PK\u{5}\u{6} no end".utf8))
    #expect(try read(archive.bytes).map(\.name) == ["a", "b"])
    #expect(try read(archive.bytes).allSatisfy { $0.contents == [1, 2, 3] })
  }

  @Test("A header that was written to a stream may leave sizes and checksum to the directory")
  func streamed() throws {
    var member = ZipBytes.Member(deflated: "a.npy", one)
    member.flags = 1 << 3
    var bytes = ZipBytes(members: [member]).bytes
    bytes.replaceSubrange(14..<26, with: [UInt8](repeating: 0, count: 12))
    #expect(try read(bytes).map(\.shape) == [[3]])
    bytes[14] = 1
    #expect(
      line(.npz, bytes)
        == "'f', byte 14: member 'a.npy': its header has another CRC-32 than the archive's "
        + "directory"
    )
  }

  @Test("A problem within a member names it, and counts bytes from its start")
  func places() {
    let archive = ZipBytes(members: [.init("a.npy", one), .init(deflated: "w.npy", two)])
    #expect(
      line(.npz, archive.bytes)
        == "'f/w.npy', byte 20: elements are '<V2': 2 bytes whose meaning the file does not tell; "
        + "ask for int16, uint16, fp16, bf16")
  }

  @Test("The writer refuses two tensors with a name, and elements below a byte")
  func refusals() {
    func complaint(_ tensors: [StoredTensor]) -> String? {
      do throws(TensorFileProblem) {
        _ = try NPZFile.encoded(tensors, path: "f")
        return nil
      } catch {
        return error.description
      }
    }
    #expect(
      complaint([Self.tensors[0], Self.tensors[0]]) == "'f': two tensors with the name 'a'")
    #expect(
      complaint([StoredTensor(name: "x", type: .e2m1, shape: [2], contents: [1])])
        == "'f': NumPy has no packed elements of e2m1: write safetensors")
    let long = String(repeating: "n", count: 65_532)
    #expect(
      complaint([StoredTensor(name: long, type: .uint8, shape: [], contents: [1])])?
        .hasSuffix("is longer than a name of an npz can be") == true)
    let fitting = StoredTensor(
      name: String(long.dropLast()), type: .uint8, shape: [], contents: [1])
    #expect(throws: Never.self) { try NPZFile.encoded([fitting], path: "f") }
  }

  @Test("The checksum is that of zip: the check value of its polynomial's catalogue")
  func checksum() {
    let digits = Array("123456789".utf8)
    #expect(Checksum32.of(digits[...]) == 0xcbf4_3926 && ZipBytes.checksum(digits) == 0xcbf4_3926)
    #expect(Checksum32.of([]) == 0)
  }
}
