// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// The command of `make distribution`, among builds that only say their names.
@Suite("A distribution's choice of a build")
struct DistributionTests {
  private static let level3 = "fpu avx avx2 bmi1 bmi2 f16c fma abm movbe xsave"
  private static let level4 = level3 + " avx512f avx512bw avx512cd avx512dq avx512vl"

  /// What the command prints and exits with on a processor with these flags.
  private func run(
    _ flags: String, builds: [String], choice: String? = nil
  ) throws -> (text: String, status: Int32) {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "halfway-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    func write(_ text: String, to path: String) throws {
      let file = folder.appendingPathComponent(path)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
    }
    try write(SourceTree.text("Distribution/halfway.sh"), to: "bin/halfway")
    try write("model name\t: any\nflags\t\t: \(flags)\nbugs\t\t:\n", to: "cpuinfo")
    for build in builds {
      try write("#!/bin/sh\necho \(build) \"$@\"; exit 7\n", to: "libexec/halfway/\(build)/halfway")
    }
    let process = Process()
    process.executableURL = folder.appendingPathComponent("bin/halfway")
    process.arguments = ["verify", "a b"]
    process.environment = [
      "PATH": "/usr/bin:/bin", "HALFWAY_CPUINFO": folder.path + "/cpuinfo",
      "HALFWAY_BUILD": choice ?? "",
    ]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (String(decoding: data, as: UTF8.self), process.terminationStatus)
  }

  @Test("the highest level that the processor has and the folder holds is run")
  func levels() throws {
    let all = ["portable", "x86-64-v3", "x86-64-v4"]
    for (flags, builds, expected) in [
      (Self.level4, all, "x86-64-v4"), (Self.level3, all, "x86-64-v3"),
      ("fpu sse2", all, "portable"),
      ("", all, "portable"), (Self.level4, ["portable", "x86-64-v3"], "x86-64-v3"),
      (Self.level4, ["portable"], "portable"),
      // One flag short of a level, and flags of which one only begins like another.
      (Self.level4.replacing(" avx512cd", with: ""), all, "x86-64-v3"),
      (Self.level3.replacing(" movbe", with: ""), all, "portable"),
      (Self.level3.replacing(" avx2", with: " avx2x"), all, "portable"),
    ] {
      let result = try run(flags, builds: builds)
      #expect(result.text == "\(expected) verify a b\n" && result.status == 7, "\(flags)")
    }
  }

  @Test("a build that is named is run, and one that is not there is an error of one line")
  func choice() throws {
    let builds = ["portable", "x86-64-v3"]
    let named = try run(Self.level4, builds: builds, choice: "portable")
    #expect(named.text == "portable verify a b\n" && named.status == 7)
    let missing = try run(Self.level4, builds: builds, choice: "x86-64-v4")
    #expect(missing.status == 2 && missing.text.split(separator: "\n").count == 1)
    #expect(missing.text.contains("'x86-64-v4'") && missing.text.contains("portable x86-64-v3"))
  }
}
