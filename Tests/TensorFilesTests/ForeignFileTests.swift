// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import TensorFiles

@Suite struct ForeignFileTests {
  /// A local file header of a zip archive with the name of its member, and some data.
  private func zip(_ name: String) -> [UInt8] {
    [0x50, 0x4b, 0x03, 0x04] + [UInt8](repeating: 0, count: 22)
      + [UInt8(name.utf8.count), 0, 0, 0] + Array(name.utf8) + [1, 2, 3]
  }

  private func safetensors(_ header: String, length: Int? = nil) -> [UInt8] {
    let count = UInt64(length ?? header.utf8.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * UInt64($0))) } + Array(header.utf8)
  }

  private func problem(_ bytes: [UInt8]) -> String? {
    do {
      _ = try PlainText(FileContents(path: "f", bytes: bytes))
      return nil
    } catch {
      return error.reason
    }
  }

  @Test("A file of another kind is told as what it is, not as what it is packed in")
  func kinds() throws {
    let header = #"{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#
    for (bytes, expected) in [
      (safetensors(header) + [0, 0, 128, 63], "safetensors"), (safetensors("{}"), "safetensors"),
      (safetensors(header + "   ") + [0, 0, 128, 63], "safetensors"),
      (zip("arr_0.npy"), "npz"), (zip("sub/weights.npy"), "npz"),
      (zip("model/data.pkl"), "PyTorch"), (zip("archive/.format_version"), "PyTorch"),
      (zip("model/version"), "PyTorch"), (zip("letters.txt"), "unzip"), (zip(""), "unzip"),
      ([0x50, 0x4b, 0x03, 0x04], "unzip"),
      (
        [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19],
        "PyTorch"
      ),
      ([0x80, 0x04, 0x95, 0x10], "pickle"), (Array("BZh91AY&SY".utf8), "bunzip2"),
      ([0x28, 0xb5, 0x2f, 0xfd, 0], "unzstd"), ([0x1f, 0x8b, 8], "gunzip"),
      ([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1], "array of NumPy"),
      ([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a], "HDF5"),
    ] as [([UInt8], String)] {
      let reason = try #require(problem(bytes))
      #expect(reason.contains(expected), "\(expected): \(reason)")
      #expect(reason.contains("a zip archive") == (expected == "unzip"))
    }
  }

  @Test("Safetensors whose length begins as another kind's magic are safetensors")
  func lengths() throws {
    // 640, 896, 1152 and 1408 begin as pickles do, 35,615 as gzip does, 60,424 as nothing else.
    for length in [640, 896, 1152, 1408, 35_615, 60_424] {
      let header = "{}" + String(repeating: " ", count: length - 2)
      let reason = try #require(problem(safetensors(header)))
      #expect(reason == "a file of safetensors, which is not read", "\(length)")
      let file = FileContents(path: "f", bytes: safetensors(header))
      #expect(try SafetensorsFile(file).tensors == [], "\(length)")
    }
  }

  @Test("Texts are texts, however they begin")
  func texts() {
    for bytes in [
      Array("BZh is no archive".utf8), Array("PK and more".utf8), Array("{\"a\": 1}".utf8),
      Array("12345678{\"a\": 1}".utf8), safetensors("{ not closed"), safetensors("{}", length: 99),
      [], [0x7b],
    ] as [[UInt8]] {
      #expect(problem(bytes) == nil)
    }
  }
}
