// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@Suite("Shards on the command line")
struct ShardCommandTests {
  private let campaign = [
    "verify", "add", "fma", "--format", "fp16", "--subject", "native", "--cases", "random:5000",
    "--mismatches", "3", "--rounding", "rne,up",
  ]

  @Test("Merged shards of a small campaign are the whole", arguments: [1, 3, 8])
  func merge(count: Int) throws {
    try withTemporaryFolder { folder in
      let parts = (1...count).map { "\(folder)/part\($0).jsonl" }
      for (index, part) in parts.enumerated() {
        let run = try Tool.run(campaign + ["--shard", "\(index + 1)/\(count)", "--export", part])
        #expect(run.status <= 1, "\(run.errors)")
      }
      let whole = try Tool.run(campaign + ["--output-format", "json"])
      let merged = try Tool.run(["merge", "--output-format", "json"] + parts.reversed())
      #expect(merged.status == whole.status)
      #expect(try merged.output == results(whole.output))
    }
  }

  @Test(
    "Shards of audits, functions and units are the whole, too, also beyond the number of their items",
    arguments: [
      ["audit", "add", "--format", "e5m2"], ["elementary", "tanh", "--format", "bf16,fp64"],
      ["units", "volta", "--products", "5"],
    ])
  func others(campaign: [String]) throws {
    try withTemporaryFolder { folder in
      let parts = (1...3).map { "\(folder)/part\($0).jsonl" }
      for (index, part) in parts.enumerated() {
        let run = try Tool.run(campaign + ["--shard", "\(index + 1)/3", "--export", part])
        #expect(run.status == 0 && run.output.contains(", shard \(index + 1)/3"), "\(run)")
        let schema = try JSONSchema(named: "\(campaign[0])-shard-\(campaign[0] == "audit" ? 2 : 1)")
        for line in try String(contentsOfFile: part, encoding: .utf8).split(separator: "\n") {
          #expect(try schema.violations(in: String(line)) == [])
        }
      }
      let whole = try Tool.run(campaign + ["--output-format", "json"])
      let merged = try Tool.run(["merge", "--output-format", "json"] + parts.reversed())
      #expect(merged.status == 0, "\(merged.errors)")
      #expect(try merged.output == results(whole.output))
      let gap = try Tool.run(["merge", parts[0], parts[2]])
      #expect(gap.status == 65 && gap.errors.contains("gap: shard 2/3 missing"))
      let foreign = "\(folder)/foreign.jsonl"
      _ = try Tool.run(
        ["verify", "sqrt", "--format", "e2m1", "--shard", "2/3", "--export", foreign])
      let mixed = try Tool.run(["merge", parts[0], foreign])
      #expect(
        mixed.status == 65
          && mixed.errors.contains("of the form 'halfway/verification-shard/3', not of"))
    }
  }

  @Test("Every campaign's checkpoint is a file of its own, with a name")
  func checkpointNames() throws {
    try withTemporaryFolder { folder in
      for campaign in [
        ["verify", "sqrt", "--format", "e2m1"], ["audit", "add", "--format", "e5m2"],
        ["elementary", "tanh", "--format", "bf16"], ["units", "volta", "--products", "5"],
      ] {
        let file = "\(folder)/r.json"
        let same = try Tool.run(campaign + ["--checkpoint", file, "--export", file])
        #expect(same.status == 64 && same.errors.contains("name the same file"), "\(campaign)")
        let unnamed = try Tool.run(campaign + ["--checkpoint", ""])
        #expect(unnamed.status == 64 && unnamed.errors.contains("--checkpoint is empty"))
      }
    }
  }

  @Test("An empty shard of any campaign says so, and does not hold")
  func emptyShards() throws {
    for campaign in [
      ["audit", "add", "--format", "e5m2"], ["elementary", "tanh", "--format", "bf16"],
      ["units", "volta", "--products", "5"],
    ] {
      let arguments = campaign + ["--shard", "900000/1000000"]
      let text = try Tool.run(arguments)
      #expect(text.status == 0 && text.output.contains("there are more shards than"), "\(text)")
      let json = try Tool.run(arguments + ["--output-format", "json"])
      #expect(json.output.contains("\"holds\" : false"))
    }
  }

  @Test("More shards than cases: the empty ones are written, hold and merge")
  func empty() throws {
    try withTemporaryFolder { folder in
      let campaign = ["verify", "sqrt", "--format", "e2m1", "--cases", "random:5"]
      let parts = (1...8).map { "\(folder)/part\($0).jsonl" }
      for (index, part) in parts.enumerated() {
        let run = try Tool.run(campaign + ["--shard", "\(index + 1)/8", "--export", part])
        #expect(run.status == 0, "\(run.errors)")
        let compared =
          index < 5 ? "1 results compared, none" : "0 results compared, there are more shards"
        #expect(run.output.contains(compared), "\(run.output)")
      }
      let whole = try Tool.run(campaign + ["--output-format", "json"])
      let merged = try Tool.run(["merge", "--output-format", "json"] + parts)
      #expect(merged.status == 0, "\(merged.errors)")
      #expect(try merged.output == results(whole.output))
      let gap = try Tool.run(["merge"] + parts.dropLast())
      #expect(gap.status == 65)
      #expect(gap.errors.contains("gap: shard 8/8 missing"))
    }
  }

  @Test("A shard's file that was cut or went on is told precisely, status 65")
  func damaged() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/part.jsonl"
      let campaign = ["verify", "sqrt", "add", "--format", "e2m1", "--cases", "random:5"]
      #expect(try Tool.run(campaign + ["--rounding", "all", "--export", path]).status == 0)
      let whole = try Data(contentsOf: URL(fileURLWithPath: path))
      let ends = whole.indices.filter { whole[$0] == 0x0a }
      try #require(ends.count == 15)
      let lastRow = ends[12]
      let cases: [(Data, String)] = [
        (whole.prefix(ends[5] + 1), "after 5 of 12 rows; shard 1/1 is lost"),
        (whole.prefix(lastRow), "after 11 of 12 rows; "),
        (whole.prefix(lastRow + 1), "after 12 of 12 rows, before the end of the line with the "),
        (whole.prefix(lastRow + 9), "after 12 of 12 rows, before the end of the line with the "),
        (whole.prefix(ends[13] + 1), "after 12 of 12 rows, before the end of the line with the "),
        (whole.dropLast(), "after 12 of 12 rows, before the end of the line with the checksum"),
        (whole.prefix(ends[5]) + whole[ends[6]...], "rows are missing: it has 11, and 12 by its"),
        (whole.prefix(ends[5]) + whole[ends[6]...ends[13]], "after 11 of 12 rows; "),
        (whole.prefix(ends[6]) + whole[ends[5]...], "rows are added: it has 13, and 12 by its"),
        (whole.prefix(lastRow + 1) + whole[(ends[13] + 1)...], "is not that with the run"),
        (whole.replacing("\"build\":", with: "\"Build\":"), "the checksum differs, bytes 0 to "),
        (whole.replacing("{\"checksum\"", with: "{\"Checksum\""), "no checksum in its last line"),
        (whole.replacing("\"tested\":", with: "\"Tested\":"), "the checksum differs, bytes 0 to "),
        (whole + [0x0a], "damaged: it goes on after its end at byte \(whole.count)"),
        (whole + Data("more".utf8), "damaged: it goes on after its end at byte \(whole.count)"),
        (
          whole.prefix(ends[5] + 1) + whole[ends[5]...],
          "damaged: line 7, at byte \(ends[5] + 1), is empty"
        ),
      ]
      for (bytes, message) in cases {
        try bytes.write(to: URL(fileURLWithPath: path))
        let run = try Tool.run(["merge", path])
        #expect(run.status == 65)
        #expect(run.errors.contains(message), "\(run.errors)")
        #expect(run.errors.filter { $0 == "\n" }.count == 1)
      }
    }
  }

  @Test("A merged result never overwrites one of its shards, whatever the path to it")
  func overwriting() throws {
    try withTemporaryFolder { folder in
      let shard = "\(folder)/part.jsonl"
      let campaign = ["verify", "sqrt", "--format", "e2m1", "--cases", "random:5"]
      #expect(try Tool.run(campaign + ["--shard", "1/1", "--export", shard]).status == 0)
      let before = try Data(contentsOf: URL(fileURLWithPath: shard))
      let link = "\(folder)/link.json"
      try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: shard)
      for export in [shard, "\(folder)/./part.jsonl", link] {
        let run = try Tool.run(["merge", shard, "--export", export])
        #expect(run.status == 64 && run.errors.contains("would overwrite"))
      }
      #expect(try Data(contentsOf: URL(fileURLWithPath: shard)) == before)
    }
  }

  @Test("A campaign without any case selects nothing, sharded or not")
  func nothing() throws {
    let none = ["verify", "add", "--subject", "native", "--rounding", "up"]
    #expect(try Tool.run(none).status == 3)
    #expect(try Tool.run(none + ["--shard", "2/3"]).status == 3)
  }

  @Test("A checkpoint that cannot be used is status 65, says what is lost and is left alone")
  func checkpoints() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/c"
      let campaign = "verify add --cases boundary --checkpoint \(path)"
      #expect(try Tool.shell("\"$halfway\" \(campaign) > /dev/full").status == 2)
      let good = try Data(contentsOf: URL(fileURLWithPath: path))
      var flipped = good
      flipped[good.count - 20] ^= 1
      let cases: [(Data, String)] = [
        (Data(), "empty"),
        (
          good.prefix(good.count - 9),
          "ends at byte \(good.count - 9) of \(good.count); its 68,644 finished cases are lost"
        ),
        (flipped, "damaged: bytes "), (flipped, "its 68,644 finished cases are lost"),
        (Data("text\n".utf8), "its first line, bytes 0 to 4, is none"),
      ]
      for (bytes, message) in cases {
        try bytes.write(to: URL(fileURLWithPath: path))
        for resume in ["", " --resume"] {
          let run = try Tool.shell("\"$halfway\" \(campaign)\(resume)")
          #expect(run.status == 65)
          #expect(run.errors.hasPrefix("halfway: '\(path)': "), "\(run.errors)")
          #expect(run.errors.contains(message), "\(run.errors)")
          #expect(run.errors.contains("Left alone"))
          #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == bytes)
        }
      }
      try good.write(to: URL(fileURLWithPath: path))
      let other = try Tool.shell("\"$halfway\" \(campaign) --rounding up --resume")
      #expect(other.status == 65)
      #expect(other.errors.contains("checkpoint of another campaign"))
      let isFolder = try Tool.run(["verify", "add", "--checkpoint", folder, "--resume"])
      #expect(isFolder.status == 65)
      #expect(isFolder.errors.contains("unreadable: it is a folder"))
    }
  }

  @Test(
    "What merge cannot read is named with the reason, status 65", arguments: [".", "/dev/null"])
  func unreadable(path: String) throws {
    let run = try Tool.run(["merge", path])
    #expect(run.status == 65)
    let reason = path == "." ? "it is a folder" : "not a regular file"
    #expect(
      run.errors
        == "halfway: '\(path)': unreadable: \(reason); its shard is missing from the result\n")
  }

  /// The text of a document without its last block, `run`, which a merged result does not have.
  private func results(_ text: String) throws -> String {
    let parts = text.components(separatedBy: "  \"run\" : {")
    try #require(parts.count == 2)
    let rest = try #require(parts[1].range(of: "\n  },\n"))
    return parts[0] + parts[1][rest.upperBound...]
  }
}

extension Data {
  fileprivate func replacing(_ part: String, with other: String) -> Data {
    Data(String(decoding: self, as: UTF8.self).replacing(part, with: other).utf8)
  }
}
