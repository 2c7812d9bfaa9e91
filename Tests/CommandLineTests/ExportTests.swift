// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

private let text =
  Repository.root.path + "/Experiments/mixed-precision-step/newton-opticks-book1.txt"

@Suite("Files that cannot be written, and those that are there already")
struct ExportTests {
  // Each of the campaigns takes minutes: only a refusal before the work ends the test in time.
  @Test(
    "A file that cannot be written is refused before the work, status 2",
    arguments: [
      ["verify", "mul", "--cases", "exhaustive"], ["audit"], ["bench"], ["formats"],
      ["elementary", "--format", "fp32"],
      ["explain", "1"], ["train", "--steps", "1000000", "--data", text],
    ])
  func refused(arguments: [String]) throws {
    try withTemporaryFolder { folder in
      try FileManager.default.createDirectory(
        atPath: folder + "/folder.json", withIntermediateDirectories: false)
      for (path, reason) in [
        ("\(folder)/none/x.json", "the folder '\(folder)/none' does not exist"),
        ("\(folder)/folder.json", "it is a folder"),
        ("\(text)/x.json", "Not a directory"),
        ("/proc/x.json", ""),
      ] {
        let run = try Tool.run(
          arguments + ["--export", "\(folder)/good.json", "--export", path])
        #expect(run.status == 2)
        #expect(run.output == "")
        #expect(run.errors.hasPrefix("halfway: cannot write '\(path)': \(reason)"), "\(run.errors)")
        #expect(run.errors.filter { $0 == "\n" }.count == 1)
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["folder.json"])
    }
  }

  @Test("A folder that cannot be made or written is refused with the reason, before the work")
  func folders() throws {
    for command in ["train", "report"] {
      for (path, reason) in [(text, "it is a file"), (text + "/x", "'\(text)' is a file")] {
        let run = try Tool.run(
          [command, "--steps", "1000000", "--data", text, "--output", path])
        #expect(run.status == 2)
        #expect(run.errors == "halfway: cannot write into the folder '\(path)': \(reason)\n")
      }
      // Nobody may make a folder there, and the reason is the system's, not that it is missing.
      let run = try Tool.run([command, "--data", text, "--output", "/sys/x/y"])
      #expect(run.status == 2)
      #expect(!run.errors.contains("No such file"), "\(run.errors)")
    }
  }

