// SPDX-License-Identifier: Apache-2.0
import Foundation
import Measurements
import TensorFiles
import Testing

@testable import Scan

@Suite("Two dumps, tensor by tensor")
struct DumpComparerTests {
  private func singles(_ name: String, _ values: [Float], shape: [Int]? = nil) -> StoredTensor {
    StoredTensor(
      name: name, type: .fp32, shape: shape ?? [values.count],
      contents: values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian) { Array($0) } }[
        ...]
    )
  }

  private func halves(_ name: String, _ values: [Float16]) -> StoredTensor {
    StoredTensor(
      name: name, type: .fp16, shape: [values.count],
      contents: values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian) { Array($0) } }[
        ...]
    )
  }

  private func compare(
    _ first: SafetensorsFile, _ second: SafetensorsFile, tolerance: Double? = nil, threads: Int = 1
  ) throws -> DumpComparison {
    let folder = NSTemporaryDirectory() + "halfway-dumps-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let placed = try [first, second].enumerated().map { index, file in
      let path = "\(folder)/\(index).safetensors"
      try Data(file.encoded(path: path)).write(to: URL(fileURLWithPath: path))
      return try PlacedTensors(ofFile: path)
    }
    let found = try DumpComparer(placed[0], placed[1], tolerance: tolerance, threads: threads)
      .run { _ in true }
    return try #require(found)
  }

  @Test("The first over its tolerance is the first of the noted order, not of the file")
  func order() throws {
    let note = SafetensorsFile.Note(name: "halfway.order", text: #"["z", "a"]"#)
    let first = SafetensorsFile(
      tensors: [singles("a", [1, 2]), singles("z", [1, 2]), singles("same", [3])], metadata: [note])
    let second = SafetensorsFile(
      tensors: [singles("a", [1, 3]), singles("z", [1, 2.5]), singles("same", [3])])
    let noted = try compare(first, second)
    #expect(noted.order == .noted)
    #expect(noted.tensors.map(\.name) == ["z", "a", "same"])
    #expect(noted.first?.name == "z")
    let plain = try compare(SafetensorsFile(tensors: first.tensors), second)
    #expect(plain.order == .file)
    #expect(plain.first?.name == "a")
  }

  @Test("What an operation added is told from what it inherited where its exact result is there")
  func origins() throws {
    let notes = ["halfway.order": #"["y"]"#, "halfway.exact": ".exact"].map {
      SafetensorsFile.Note(name: $0, text: $1)
    }
    let first = SafetensorsFile(tensors: [singles("y", [3, 4])])
    // b - e = (1, 0) and e - a = (0, 2) beside a norm of 5.
    let second = SafetensorsFile(
      tensors: [singles("y", [4, 6]), singles("y.exact", [3, 6])], metadata: notes)
    let tensor = try #require(try compare(first, second, tolerance: 0.1).tensors.first)
    #expect(tensor.added == 0.2 && tensor.inherited == 0.4)
    let told = try compare(first, second, tolerance: 0.1)
    #expect(told.onlySecond.isEmpty && told.tensors.count == 1)
    #expect(told.firstAdding?.name == "y")
    #expect(try compare(first, second, tolerance: 0.25).firstAdding == nil)
    // Without the note a name is a name.
    let plain = SafetensorsFile(tensors: second.tensors)
    let found = try compare(first, plain)
    #expect(found.onlySecond == ["y.exact"] && found.tensors.first?.added == nil)
  }

  @Test("Errors, differences and ulps of known numbers")
  func figures() throws {
    let first = SafetensorsFile(tensors: [singles("x", [3, 4, 0, .nan, .infinity])])
    let second = SafetensorsFile(tensors: [singles("x", [3, 4 + 0x1p-20, -0.0, .nan, .infinity])])
    let tensor = try #require(try compare(first, second).tensors.first)
    #expect(tensor.different == 1)
    #expect(tensor.relativeError == 0x1p-20 / 5)
    #expect(tensor.largestDifference == 0x1p-20)
    #expect(tensor.largestUlps == 2)
    #expect(tensor.largestAt == 1)
    #expect((tensor.nans, tensor.infinities) == (0, 0))
    #expect(!tensor.isOver)
    let half = SafetensorsFile(tensors: [halves("x", [3, 4, 0, 1, -.infinity])])
    let mixed = try #require(try compare(first, half).tensors.first)
    #expect((mixed.nans, mixed.infinities) == (1, 1))
    #expect(mixed.isOver)
    #expect(mixed.tolerance == 1e-3)
  }

  @Test("Other shapes, other names and unequal whole numbers do not agree")
  func others() throws {
    func whole(_ values: [UInt8]) -> StoredTensor {
      StoredTensor(name: "n", type: .int32, shape: [values.count / 4], contents: values[...])
    }
    let first = SafetensorsFile(
      tensors: [
        singles("x", [1, 2, 3, 4], shape: [2, 2]), singles("only", [1]),
        whole([1, 0, 0, 0, 2, 0, 0, 0]),
      ])
    let second = SafetensorsFile(
      tensors: [singles("x", [1, 2, 3, 4]), singles("new", [1]), whole([1, 0, 0, 0, 3, 0, 0, 0])])
    let found = try compare(first, second)
    #expect((found.onlyFirst, found.onlySecond) == (["only"], ["new"]))
    let shapes = try #require(found.tensors.first { $0.name == "x" })
    #expect(shapes.isOver && shapes.different == nil)
    let whole0 = try #require(found.tensors.first { $0.name == "n" })
    #expect(whole0.isOver && whole0.different == 1)
  }

  @Test("The same figures on one thread and on three")
  func threads() throws {
    let values = (0..<50_000).map { Float($0 % 977) * 0.37 }
    let others = values.enumerated().map { $1 + ($0 % 31 == 0 ? 100 : 0) }
    let files = [values, others].map { SafetensorsFile(tensors: [singles("x", $0)]) }
    let one = try compare(files[0], files[1])
    let three = try compare(files[0], files[1], threads: 3)
    #expect(one.tensors == three.tensors)
    #expect(one.first != nil)
  }

  @Test("A note that names no tensor, or one twice, is told with its place")
  func notes() throws {
    for (text, reason) in [
      (#"["x", "y"]"#, "'y' is no tensor of the file"), (#"["x", "x"]"#, "stands twice"),
      (#"{"x": 1}"#, "'[' is due"), (#"["x"] 1"#, "the end of the array"),
    ] {
      let file = SafetensorsFile(
        tensors: [singles("x", [1])], metadata: [.init(name: "halfway.order", text: text)])
      let problem = #expect(throws: TensorFileProblem.self) { _ = try compare(file, file) }
      #expect(problem?.reason.contains(reason) == true, "\(problem?.reason ?? "")")
    }
  }
}
