// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import TensorFiles

@Suite("Formats of tensors")
struct TensorFormatTests {
  @Test("A path's extension names the format")
  func paths() {
    for (path, format) in [
      ("a.npy", .npy), ("/x.y/b.NPZ", .npz), ("model.safetensors", .safetensors), (".npy", .npy),
      ("npy", nil), ("a.npy/b", nil), ("a.pt", nil), ("a.", nil), ("", nil), ("a.npy.gz", nil),
    ] as [(String, TensorFormat?)] {
      #expect(TensorFormat(path: path) == format, "\(path)")
    }
  }

  @Test("Tensors come back from each format as they were")
  func roundTrip() throws {
    let tensors = ElementType.allCases.filter(\.isWholeBytes).enumerated().map { index, type in
      let bytes = (0..<6 * type.bitWidth / 8).map { UInt8(truncatingIfNeeded: index * 31 + $0) }
      return StoredTensor(name: "\(type)", type: type, shape: [3, 1, 2], contents: bytes[...])
    }
    for tensor in tensors {
      let file = FileContents(
        path: "f", bytes: try TensorFormat.npy.encoded([tensor], path: "f"))
      let again = try TensorFormat.npy.read(file, as: tensor.type)
      #expect(again.map(\.contents) == [tensor.contents] && again[0].type == tensor.type)
    }
    let packed = StoredTensor(name: "p", type: .e3m2, shape: [4], contents: [1, 2, 3])
    let file = FileContents(
      path: "f", bytes: try TensorFormat.safetensors.encoded(tensors + [packed], path: "f"))
    #expect(Set(try TensorFormat.safetensors.read(file)) == Set(tensors + [packed]))
    let known = tensors.filter { ![.bf16, .e5m2, .e4m3, .e8m0].contains($0.type) }
    let archive = FileContents(path: "f", bytes: try TensorFormat.npz.encoded(known, path: "f"))
    #expect(try TensorFormat.npz.read(archive) == known)
  }

  @Test("An npy file holds one tensor")
  func single() {
    #expect(
      throws: TensorFileProblem(
        path: "f", reason: "npy holds one tensor, and there are 0: write npz")
    ) { try TensorFormat.npy.encoded([], path: "f") }
  }

  @Test("Sizes count in bits, and overflow whatever the order of a size of 0")
  func sizes() {
    #expect(StoredTensor.byteCount(type: .fp32, shape: []) == 4)
    #expect(StoredTensor.byteCount(type: .e2m1, shape: [3]) == nil)
    #expect(StoredTensor.bitCount(type: .e2m1, shape: [3]) == 12)
    #expect(StoredTensor.byteCount(type: .e3m2, shape: [2, 2]) == 3)
    #expect(StoredTensor.byteCount(type: .uint8, shape: [0, 1 << 20]) == 0)
    #expect(StoredTensor.byteCount(type: .uint8, shape: [0, 1 << 40, 1 << 40]) == nil)
    #expect(StoredTensor.byteCount(type: .uint8, shape: [1 << 40, 1 << 40, 0]) == nil)
    #expect(StoredTensor.byteCount(type: .uint8, shape: [1 << 59]) == 1 << 59)
    #expect(StoredTensor.byteCount(type: .uint8, shape: [1 << 60]) == nil)
  }
}
