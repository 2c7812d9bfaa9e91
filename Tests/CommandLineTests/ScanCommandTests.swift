// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFiles
import Testing

@testable import halfway

@Suite("scan")
struct ScanCommandTests {
  private func tensor(_ name: String, _ values: [Float]) -> StoredTensor {
    StoredTensor(
      name: name, type: .fp32, shape: [values.count],
      contents: values.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian) { Array($0) } }[
        ...]
    )
  }

  private func write(_ tensors: [StoredTensor], _ path: String) throws {
    let bytes = try SafetensorsFile(tensors: tensors).encoded(path: path)
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }

  private var weights: [Float] { (0..<100).map { Float($0) * 0.37 - 11 } }

  @Test("Documents of one file and of two keep to their schemas, and to their page")
  func documents() throws {
    try withTemporaryFolder { folder in
      let (a, b) = (folder + "/a.safetensors", folder + "/b.safetensors")
      let steps = StoredTensor(
        name: "steps", type: .int64, shape: [1], contents: [UInt8](repeating: 1, count: 8)[...])
      try write([tensor("w", weights), tensor("zero", [0, 0]), steps], a)
      try write([tensor("w", weights.map { $0 * 1.01 }), tensor("more", [.nan])], b)
      let one = try Tool.run(["scan", a, "--output", folder + "/one", "--output-format", "json"])
      #expect(one.status == 0, "\(one.errors)")
      #expect(try JSONSchema(named: "scan-1").violations(in: one.output) == [])
      let written = try String(contentsOfFile: folder + "/one/scan.json", encoding: .utf8)
      #expect(try JSONSchema(named: "scan-1").violations(in: written) == [])
      let page = try String(contentsOfFile: folder + "/one/index.html", encoding: .utf8)
      #expect(page.contains("mxfp4") && page.contains("class=\"filter\" hidden"))
      let two = try Tool.run(["scan", a, b, "--output", folder + "/two", "--output-format", "json"])
      #expect(two.status == 1, "\(two.errors)")
      #expect(try JSONSchema(named: "scan-dumps-1").violations(in: two.output) == [])
      let each = try Tool.run(["scan", a, b, "--each", "--output-format", "csv"])
      #expect(each.status == 0)
      #expect(each.output.contains("more,") && each.output.contains("steps") == false)
    }
  }

  @Test("The text fits 80 columns and names the format of fewest bits and the first that differs")
  func text() throws {
    try withTemporaryFolder { folder in
      let (a, b) = (folder + "/a.safetensors", folder + "/b.safetensors")
      let name = "model.layers.0.self_attention.query_key_value.projection.weight"
      try write([tensor(name, weights), tensor("b", [1, 2])], a)
      try write([tensor(name, weights.map { $0 + 1 }), tensor("b", [1, 2])], b)
      let one = try Tool.run(["scan", a])
      #expect(one.output.contains("keeps all tensors together within"))
      let two = try Tool.run(["scan", a, b])
      #expect(two.output.replacing("\n", with: " ").contains("is the first of 2 tensors"))
      for line in (one.output + two.output).split(separator: "\n") {
        #expect(line.count <= 80, "\(line)")
      }
    }
  }

  @Test("A condition decides the status")
  func gate() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.safetensors"
      try write([tensor("w", [1, 1000])], path)
      let condition = "results.total.fits[candidate=e4m3].overflow > 0"
      let failed = try Tool.run(["scan", path, "--fail-on", condition])
      #expect(failed.status == 1)
      #expect(failed.errors.contains("holds"))
      let held = try Tool.run([
        "scan", path, "--fail-on", condition.replacing("e4m3", with: "e5m2"),
      ])
      #expect(held.status == 0, "\(held.errors)")
    }
  }

  @Test("Files that are no tensors: one line with what to do, status 65")
  func badFiles() throws {
    try withTemporaryFolder { folder in
      func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        let path = folder + "/" + name
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return path
      }
      let whole = try SafetensorsFile(tensors: [tensor("w", weights)]).encoded(path: "x")
      let good = try file("good.safetensors", whole)
      let index = Array(#"{"weight_map": {"w": "good.safetensors", "v": "good.safetensors"}}"#.utf8)
      let untyped = try NPYFile.encoded(
        StoredTensor(name: "", type: .bf16, shape: [2], contents: [0, 1, 2, 3]), path: "x")
      let cases: [(String, String)] = [
        (try file("model.pt", [0x80, 0x02, 0x8a, 0x0a]), "save its tensors as safetensors"),
        (try file("pickle.safetensors", [0x80, 4, 0x95, 0, 0, 0, 0, 0]), "a pickle of Python"),
        (
          try file("zip.safetensors", [0x50, 0x4b, 3, 4] + [UInt8](repeating: 0, count: 40)), "zip"
        ),
        (try file("short.safetensors", Array(whole.dropLast(5))), "which has"),
        (try file("header.safetensors", Array(whole.prefix(20))), "a header of"),
        (try file("empty.safetensors", []), "the file ends"),
        (try file("text.txt", Array("1 2 3".utf8)), "those of .safetensors"),
        (try file("renamed.bin", whole), "a name that ends in .safetensors"),
        (try file("m.safetensors.index.json", index), "'v' is not in 'good.safetensors'"),
        (try file("n.safetensors.index.json", Array("{}".utf8)), "no 'weight_map'"),
        (try file("bf16.npy", untyped), "ask for"),
        (folder + "/none.safetensors", "No such file"), (folder, "folder"),
      ]
      for (path, reason) in cases {
        let run = try Tool.run(["scan", path])
        #expect(run.status == 65, "\(path): \(run.errors)")
        #expect(run.errors.contains(reason), "\(path): \(run.errors)")
        #expect(run.errors.split(separator: "\n").count <= 3, "\(run.errors)")
      }
      #expect(try Tool.run(["scan", folder + "/bf16.npy", "--dtype", "bf16"]).status == 0)
      #expect(try Tool.run(["scan", good]).status == 0)
    }
  }

  @Test("Wrong command lines end with status 64 and say what to do")
  func usage() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/a.safetensors"
      try write([tensor("w", weights)], path)
      let cases: [([String], String)] = [
        ([path, "--formats", "mxfp5"], "did you mean"), ([path, "--error=-1"], "0 or more"),
        ([path, path, "--error", "0.1"], "add --each"),
        ([path, "--tolerance", "1"], "--tolerance"),
        ([path, "--dtype", "bf61"], "did you mean bf16"),
        ([path, "--output", ""], "--output is empty"),
        ([path, "--export", path + ".pdf"], "cannot tell the form"),
        ([path, "--fail-on", "results.totl.zeros > 0"], "total"),
      ]
      for (arguments, reason) in cases {
        let run = try Tool.run(["scan"] + arguments)
        #expect(run.status == 64, "\(arguments): \(run.errors)")
        #expect(run.errors.contains(reason), "\(arguments): \(run.errors)")
      }
    }
  }
}
