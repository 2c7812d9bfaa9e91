// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@Suite("halfway data")
struct DataCommandTests {
  private func bytes(_ path: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path))
  }

  @Test("Digits under MNIST's names, the same bytes for a seed on any number of threads")
  func digits() throws {
    try withTemporaryFolder { folder in
      let options = ["--train", "1100", "--test", "20"]
      let a = try Tool.run(["data", "digits", "--output", folder + "/a"] + options)
      #expect(a.status == 0, "\(a.errors)")
      let expected = """
        digits: 1100 training and 20 test images, seed 1

        DIR/a/train-images-idx3-ubyte
          kind     IDX, 1100 x 28 x 28: image, row, column of grey images or masks
          size     862416 bytes, digest\u{20}
        """
      #expect(a.output.replacing(folder, with: "DIR").hasPrefix(expected))
      #expect(a.output.contains("  classes  0:2 1:2 2:2 3:2 4:2 5:2 6:2 7:2 8:2 9:2\n"))
      let b = try Tool.run(
        ["data", "digits", "--output", folder + "/b/", "--threads", "1", "--seed", "1"] + options)
      let c = try Tool.run(["data", "digits", "--output", folder + "/c", "--seed", "2"] + options)
      #expect(b.status == 0 && c.status == 0)
      for half in ["train", "t10k"] {
        for part in ["images-idx3", "labels-idx1"] {
          let name = "/\(half)-\(part)-ubyte"
          #expect(try bytes(folder + "/a" + name) == bytes(folder + "/b" + name))
          #expect(try bytes(folder + "/a" + name) != bytes(folder + "/c" + name))
        }
      }
      let again = try Tool.run(["data", "shapes10", "--output", folder + "/a"] + options)
      #expect(again.status == 2 && again.output == "")
      #expect(
        again.errors == "halfway: '\(folder)/a' already holds train-images-idx3-ubyte: "
          + "name another folder or remove it\n")
    }
  }

  @Test("Scenes and shapes10, described and in JSON by the published schema")
  func documents() throws {
    try withTemporaryFolder { folder in
      let schema = try JSONSchema(named: "data-1")
      let options = ["--train", "12", "--test", "5", "--output-format", "json"]
      let scenes = try Tool.run(
        ["data", "shapes", "--size", "32", "--objects", "3", "--output", folder + "/s"] + options)
      #expect(scenes.status == 0, "\(scenes.errors)")
      #expect(try schema.violations(in: scenes.output) == [])
      let records = try Tool.run(["data", "shapes10", "--output", folder + "/c"] + options)
      #expect(try schema.violations(in: records.output) == [])
      let text = Repository.root.path + "/README.md"
      let files =
        try FileManager.default.contentsOfDirectory(atPath: folder + "/s").sorted().map {
          folder + "/s/" + $0
        } + [folder + "/c/data_batch_1.bin", text]
      let described = try Tool.run(
        ["data", "--output-format", "json", "--describe"] + files)
      #expect(described.status == 0, "\(described.errors)")
      #expect(try schema.violations(in: described.output) == [])
      let csv = try Tool.run(["data", "--output-format", "csv", "--describe"] + files).output
      let shapes = csv.split(separator: "\n").dropFirst().map { $0.split(separator: ",")[4] }
      #expect(
        shapes.dropLast() == [
          "5 x 3 x 5", "5 x 3 x 32 x 32", "5 x 32 x 32", "12 x 3 x 5", "12 x 3 x 32 x 32",
          "12 x 32 x 32", "12 x 3 x 32 x 32",
        ])
    }
  }

  @Test("A file that cannot be used: one line, status 65, nothing on standard output")
  func badFiles() throws {
    try withTemporaryFolder { folder in
      for (name, bytes, line) in [
        ("a.gz", [0x1f, 0x8b, 8, 0], ", byte 0: gzip data: gunzip it first"),
        (
          "train-images-idx3-ubyte", [0, 0, 0x0d, 3, 0, 0, 0, 1],
          ", byte 2: elements are f32 (0x0d); only u8 (0x08) and i16 (0x0b) are read"
        ),
        ("data_batch_1.bin", [11], ", byte 1: the file ends after 1 of the 3073 bytes of record 1"),
        ("empty", [], ": the file is empty"),
        ("text", [0x41, 0xff], ", byte 1: 0xff begins no character: not UTF-8 text"),
      ] as [(String, [UInt8], String)] {
        let path = folder + "/" + name
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let run = try Tool.run(["data", "--describe", path])
        #expect(run.status == 65 && run.output == "")
        #expect(run.errors == "halfway: '\(path)'\(line)\n")
      }
      let run = try Tool.run(["data", "--describe", folder])
      #expect(run.status == 65 && run.errors == "halfway: '\(folder)': it is a folder\n")
    }
  }

  @Test("A generated folder trains a model; one that lacks what it learns is refused, status 65")
  func training() throws {
    try withTemporaryFolder { folder in
      let made = try Tool.run(
        ["data", "digits", "--output", folder + "/digits", "--train", "40", "--test", "5"])
      #expect(made.status == 0)
      let options = ["--data", folder + "/digits", "--steps", "2", "--batch", "4"]
      let run = try Tool.run(["train", "--model", "cnn", "--policies", "fp16-amp"] + options)
      #expect(run.status == 0)
      #expect(run.output.contains("\ndigits: 40 images of 28 x 28, 10 classes, hash "))
      let refused = try Tool.run(["train", "--model", "unet"] + options)
      #expect(refused.status == 65 && refused.output == "")
      #expect(
        refused.errors == "halfway: 'digits': no masks: unet wants the class of each pixel\n")
      let missing = try Tool.run(["train", "--model", "unet", "--data", folder + "/none"])
      #expect(missing.status == 65)
      #expect(missing.errors == "halfway: '\(folder)/none': No such file or directory\n")
    }
  }

  @Test("A folder that cannot be written to is refused before the work, status 2")
  func unwritable() throws {
    let run = try Tool.run(["data", "digits", "--output", "/dev/null/x"])
    #expect(run.status == 2 && run.output == "")
    #expect(run.errors.hasPrefix("halfway: cannot write into the folder '/dev/null/x': "))
  }
}
