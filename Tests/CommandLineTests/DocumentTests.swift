// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@Suite("Documents keep to the results")
struct DocumentTests {
  private static let python = "/usr/bin:/bin:/usr/local/bin:/opt/homebrew/bin".split(separator: ":")
    .map { "\($0)/python3" }.first { FileManager.default.isExecutableFile(atPath: $0) }

  @Test(
    "The README's tables are those of reports/verification",
    .enabled(if: python != nil, "python3 is missing: Experiments/arithmetic/tables.py cannot run"))
  func tables() throws {
    let status = try run(["--check"])
    #expect(status == 0, "run python3 Experiments/arithmetic/tables.py")
  }

  @Test("tables.py refuses options that it does not know", .enabled(if: python != nil))
  func options() throws {
    #expect(try run(["--chekc"]) == 2)
    #expect(try run(["--che"]) == 2)
  }

  private func run(_ arguments: [String]) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(DocumentTests.python))
    process.arguments = ["Experiments/arithmetic/tables.py"] + arguments
    process.currentDirectoryURL = Repository.root
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }
}