  @Test("A full disk at the end keeps the checkpoint and the other outputs; --resume ends the run")
  func fullDisk() throws {
    try withTemporaryFolder { folder in
      let full = "\(folder)/full.json"
      try FileManager.default.createSymbolicLink(
        atPath: full, withDestinationPath: "/dev/full")
      let campaign = ["verify", "add", "--cases", "random:200000", "--subject", "batch"]
      let checkpoint = ["--checkpoint", "\(folder)/kept.checkpoint"]
      let failed = try Tool.run(
        campaign + checkpoint + ["--export", full, "--export", "\(folder)/other.csv"])
      #expect(failed.status == 2)
      #expect(
        failed.errors.hasPrefix(
          "halfway: cannot write '\(full)' (a link to '/dev/full'): No space left on device; "
            + "'\(folder)/kept.checkpoint' keeps the run"))
      #expect(failed.output.contains("200,000 results compared, none differs."))
      #expect(FileManager.default.fileExists(atPath: "\(folder)/other.csv"))

      let resumed = try Tool.run(
        campaign + checkpoint + ["--resume", "--export", "\(folder)/whole.json"])
      #expect(resumed.status == 0)
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/kept.checkpoint"))
      let whole = try Tool.run(campaign + ["--output-format", "json"]).output
      #expect(
        try VerificationJSON.withoutRun(
          String(contentsOfFile: "\(folder)/whole.json", encoding: .utf8))
          == VerificationJSON.withoutRun(whole))
    }
  }

  @Test("A full disk behind standard output keeps the checkpoint too")
  func fullOutput() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/kept.checkpoint"
      let command = "\"$halfway\" verify add --cases boundary --checkpoint \(path)"
      let failed = try Tool.shell(command + " > /dev/full")
      #expect(failed.status == 2)
      #expect(failed.errors.contains("No space left on device; '\(path)' keeps the run"))
      #expect(try Tool.shell(command + " --resume").status == 0)
      #expect(!FileManager.default.fileExists(atPath: path))
    }
  }

  @Test("A symbolic link stays one and its target is written, made where it is missing")
  func links() throws {
    try withTemporaryFolder { folder in
      let files = FileManager.default
      for name in ["deep", "deep/real"] {
        try files.createDirectory(atPath: "\(folder)/\(name)", withIntermediateDirectories: true)
      }
      try files.createSymbolicLink(
        atPath: "\(folder)/link.csv", withDestinationPath: "deep/second.csv")
      try files.createSymbolicLink(
        atPath: "\(folder)/deep/second.csv", withDestinationPath: "real/table.csv")
      for _ in 1...2 {
        #expect(try Tool.run(["formats", "--export", "\(folder)/link.csv"]).status == 0)
        #expect(
          try files.destinationOfSymbolicLink(atPath: "\(folder)/link.csv") == "deep/second.csv")
        let target = try String(contentsOfFile: "\(folder)/deep/real/table.csv", encoding: .utf8)
        #expect(target.hasPrefix("id,name,"))
      }
      #expect(try files.contentsOfDirectory(atPath: "\(folder)/deep/real") == ["table.csv"])
      try files.createSymbolicLink(
        atPath: "\(folder)/loop.csv", withDestinationPath: "loop.csv")
      let loop = try Tool.run(["formats", "--export", "\(folder)/loop.csv"])
      #expect(loop.status == 2)
      #expect(loop.errors.contains("Too many levels of symbolic links"))
    }
  }

  @Test("A file that is replaced keeps its permissions; its name may have the greatest length")
  func permissions() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/" + String(repeating: "x", count: 251) + ".csv"
      try "old".write(toFile: path, atomically: false, encoding: .utf8)
      for mode in [0o600, 0o640, 0o664, 0o755] {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        #expect(try Tool.run(["formats", "--export", path]).status == 0)
        let found = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
        #expect(found as? Int == mode)
        #expect(try String(contentsOfFile: path, encoding: .utf8).hasPrefix("id,name,"))
      }
    }
  }

  @Test("A pipe without a reader and a name too long are refused instead of waited for")
  func impossiblePlaces() throws {
    try withTemporaryFolder { folder in
      let pipe = "\(folder)/pipe.json"
      #expect(mkfifo(pipe, 0o600) == 0)
      let unread = try Tool.run(["explain", "1+2", "--export", pipe])
      #expect(unread.status == 2 && unread.errors.contains("a pipe that nobody reads"))
      let name = String(repeating: "a", count: 300)
      let long = try Tool.run(["explain", "1+2", "--export", "\(folder)/\(name).json"])
      #expect(long.status == 2 && long.errors.contains("name too long"))
      #expect(long.output.isEmpty)
    }
  }

  @Test("A checkpoint and a result in one file are refused")
  func sameFile() throws {
    let run = try Tool.run(["verify", "add", "--checkpoint", "x.json", "--export", "x.json"])
    #expect(run.status == 64)
    #expect(run.errors == "halfway: --checkpoint and --export name the same file\n")
  }

  @Test(
    "Help, version and results that standard output does not take are status 2",
    arguments: ["--help", "--version", "help verify", "explain --help", "formats", "explain 1"])
  func standardOutput(arguments: String) throws {
    for (redirection, reason) in [
      ("> /dev/full", "No space left on device"), (">&-", "Bad file descriptor"),
    ] {
      let run = try Tool.shell("\"$halfway\" \(arguments) \(redirection)")
      #expect(run.status == 2)
      #expect(run.errors == "halfway: cannot write to standard output: \(reason)\n")
    }
  }

  @Test("Closed standard descriptors do not let a message into a file")
  func closedDescriptors() throws {
    try withTemporaryFolder { folder in
      let path = "\(folder)/x.json"
      let run = try Tool.shell(
        "\"$halfway\" verify add --cases boundary --resume --checkpoint \(folder)/c "
          + "--export \(path) <&- 2>&-")
      #expect(run.status == 0)
      let text = try String(contentsOfFile: path, encoding: .utf8)
      #expect(try JSONSchema(named: "verification-1").violations(in: text) == [])
    }
  }
}

/// Documents of campaigns.
enum VerificationJSON {
  /// The document without the block that may differ between equal campaigns.
  static func withoutRun(_ text: String) throws -> JSONValue {
    guard case .object(var members) = try JSONValue(text) else { return .null }
    members["run"] = nil
    return .object(members)
  }
}
