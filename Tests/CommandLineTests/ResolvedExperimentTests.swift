// SPDX-License-Identifier: Apache-2.0
import ExperimentFiles
import Foundation
import TestSupport
import Testing

@testable import halfway

@Suite("The experiment in the output folder")
struct ResolvedExperimentTests {
  private static let policies = #"""
    [
      { name: "own", base: "fp16-amp", lossScaling: { base: "torch", initial: 4096, interval: 2 },
        layers: [{ pattern: "out*", operands: "bf16" }] },
      "bf16-sr",
    ]
    """#

  /// What a run leaves but for its page and its JSON documents, which name their command.
  private func results(_ folder: String) throws -> [String: String] {
    var files: [String: String] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: folder) {
      guard [".csv", ".svg", ".tex", ".json5"].contains(where: path.hasSuffix) else { continue }
      files[path] = try String(contentsOfFile: folder + "/" + path, encoding: .utf8)
    }
    return files
  }

  @Test("Without the files that a run came from its folder gives the same bytes again")
  func rerun() throws {
    try withTemporaryFolder { folder in
      let text = folder + "/a text.txt"
      try String(repeating: "It is a truth, universally acknowledged. ", count: 40)
        .write(toFile: text, atomically: true, encoding: .utf8)
      let file = folder + "/policies.json5"
      try Self.policies.write(toFile: file, atomically: true, encoding: .utf8)
      let first = try Tool.run([
        "train", "--data", text, "--policies", file, "--steps", "4", "--width", "8", "--batch", "4",
        "--optimizer", "adamw", "--seed", "7", "--seeds", "1", "--output", folder + "/first",
      ])
      #expect(first.status == 0, "\(first.errors)")
      let printed = try Tool.run([
        "train", "--data", text, "--policies", file, "--steps", "4", "--width", "8",
        "--print-experiment",
      ])
      let print = folder + "/printed.json5"
      try printed.output.write(toFile: print, atomically: true, encoding: .utf8)
      #expect(try Tool.run(["run", print, "--output", folder + "/printed"]).status == 0)
      try FileManager.default.removeItem(atPath: file)
      let resolved = folder + "/first/resolved-experiment.json5"
      let again = try Tool.run([
        "run", resolved, "--threads", "1", "--output", folder + "/second",
      ])
      #expect(again.status == 0, "\(again.errors)")
      let (expected, actual) = (try results(folder + "/first"), try results(folder + "/second"))
      #expect(expected.count > 10 && expected["resolved-experiment.json5"] != nil)
      #expect(actual == expected)
      let written = try #require(expected["resolved-experiment.json5"])
      #expect(written.contains(#"data: "../a text.txt""#) && !written.contains(folder))
      // Every policy in full, presets too.
      #expect(written.matches(of: /accumulation/).count >= 2)
      #expect(!written.contains(/^\s*"bf16-sr"/))
    }
  }

  @Test("A path leads from a folder to a file, wherever both are")
  func relativePaths() {
    for (path, folder, expected) in [
      ("/a/b/c.txt", "/a/b", "c.txt"), ("/a/b/c.txt", "/a/d/e", "../../b/c.txt"),
      ("/x", "/", "x"), ("/a", "/a", "."), ("/q/../r/s", "/r", "s"),
    ] {
      #expect(RelativePath.of(path, from: folder) == expected)
    }
  }
}
