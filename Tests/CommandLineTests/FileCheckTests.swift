// SPDX-License-Identifier: Apache-2.0
import Foundation
import TensorFiles
import Testing

@Suite("check: what a program wrote into files")
struct FileCheckTests {
  private func write(_ path: String, _ values: [Float], _ shape: [Int]) throws {
    let tensor = StoredTensor(
      name: "", type: .fp32, shape: shape,
      contents: values.flatMap { value in
        withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
      }[...])
    try Data(NPYFile.encoded(tensor, path: path)).write(to: URL(fileURLWithPath: path))
  }

  /// A = 2 x 3, B = 3 x 2 and C = A B, whose sums are exact, in a folder.
  private func matrices(_ folder: String, c: [Float] = [58, 64, 139, 154]) throws -> [String] {
    try write("\(folder)/a.npy", [1, 2, 3, 4, 5, 6], [2, 3])
    try write("\(folder)/b.npy", [7, 8, 9, 10, 11, 12], [3, 2])
    try write("\(folder)/c.npy", c, [2, 2])
    return ["--inputs", "\(folder)/a.npy", "\(folder)/b.npy", "--outputs", "\(folder)/c.npy"]
  }

  @Test("A right product of files holds, and one wrong element is named")
  func product() throws {
    try withTemporaryFolder { folder in
      let right = try Tool.run(["check", "matmul"] + matrices(folder))
      #expect(right.status == 0, "\(right.errors)")
      #expect(
        right.output.replacing(/\s+/, with: " ")
          .contains("matmul in fp32 keeps to bound:fp32 in 1 case (4 results"), "\(right.output)")
      let wrong = try Tool.run(["check", "matmul"] + matrices(folder, c: [58, 64, 139, 154.001]))
      #expect(wrong.status == 1, "\(wrong.errors)")
      let text = wrong.output.replacing(/\s+/, with: " ")
      #expect(text.contains("result [1, 1] of 2x2x3:given is 0x431a0042 (154.001), exact 154.0"))
      let again = try #require(text.firstMatch(of: /again: halfway (.*?) worst:/)).output.1
      #expect(again.contains("check matmul --inputs \(folder)/a.npy \(folder)/b.npy --outputs"))
    }
  }

  @Test("Elements of files are judged by MPFR, against a baseline, too")
  func elements() throws {
    try withTemporaryFolder { folder in
      let x = (0..<5000).map { Float($0) / 1000 }
      try write("\(folder)/x.npy", x, [50, 100])
      try write("\(folder)/y.npy", x.map { Float(Foundation.exp(Double($0))) }, [50, 100])
      let files = ["--inputs", "\(folder)/x.npy", "--outputs", "\(folder)/y.npy"]
      let options = ["--criterion", "correctly-rounded", "--baseline", "\(folder)/exp.json"]
      let first = try Tool.run(["check", "exp"] + files + options + ["--update-baseline"])
      #expect(first.status == 0, "\(first.errors)\(first.output)")
      #expect(first.output.contains("on 5,000 elements of a file"))
      let document = try Tool.run(["check", "exp"] + files + ["--output-format", "json"])
      #expect(try JSONSchema(named: "check-1").violations(in: document.output) == [])
      var y = x.map { Float(Foundation.exp(Double($0))) }
      y[1234] = y[1234].nextUp
      try write("\(folder)/y.npy", y, [50, 100])
      let worse = try Tool.run(["check", "exp"] + files + ["--baseline", "\(folder)/exp.json"])
      #expect(worse.status == 1, "\(worse.errors)")
      let place = "0x" + String(x[1234].bitPattern, radix: 16)
      let text = worse.output.replacing(/\s+/, with: " ")
      #expect(text.contains("a result worse than before: at \(place) "), "\(worse.output)")
    }
  }

  @Test("Files that cannot be read or do not fit are one line each, with status 65")
  func damaged() throws {
    try withTemporaryFolder { folder in
      let files = try matrices(folder)
      let (a, b, c) = ("\(folder)/a.npy", "\(folder)/b.npy", "\(folder)/c.npy")
      try Data([0x80, 0x02, 0x7d]).write(to: URL(fileURLWithPath: "\(folder)/pickle.npy"))
      try Data("PK\u{3}\u{4}".utf8).write(to: URL(fileURLWithPath: "\(folder)/zip.safetensors"))
      try Data("x".utf8).write(to: URL(fileURLWithPath: "\(folder)/a.bin"))
      let rows: [(arguments: [String], status: Int32, text: String)] = [
        (["matmul", "--inputs", a, a, "--outputs", c], 65, "do not fit matmul"),
        (["matmul", "--inputs", a, "--outputs", c], 65, "matmul has 2 inputs, and there are 1"),
        (
          ["matmul", "--inputs", a, b, "--outputs", a], 65, "the output is 2x3, and matmul of these"
        ),
        (["exp", "--inputs", a, "--outputs", c], 65, "of elements all are alike"),
        (["pow", "--inputs", a, "--outputs", c], 64, "pow has 2 operands, and --inputs names 1"),
        (["exp", "--inputs", "\(folder)/none.npy", "--outputs", c], 65, "none.npy"),
        (["exp", "--inputs", "\(folder)/pickle.npy", "--outputs", c], 65, "pickle"),
        (["exp", "--inputs", "\(folder)/zip.safetensors", "--outputs", c], 65, "zip"),
        (["exp", "--inputs", "\(folder)/a.bin", "--outputs", c], 65, ".npy, .npz, .safetensors"),
        (["exp", "--inputs", a], 64, "--inputs and --outputs go together"),
        (["exp"] + files.prefix(2) + ["--python", "numpy:exp"], 64, "go together"),
        (["exp", "--inputs", a, "--outputs", a, "--samples", "9"], 64, "kernels that are called"),
        (["softmax", "--inputs", a, "--outputs", a, "--argument", "dim=1"], 65, "no argument dim"),
        (["matmul"] + files + ["--identify", "8"], 64, "kernels that are called"),
      ]
      for (arguments, status, text) in rows {
        let run = try Tool.run(["check"] + arguments)
        #expect(run.status == status, "\(arguments): \(run.errors)")
        #expect(run.errors.contains(text), "\(arguments): \(run.errors)")
        #expect(run.errors.split(separator: "\n").count == 1, "\(run.errors)")
      }
    }
  }
}
